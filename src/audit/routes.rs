//! URLs of the audit log.

use actix_web::get;
use futures_util::StreamExt;
use utoipa_actix_web::service_config::ServiceConfig;

use super::policy::ReadAuditLog;
use super::wire::{AuditFilter, EntryView, named};
use super::{export, store};
use crate::access::{Actor, Signed};
use crate::db::Db;
use crate::error::Result;
use crate::http::csv::Stand;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Listed, Streamed};

const CSV: &str = "text/csv; charset=utf-8";

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(export_audit_log).service(list_audit_entries);
}

/// List who did what in your company's name, newest first.
///
/// Each entry tells what was done to what, by which user or key, from which address and by which
/// request; for sign-ins, whose they are. What the other side of a partnership did is in its own log.
/// Some filters are looked for over 10,000 entries at a time: a page may be short, or empty, and have a
/// `next_cursor` all the same. An API key that is limited to programs or event types sees none.
#[utoipa::path(tag = "Audit log", params(AuditFilter, Listing))]
#[get("/audit-log")]
async fn list_audit_entries(
    signed: Signed<ReadAuditLog>,
    Query(filter): Query<AuditFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<EntryView>> {
    let (filter, after, limit) = (filter.read()?, listing.after()?, listing.limit());
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, &filter, after, limit)?;
            Ok(Listed::of(named(db, page)?))
        })
        .await
}

/// Download the audit log as CSV: one row for each entry, by the filters of the list and in its order.
///
/// `changes` is JSON. Texts that a spreadsheet would take for a formula begin with an apostrophe.
#[utoipa::path(tag = "Audit log", params(AuditFilter))]
#[get("/audit-log/export.csv")]
async fn export_audit_log(
    signed: Signed<ReadAuditLog>,
    Query(filter): Query<AuditFilter>,
) -> Result<Streamed> {
    let filter = filter.read()?;
    let step = move |db: &mut Db, actor: &Actor, at| export::entries(db, &actor.reach, &filter, at);
    let bytes = signed.pages(Stand::Header, step)?;
    Ok(Streamed::new(CSV, "audit-log.csv".into(), bytes.boxed_local()))
}
