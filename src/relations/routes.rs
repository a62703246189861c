//! URLs of companies as one sees them from one's own, and of what one keeps about them.

use actix_web::{delete, get, put};
use futures_util::StreamExt;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{AccountOwner, Filter, Relation, Sort};
use super::notes::policy::ReadNotes;
use super::policy::{AssignOwner, ExportCompanies, ReadRelation, TagCompany};
use super::rules::{self, Assignment};
use super::wire::{
    AccountOwnerView, AssignAccountOwner, CompaniesFilter, ListedView, RelationView, SetTags, kept,
    listed, owners,
};
use super::{export, store};
use crate::access::{Actor, Guarded, Signed, secret};
use crate::companies::model::Company;
use crate::companies::policy::ReadCompany;
use crate::companies::wire::{CompanyView, ContactPerson};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::audit::{self, Deed};
use crate::events::model::any;
use crate::http::csv::Stand;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed, NoContent, Streamed};
use crate::kernel::page::Page;

const CSV: &str = "text/csv; charset=utf-8";

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(export_companies)
        .service(list_companies)
        .service(get_company)
        .service(get_relation)
        .service(assign_account_owner)
        .service(clear_account_owner)
        .service(list_account_owners)
        .service(get_account_owner)
        .service(set_company_tags);
}

/// List your company and those it has an offered or active partnership with, by name.
///
/// Each row is the company's card with what your company keeps about it: its relationship, who of your
/// people looks after it (`account_owner`), notes, labels, and what you may do with it. Of another
/// company's card `currency`, `plan` and `status` are null. Once a partnership has ended, the other
/// company is no longer listed. Filters are looked for over 10,000 companies at a time: a page may be
/// short, or empty, and have a `next_cursor` all the same.
#[utoipa::path(tag = "Companies", params(CompaniesFilter, Listing))]
#[get("/companies")]
async fn list_companies(
    signed: Signed<ReadCompany>,
    Query(filter): Query<CompaniesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ListedView>> {
    let filter = asked(&signed.actor, filter)?;
    let (after, limit, now) = (listing.after()?, listing.limit(), signed.now);
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, &filter, after.as_ref(), limit)?;
            Ok(Listed::of(listed(db, actor, page, Some(now))?))
        })
        .await
}

/// Download companies as CSV: one row for each, by the filters of the list and in its order.
///
/// Texts that a spreadsheet would take for a formula begin with an apostrophe. What the list does not
/// show you is empty here.
#[utoipa::path(tag = "Companies", params(CompaniesFilter))]
#[get("/companies/export.csv")]
async fn export_companies(
    signed: Signed<ExportCompanies>,
    Query(filter): Query<CompaniesFilter>,
) -> Result<Streamed> {
    let filter = asked(&signed.actor, filter)?;
    let step = move |db: &mut Db, actor: &Actor, at| export::companies(db, actor, &filter, at);
    let bytes = signed.pages(Stand::Header, step)?;
    Ok(Streamed::new(CSV, "companies.csv".into(), bytes.boxed_local()))
}

/// What a list is asked for. Whoever may not read notes is not told either where there are some; and who
/// acts for a company learns by no filter and no order what it keeps about others.
fn asked(actor: &Actor, filter: CompaniesFilter) -> Result<Filter> {
    let by_what_is_kept = filter.tag.is_some()
        || filter.account_owner_id.is_some()
        || filter.sort == Some(Sort::LastActivity);
    if by_what_is_kept {
        actor.may::<ReadRelation>()?;
    }
    if filter.has_notes.is_some() {
        actor.may::<ReadNotes>()?;
        if !actor.reach.is_whole() {
            let detail = "a key that is limited to programs or event types reads no notes".into();
            return Err(Error::Forbidden { code: "forbidden", detail });
        }
    }
    filter.read(actor.doer.user_id)
}

/// Show your company, or the card of one it has a partnership with.
///
/// On another company's card `currency`, `plan` and `status` are null, and `your_account_owner` is who
/// of its people looks after your company. A company that yours has no offered or active partnership
/// with does not exist for it.
#[utoipa::path(tag = "Companies")]
#[get("/companies/{id}")]
async fn get_company(guarded: Guarded<Company, ReadCompany>) -> Result<Found<CompanyView>> {
    let reader = guarded.actor.reach.company;
    guarded
        .read(move |db, company| {
            let contact = store::contacts(db, reader, &[company.id])?.remove(&company.id);
            let contact = contact.map(ContactPerson::from);
            let version = edition(company.version, contact.as_ref());
            let view = CompanyView::to(reader, company).looked_after_by(contact);
            Ok(Found::version(version, view))
        })
        .await
}

/// A number for a card that is another one whenever the card is.
fn edition(version: i64, contact: Option<&ContactPerson>) -> i64 {
    let Some(ContactPerson { name, email }) = contact else { return version };
    let digest = secret::digest(format!("{version}\n{name}\n{email}").as_bytes());
    // Half of what a number holds is enough for one reader's card, and never below zero.
    digest.iter().take(7).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}

/// Show what your company keeps about another one.
///
/// The same as its row in the list has, and also of a company with which all partnerships have ended.
/// The other company sees nothing of it.
#[utoipa::path(tag = "Companies")]
#[get("/companies/{id}/relation")]
async fn get_relation(guarded: Guarded<Relation, ReadRelation>) -> Result<Found<RelationView>> {
    let actor = guarded.actor.clone();
    guarded.read(move |db, row| found(db, &actor, &row)).await
}

/// Assign one of your people to another company, as its account owner.
///
/// He is the one the other company turns to: it sees his name and address on your company's card. He is
/// told of it, and of what becomes of partnerships, contracts and inquiries with that company, whatever
/// his role. Whoever looked after it before no longer does; to assign the same person again changes
/// nothing. It takes an offered or active partnership.
///
/// Refuses with `not_together`.
#[utoipa::path(tag = "Companies")]
#[put("/companies/{id}/account-owner")]
async fn assign_account_owner(
    guarded: Guarded<Relation, AssignOwner>,
    Json(body): Json<AssignAccountOwner>,
) -> Result<Found<RelationView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, before| {
            if !store::is_member(db, before.company_id, body.user_id)? {
                let message = "your company has no such member";
                return Err(Error::invalid(Fault::at("/user_id", "unknown_user", message)));
            }
            let after = match rules::assign(&before, body.user_id)? {
                Assignment::Same => before,
                Assignment::Another => store::assign(db, &before, body.user_id, actor.doer, now)?,
            };
            found(db, &actor, &after)
        })
        .await
}

/// Clear the account owner of another company.
///
/// Nobody looks after it from then on, until somebody is assigned. To clear twice changes nothing.
#[utoipa::path(tag = "Companies")]
#[delete("/companies/{id}/account-owner")]
async fn clear_account_owner(guarded: Guarded<Relation, AssignOwner>) -> Result<NoContent> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, before| {
            store::clear(db, &before, doer, now)?;
            Ok(NoContent)
        })
        .await
}

/// List who of your people looked after another company, newest first.
///
/// Each entry says who, from when until when, who said so and why it ended. The first one goes on if
/// its `cleared_at` is null.
#[utoipa::path(tag = "Companies", params(Listing))]
#[get("/companies/{id}/account-owner/history")]
async fn list_account_owners(
    guarded: Guarded<Relation, ReadRelation>,
    Query(listing): Query<Listing>,
) -> Result<Listed<AccountOwnerView>> {
    let (before, limit) = (listing.after()?, listing.limit());
    guarded
        .read(move |db, row| {
            let Page { rows, next } = store::history(db, &row, before, limit)?;
            Ok(Listed::of(Page { rows: owners(db, rows)?, next }))
        })
        .await
}

/// Show the time in which one of your people looked after another company.
///
/// It is an entry of the history, and what the events `account_owner.*` are about.
#[utoipa::path(tag = "Companies")]
#[get("/account-owners/{id}")]
async fn get_account_owner(
    guarded: Guarded<AccountOwner, ReadRelation>,
) -> Result<Found<AccountOwnerView>> {
    guarded
        .read(|db, row| {
            let version = row.version;
            let view = owners(db, vec![row])?.pop();
            let view = view.ok_or(Error::NotFound("account owner"))?;
            Ok(Found::version(version, view))
        })
        .await
}

/// Replace your labels of another company.
///
/// Labels are your company's own, and the other one never sees them; `GET /v1/companies?tag=…` finds
/// by them. An empty list takes all of them off.
#[utoipa::path(tag = "Companies")]
#[put("/companies/{id}/tags")]
async fn set_company_tags(
    guarded: Guarded<Relation, TagCompany>,
    Json(body): Json<SetTags>,
) -> Result<Found<RelationView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    let after = rules::tags(&body.tags).map_err(Error::Invalid)?;
    guarded
        .write(move |db, relation| {
            let (own, other) = (relation.company_id, relation.other_company_id);
            let before = store::tags(db, own, &[other])?.remove(&other).unwrap_or_default();
            if before.iter().eq(after.iter()) {
                return found(db, &actor, &relation);
            }
            let changed = store::set_tags(db, &relation, (&before, &after))?;
            let now_there: Vec<&str> = after.iter().map(String::as_str).collect();
            let deed = Deed::new("company.tags_changed", any(other), (own, actor.doer), now);
            audit::write(db, deed.changed("tags", &before.join(", "), &now_there.join(", ")))?;
            found(db, &actor, &changed)
        })
        .await
}

fn found(db: &mut Db, actor: &Actor, relation: &Relation) -> Result<Found<RelationView>> {
    Ok(Found::version(relation.version, kept(db, actor, relation)?))
}
