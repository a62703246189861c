//! The audit log as CSV: one row for each entry, by the filters of the list and in its order.

use super::model::Filter;
use super::store::{self, Place};
use super::wire::{AuditCompany, EntryView, named};
use crate::db::Db;
use crate::error::Result;
use crate::http::csv::{Cell, ROWS, Stand, Stretch, stretch};
use crate::kernel::reach::Reach;

const COLUMNS: &[&str] = &[
    "id",
    "at",
    "type",
    "object_id",
    "user_id",
    "user_name",
    "api_key_id",
    "api_key_name",
    "delegate_user_id",
    "delegate_name",
    "delegate_company_id",
    "delegate_company_name",
    "on_behalf_of_company_id",
    "on_behalf_of_company_name",
    "session_id",
    "address",
    "request_id",
    "changes",
];

/// The next stretch of the file.
pub fn entries(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    stand: Stand<Place>,
) -> Result<Stretch<Place>> {
    stretch(COLUMNS, stand, |after| {
        let page = store::page(db, reach, filter, after, ROWS)?;
        Ok(named(db, page)?.map(cells))
    })
}

fn cells(entry: EntryView) -> Vec<Cell> {
    let (user_id, user_name) = entry.user.map(|user| (user.id, user.name)).unzip();
    let (key_id, key_name) = entry.api_key.map(|key| (key.id, key.name)).unzip();
    let (delegate_id, delegate_name) = entry.delegate.map(|user| (user.id, user.name)).unzip();
    let of = |company: AuditCompany| (company.id, company.name);
    let (delegate_company_id, delegate_company_name) = entry.delegate_company.map(of).unzip();
    let (behalf_id, behalf_name) = entry.on_behalf_of.map(of).unzip();
    vec![
        Cell::plain(entry.id),
        Cell::plain(entry.at),
        Cell::plain(entry.kind),
        Cell::plain(entry.object_id),
        Cell::maybe(user_id),
        Cell::text(user_name),
        Cell::maybe(key_id),
        Cell::text(key_name),
        Cell::maybe(delegate_id),
        Cell::text(delegate_name),
        Cell::maybe(delegate_company_id),
        Cell::text(delegate_company_name),
        Cell::maybe(behalf_id),
        Cell::text(behalf_name),
        Cell::maybe(entry.session_id),
        Cell::maybe(entry.address),
        // Clients may choose them.
        Cell::text(entry.request_id),
        Cell::text(serde_json::to_string(&entry.changes).ok()),
    ]
}
