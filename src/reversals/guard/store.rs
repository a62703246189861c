//! What a batch is weighed by, and its waiting and being confirmed.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::model::Status;
use super::super::rows::{Authority, Batch};
use super::model::Guarded;
use crate::actions::model::State;
use crate::db::Db;
use crate::db::schema::{actions, programs, reversals};
use crate::error::{Error, Result};
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId, ReversalId};
use crate::kernel::time::Instant;
use crate::programs::model::Program;

/// The programs of a company that have a guard, within what the submitter may do.
pub fn guards(db: &mut Db, company: CompanyId, authority: &Authority) -> Result<Vec<Guarded>> {
    let with_guard = programs::table
        .filter(programs::company_id.eq(company))
        .filter(programs::guard_lines.is_not_null())
        .order(programs::id);
    let found: Vec<Program> = with_guard.load(db)?;
    let within = |id: &ProgramId| authority.programs.as_ref().is_none_or(|ids| ids.contains(id));
    let found = found.into_iter().filter(|program| within(&program.id)).filter_map(|program| {
        let guard = program.reversal_guard()?;
        Some(Guarded { program_id: program.id, currency: program.currency, guard })
    });
    Ok(found.collect())
}

/// All that weighing needs of an action.
#[derive(Debug, Queryable)]
struct Seen {
    id: ActionId,
    company_id: CompanyId,
    partner_company_id: CompanyId,
    program_id: ProgramId,
    event_type_id: EventTypeId,
    state: State,
    locked_at: Option<Instant>,
    payout_minor: i64,
}

/// Of these actions those that a submitter can see: the program, and the payout that is open.
///
/// They are asked for by their ids alone. Told the company too, SQLite might walk through all that is
/// the company's, once for each portion of ids.
pub fn named(
    db: &mut Db,
    (company, authority): (CompanyId, &Authority),
    ids: &[ActionId],
) -> Result<HashMap<ActionId, (ProgramId, i64)>> {
    let rows = actions::table.filter(actions::id.eq_any(ids)).select((
        actions::id,
        actions::company_id,
        actions::partner_company_id,
        actions::program_id,
        actions::event_type_id,
        actions::state,
        actions::locked_at,
        actions::payout_minor,
    ));
    let rows: Vec<Seen> = rows.load(db)?;
    let Authority { event_types, .. } = authority;
    let seen = rows.into_iter().filter(|row| {
        row.company_id == company
            && event_types.as_ref().is_none_or(|ids| ids.contains(&row.event_type_id))
            && authority.admits_partner(row.program_id, row.partner_company_id)
    });
    let weighed = seen.map(|row| {
        let is_open = row.locked_at.is_none() && row.state != State::Reversed;
        (row.id, (row.program_id, if is_open { row.payout_minor } else { 0 }))
    });
    Ok(weighed.collect())
}

/// What is open of a program's payout: of all that has neither locked nor is reversed.
pub fn open_payout(db: &mut Db, company: CompanyId, program: ProgramId) -> Result<i64> {
    let open = actions::table
        .filter(actions::company_id.eq(company))
        .filter(actions::program_id.eq(program))
        .filter(actions::locked_at.is_null())
        .filter(actions::state.ne(State::Reversed));
    let sum = sql::<BigInt>("CAST(coalesce(sum(payout_minor), 0) AS BIGINT)");
    Ok(open.select(sum).get_result(db)?)
}

/// Keeps that a batch which is being worked off waits; `Stale` if it is not any more.
pub fn ask(db: &mut Db, after: &Batch) -> Result<()> {
    advance(db, Status::Processing, after)
}

/// Keeps that it was confirmed; `Stale` if it waits no more.
pub fn confirm(db: &mut Db, after: &Batch) -> Result<()> {
    advance(db, Status::NeedsConfirmation, after)
}

fn advance(db: &mut Db, from: Status, after: &Batch) -> Result<()> {
    let unchanged = reversals::table
        .find(after.id)
        .filter(reversals::status.eq(from))
        .filter(reversals::version.eq(after.version.saturating_sub(1)));
    let changed = diesel::update(unchanged)
        .set((
            reversals::status.eq(after.status),
            reversals::code.eq(&after.code),
            reversals::detail.eq(&after.detail),
            reversals::total.eq(after.total),
            reversals::over_guards.eq(&after.over_guards),
            reversals::confirm_by.eq(after.confirm_by),
            reversals::confirmed_at.eq(after.confirmed_at),
            reversals::confirmed_by_user_id.eq(after.confirmed_by_user_id),
            reversals::version.eq(after.version),
        ))
        .execute(db)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// A batch, whosever it is.
pub fn find(db: &mut Db, id: ReversalId) -> Result<Batch> {
    Ok(reversals::table.find(id).get_result(db)?)
}
