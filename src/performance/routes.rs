//! URLs of what actions come to.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::Bytes;
use futures_util::{StreamExt, stream};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Asked, Measured, Side};
use super::policy::{ExportPerformance, ReadPerformance};
use super::wire::{CompanyFilter, PerformanceView, PeriodFilter, ProgramFilter, Span};
use super::{export, store};
use crate::access::{Actor, Guarded};
use crate::companies::model::Company;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::http::query::Query;
use crate::http::reply::{Found, Streamed};

const CSV: &str = "text/csv; charset=utf-8";

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(export_company_performance)
        .service(get_company_performance)
        .service(export_program_performance)
        .service(get_program_performance);
}

/// Show what the actions of a company come to, by day, week, month or quarter.
///
/// Of a partner, what it brought to your programs, and to those of brands that let you see their figures
/// (`view_performance`); of your own company, all that it earns. With `as=brand`, what a brand's programs
/// come to: all partners together for the brand itself and for whom it lets see that, else what your
/// company earns there. Every stretch of the period is told, and currencies are never added to each
/// other. An action counts to the day on which it occurred in its program's zone, and what becomes of it
/// later changes the figures of that day. An API key that is limited gets the figures within its limits.
#[utoipa::path(tag = "Performance", params(CompanyFilter, PeriodFilter))]
#[get("/companies/{id}/performance")]
async fn get_company_performance(
    guarded: Guarded<Company, ReadPerformance>,
    Query(filter): Query<CompanyFilter>,
    Query(period): Query<PeriodFilter>,
) -> Result<Found<PerformanceView>> {
    let (span, actor) = (period.read(guarded.now)?, Arc::clone(&guarded.actor));
    guarded.read(move |db, row| Ok(Found::of(of_company(db, &actor, &row, (&filter, span))?))).await
}

/// Download what the actions of a company come to as CSV: one row for each stretch and currency.
///
/// By the parameters of the other form; where a comparison is asked for, each row has both.
#[utoipa::path(tag = "Performance", params(CompanyFilter, PeriodFilter))]
#[get("/companies/{id}/performance/export.csv")]
async fn export_company_performance(
    guarded: Guarded<Company, ExportPerformance>,
    Query(filter): Query<CompanyFilter>,
    Query(period): Query<PeriodFilter>,
) -> Result<Streamed> {
    let (span, actor) = (period.read(guarded.now)?, Arc::clone(&guarded.actor));
    let view = guarded.read(move |db, row| of_company(db, &actor, &row, (&filter, span))).await?;
    Ok(file(&view))
}

/// Show what the actions of a program come to, by day, week, month or quarter.
///
/// Of all partners, or of one, for its brand and for whom the brand lets see its figures
/// (`view_performance`); a partner with a proposed or active contract in it gets what it brought itself.
/// Every stretch of the period is told, and currencies are never added to each other. An action counts to
/// the day on which it occurred in the program's zone, and what becomes of it later changes the figures
/// of that day.
#[utoipa::path(tag = "Performance", params(ProgramFilter, PeriodFilter))]
#[get("/programs/{id}/performance")]
async fn get_program_performance(
    guarded: Guarded<Measured, ReadPerformance>,
    Query(filter): Query<ProgramFilter>,
    Query(period): Query<PeriodFilter>,
) -> Result<Found<PerformanceView>> {
    let (span, actor) = (period.read(guarded.now)?, Arc::clone(&guarded.actor));
    guarded.read(move |db, row| Ok(Found::of(of_program(db, &actor, &row, (&filter, span))?))).await
}

/// Download what the actions of a program come to as CSV: one row for each stretch and currency.
///
/// By the parameters of the other form; where a comparison is asked for, each row has both.
#[utoipa::path(tag = "Performance", params(ProgramFilter, PeriodFilter))]
#[get("/programs/{id}/performance/export.csv")]
async fn export_program_performance(
    guarded: Guarded<Measured, ExportPerformance>,
    Query(filter): Query<ProgramFilter>,
    Query(period): Query<PeriodFilter>,
) -> Result<Streamed> {
    let (span, actor) = (period.read(guarded.now)?, Arc::clone(&guarded.actor));
    let view = guarded.read(move |db, row| of_program(db, &actor, &row, (&filter, span))).await?;
    Ok(file(&view))
}

fn of_company(
    db: &mut Db,
    actor: &Actor,
    company: &Company,
    (filter, span): (&CompanyFilter, Span),
) -> Result<PerformanceView> {
    let (reader, side) = (actor.reach.company, filter.side.unwrap_or(Side::Partner));
    let asked = Asked {
        side,
        company: company.id,
        others: store::others(db, reader, (side, company.id))?,
        program: filter.program_id,
        event_type: filter.event_type_id,
        reach: actor.reach.clone(),
        period: span.whole(),
    };
    let days = store::days(db, &asked)?;
    PerformanceView::of(&span, &days, companies::find_own(db, reader)?.currency)
}

fn of_program(
    db: &mut Db,
    actor: &Actor,
    program: &Measured,
    (filter, span): (&ProgramFilter, Span),
) -> Result<PerformanceView> {
    let reader = actor.reach.company;
    let others = match (program.is_whole, filter.partner_company_id) {
        (true, partner) => partner.map(|partner| vec![partner]),
        (false, Some(partner)) if partner != reader => Some(Vec::new()),
        (false, _) => Some(vec![reader]),
    };
    let asked = Asked {
        side: Side::Brand,
        company: program.company_id,
        others,
        program: Some(program.id),
        event_type: filter.event_type_id,
        reach: actor.reach.clone(),
        period: span.whole(),
    };
    PerformanceView::of(&span, &store::days(db, &asked)?, program.currency)
}

fn file(view: &PerformanceView) -> Streamed {
    let bytes = Bytes::from(export::table(view));
    let once = stream::once(std::future::ready(Ok(bytes)));
    Streamed::new(CSV, "performance.csv".into(), once.boxed_local())
}
