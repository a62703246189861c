//! The list of companies as CSV: one row for each, by the filters of the list and in its order.

use super::model::{Filter, Place};
use super::store;
use super::wire::{ListedView, listed};
use crate::access::Actor;
use crate::db::Db;
use crate::error::Result;
use crate::http::csv::{Cell, ROWS, Stand, Stretch, stretch};

const COLUMNS: &[&str] = &[
    "id",
    "name",
    "kind",
    "website",
    "domain",
    "email",
    "phone",
    "city",
    "country",
    "relationship",
    "partner_status",
    "client_status",
    "modified",
    "account_owner_id",
    "account_owner_name",
    "your_account_owner_name",
    "your_account_owner_email",
    "notes_count",
    "last_note_at",
    "last_activity_at",
    "tags",
];

/// The next stretch of the file.
pub fn companies(
    db: &mut Db,
    actor: &Actor,
    filter: &Filter,
    stand: Stand<Place>,
) -> Result<Stretch<Place>> {
    stretch(COLUMNS, stand, |after| {
        let page = store::page(db, &actor.reach, filter, after.as_ref(), ROWS)?;
        Ok(listed(db, actor, page, None)?.map(cells))
    })
}

fn cells(ListedView { company, kept, .. }: ListedView) -> Vec<Cell> {
    let status = |side| kept.partnerships.iter().find(|one| one.relationship == side);
    let status = |side| Cell::maybe(status(side).map(|one| one.status));
    let [partner, client] = [super::model::Side::Partner, super::model::Side::Client].map(status);
    let (owner_id, owner_name) = kept.account_owner.map(|one| (one.id, one.name)).unzip();
    let (name, email) = company.your_account_owner.map(|one| (one.name, one.email)).unzip();
    vec![
        Cell::plain(company.id),
        Cell::text(Some(company.name)),
        Cell::plain(company.kind),
        Cell::text(company.website),
        Cell::text(company.domain),
        Cell::text(company.contact.email),
        Cell::text(company.contact.phone),
        Cell::text(company.address.city),
        Cell::text(company.address.country),
        Cell::maybe(kept.relationship),
        partner,
        client,
        Cell::plain(kept.modified),
        Cell::maybe(owner_id),
        Cell::text(owner_name),
        Cell::text(name),
        Cell::text(email),
        Cell::maybe(kept.notes_count),
        Cell::maybe(kept.last_note_at),
        Cell::maybe(kept.last_activity_at),
        Cell::text(Some(kept.tags.join(", "))),
    ]
}
