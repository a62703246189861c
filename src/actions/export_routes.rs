//! URLs of actions and of their updates as files.

use actix_web::get;
use futures_util::StreamExt;
use utoipa_actix_web::service_config::ServiceConfig;

use super::export;
use super::policy::ExportActions;
use super::store::Entries;
use super::wire::{ActionsFilter, EntriesFilter};
use crate::access::{Actor, Signed};
use crate::db::Db;
use crate::error::Result;
use crate::http::csv::Stand;
use crate::http::query::Query;
use crate::http::reply::Streamed;

const CSV: &str = "text/csv; charset=utf-8";

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(export_actions).service(export_action_updates);
}

/// Download actions as CSV: one row for each, by the filters of the list and in its order.
///
/// Texts that a spreadsheet would take for a formula begin with an apostrophe. What the list does
/// not show you is empty here.
#[utoipa::path(tag = "Actions", params(ActionsFilter))]
#[get("/actions/export.csv")]
async fn export_actions(
    signed: Signed<ExportActions>,
    Query(filter): Query<ActionsFilter>,
) -> Result<Streamed> {
    let filter = filter.read(signed.now)?;
    let step = move |db: &mut Db, actor: &Actor, at| export::actions(db, &actor.reach, &filter, at);
    let bytes = signed.pages(Stand::Header, step)?;
    Ok(Streamed::new(CSV, "actions.csv".into(), bytes.boxed_local()))
}

/// Download the changes of actions as CSV, oldest first: one row for each, by the filters of the feed.
///
/// The file ends with what was visible when its last row was read. Changes of single items are in
/// the feed only.
#[utoipa::path(tag = "Actions", params(EntriesFilter))]
#[get("/action-updates/export.csv")]
async fn export_action_updates(
    signed: Signed<ExportActions>,
    Query(filter): Query<EntriesFilter>,
) -> Result<Streamed> {
    let filter = Entries::from(filter);
    let step = move |db: &mut Db, actor: &Actor, at| export::updates(db, &actor.reach, &filter, at);
    let bytes = signed.pages(Stand::Header, step)?;
    Ok(Streamed::new(CSV, "action-updates.csv".into(), bytes.boxed_local()))
}
