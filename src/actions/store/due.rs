//! What the jobs read: actions that lock, clear or are held no longer, and what may still be said
//! about them.

use std::collections::{HashMap, HashSet};

use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use jiff::SignedDuration;

use crate::actions::model::{Action, Verb};
use crate::contracts::model::Terms;
use crate::db::schema::{
    action_updates, actions, contract_terms, inquiries, jobs, programs, reversal_targets, reversals,
};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, CompanyId, ProgramId, ReversalId, TermsId};
use crate::kernel::time::{Instant, Zone};

/// A place in the order in which actions lock.
pub type Turn = (Instant, ActionId);

/// Whatever changed an action has ended so long after the moment that it calls its own.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);

/// A batch that has not ended, and may name actions it was in time for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The batch.
    pub id: ReversalId,
    /// The brand.
    pub company_id: CompanyId,
    /// When it was received.
    pub received_at: Instant,
    /// What its workers have listed of the actions it names, if all of them have.
    pub listed: Option<Listed>,
}

/// When the actions that a batch names were listed, and up to which moment they come due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// When.
    pub at: Instant,
    /// Up to which moment.
    pub until: Instant,
}

impl Unfinished {
    /// Whether it was in time to name this action, which comes due at `at`. The event type of a batch
    /// is only what counts for lines that name none: each may name another, or an action by its id.
    pub fn may_name(&self, action: &Action, at: Option<Instant>) -> bool {
        let in_time = at.is_none_or(|at| self.received_at < at);
        self.company_id == action.company_id && in_time
    }

    /// Whether its list says if it names this action. It does not if the action comes due beyond it,
    /// or was made or moved after the list was.
    pub fn is_sure_of(&self, action: &Action, at: Option<Instant>) -> bool {
        self.listed.zip(at).is_some_and(|(listed, at)| {
            at <= listed.until && action.updated_at.plus(LONGEST) < listed.at
        })
    }
}

/// What is listed of a batch when so much is of its shares: nothing, unless all have.
fn together(one: Option<Listed>, other: Option<Listed>) -> Option<Listed> {
    one.zip(other)
        .map(|(one, other)| Listed { at: one.at.min(other.at), until: one.until.min(other.until) })
}

/// Makes known that actions are looked at up to `until`: no batch that comes now was in time for
/// them.
///
/// That goes for the ends of holds as for locks. A batch takes its moment before its transaction is
/// over, and could come to light after a hold has ended though it is from before that. Raising a
/// horizon waits for such transactions, and later ones read it and take no moment before it.
pub fn raise_horizons(db: &mut Db, until: Instant) -> Result<()> {
    let due = actions::table
        .filter(actions::locked_at.is_null())
        .filter(not(actions::held))
        .filter(actions::locks_at.le(until))
        .select(actions::program_id)
        .distinct();
    let over = actions::table
        .filter(actions::held)
        .filter(actions::held_until.le(until))
        .select(actions::program_id)
        .distinct();
    let behind = programs::table
        .filter(programs::lock_horizon.lt(until))
        .filter(programs::id.eq_any(due).or(programs::id.eq_any(over)));
    // In one order, so that two jobs at once cannot deadlock.
    let ids: Vec<ProgramId> = behind.order(programs::id).select(programs::id).load(db)?;
    ids.into_iter().try_for_each(|id| raise(db, id, until))
}

/// The same for some programs, whatever is due in them.
pub fn raise_horizons_of(db: &mut Db, mut ids: Vec<ProgramId>, until: Instant) -> Result<()> {
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        raise(db, id, until)?;
    }
    Ok(())
}

fn raise(db: &mut Db, id: ProgramId, until: Instant) -> Result<()> {
    let row = programs::table.find(id).filter(programs::lock_horizon.lt(until));
    diesel::update(row).set(programs::lock_horizon.eq(until)).execute(db)?;
    Ok(())
}

/// The actions whose turn has come, in order, from after `after` on.
pub fn due(db: &mut Db, until: Instant, after: Option<Turn>, limit: i64) -> Result<Vec<Turn>> {
    let mut rows = actions::table
        .filter(actions::locked_at.is_null())
        .filter(not(actions::held))
        .filter(actions::locks_at.le(until))
        .order((actions::locks_at, actions::id))
        .limit(limit)
        .select((actions::locks_at, actions::id))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        let later = actions::locks_at.gt(at).or(actions::id.gt(id));
        rows = rows.filter(actions::locks_at.ge(at)).filter(later);
    }
    Ok(rows.load(db)?)
}

/// The actions whose payout is due while their ledger does not say so yet, in order, from after
/// `after` on.
pub fn to_clear(db: &mut Db, until: Instant, after: Option<Turn>, limit: i64) -> Result<Vec<Turn>> {
    let clears_at = actions::cleared_at.assume_not_null();
    let mut rows = actions::table
        .filter(actions::cleared_at.is_not_null())
        .filter(not(actions::cleared))
        .filter(actions::cleared_at.le(until))
        .order((actions::cleared_at, actions::id))
        .limit(limit)
        .select((clears_at, actions::id))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        rows = rows.filter(clears_at.ge(at)).filter(clears_at.gt(at).or(actions::id.gt(id)));
    }
    Ok(rows.load(db)?)
}

/// The actions whose hold has ended while they are still held, in order, from after `after` on.
pub fn to_release(
    db: &mut Db,
    until: Instant,
    after: Option<Turn>,
    limit: i64,
) -> Result<Vec<Turn>> {
    let ends_at = actions::held_until.assume_not_null();
    let mut rows = actions::table
        .filter(actions::held)
        .filter(actions::held_until.le(until))
        .order((actions::held_until, actions::id))
        .limit(limit)
        .select((ends_at, actions::id))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        rows = rows.filter(ends_at.ge(at)).filter(ends_at.gt(at).or(actions::id.gt(id)));
    }
    Ok(rows.load(db)?)
}

/// A share of a batch: the batch, its brand, when it was received, and what is listed.
type Listing = (ReversalId, CompanyId, Instant, Option<Instant>, Option<Instant>);

/// The batches of reversals that have not ended. A dry run changes nothing, and nothing waits for it.
pub fn unfinished(db: &mut Db) -> Result<Vec<Unfinished>> {
    // Spelt out, so that the planner sees that the partial index covers it.
    let open = sql::<Bool>("reversals.status IN ('received', 'processing', 'needs_confirmation')");
    let work = jobs::kind.eq("reversal").and(jobs::subject.eq(reversals::id));
    let shares: Vec<Listing> = reversals::table
        .left_join(jobs::table.on(work))
        .filter(open.and(reversals::mode.ne("dry_run")))
        .filter(reversals::purpose.eq("reversals"))
        .select((
            reversals::id,
            reversals::company_id,
            reversals::received_at,
            jobs::listed_at.nullable(),
            jobs::listed_until.nullable(),
        ))
        .load(db)?;
    let mut batches: HashMap<ReversalId, Unfinished> = HashMap::new();
    for (id, company_id, received_at, at, until) in shares {
        let listed = at.zip(until).map(|(at, until)| Listed { at, until });
        let batch = Unfinished { id, company_id, received_at, listed };
        let known = batches.entry(id).or_insert(batch);
        known.listed = together(known.listed, listed);
    }
    Ok(batches.into_values().collect())
}

/// Which of these actions are on the lists of these batches.
pub fn targets(
    db: &mut Db,
    batches: &[Unfinished],
    actions: &[Action],
) -> Result<HashSet<(ReversalId, ActionId)>> {
    let rows: Vec<(ReversalId, ActionId)> = reversal_targets::table
        .filter(reversal_targets::reversal_id.eq_any(batches.iter().map(|batch| batch.id)))
        .filter(reversal_targets::action_id.eq_any(actions.iter().map(|action| action.id)))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// Which of these actions are disputed, and by which partner, by an inquiry that was opened in time and
/// that the brand may still answer after `until`; and whether it is about what is reversed, whatever it
/// is that is.
pub fn disputed(
    db: &mut Db,
    ids: &[ActionId],
    until: Instant,
) -> Result<HashMap<(ActionId, CompanyId), bool>> {
    // Spelt out, so that the planner sees that the partial index covers it.
    let open = sql::<Bool>("status = 'open'");
    let action = inquiries::action_id.assume_not_null();
    let rows: Vec<(ActionId, CompanyId, String)> = inquiries::table
        .filter(open.and(action.eq_any(ids)))
        .filter(inquiries::in_time.and(inquiries::answer_by.gt(until)))
        .select((action, inquiries::partner_company_id, inquiries::kind))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, partner, kind)| ((id, partner), kind == "declined")).collect())
}

/// When these actions were last released.
pub fn released(db: &mut Db, ids: &[ActionId]) -> Result<HashMap<ActionId, Instant>> {
    let rows: Vec<(ActionId, Instant)> = action_updates::table
        .filter(action_updates::action_id.eq_any(ids))
        .filter(action_updates::command.eq(Verb::Release))
        .order((action_updates::action_id, action_updates::version))
        .select((action_updates::action_id, action_updates::at))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// The terms and zones that these actions lock by.
pub fn books(
    db: &mut Db,
    actions: &[Action],
) -> Result<(HashMap<TermsId, Terms>, HashMap<ProgramId, Zone>)> {
    let terms_ids: std::collections::HashSet<TermsId> =
        actions.iter().map(|action| action.terms_id).collect();
    let program_ids: std::collections::HashSet<ProgramId> =
        actions.iter().map(|action| action.program_id).collect();
    let terms: Vec<(TermsId, Document<Terms>)> = contract_terms::table
        .filter(contract_terms::id.eq_any(terms_ids))
        .select((contract_terms::id, contract_terms::terms))
        .load(db)?;
    let zones: Vec<(ProgramId, Zone)> = programs::table
        .filter(programs::id.eq_any(program_ids))
        .select((programs::id, programs::time_zone))
        .load(db)?;
    let terms = terms.into_iter().map(|(id, terms)| (id, terms.0)).collect();
    Ok((terms, zones.into_iter().collect()))
}
