//! Weighs a batch that was read, and lays it down if it is beyond a guard.

use std::collections::HashMap;

use super::super::model::{Mode, Purpose};
use super::super::plan::{Named, Plan};
use super::super::resolve::{Desk, Unplanned};
use super::super::rows::Batch;
use super::model::{Excess, Guarded, Weight};
use super::{rules, store};
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::jobs::model::{JobKind, Share};
use crate::jobs::queue::{self, Lease};
use crate::kernel::id::{ActionId, ProgramId, ReversalId};
use crate::kernel::time::Instant;

/// How many actions are looked up at once.
const AT_ONCE: usize = 5_000;

/// The guards that a batch is to be weighed against. It is weighed once, when it is first read and
/// before it is parted. What changes nothing needs none, nor does what only adds.
pub fn guards_for(db: &mut Db, batch: &Batch, share: Share) -> Result<Vec<Guarded>> {
    let changes = batch.mode != Mode::DryRun && batch.purpose == Purpose::Reversals;
    if !changes || batch.total.is_some() || share != Share::WHOLE {
        return Ok(Vec::new());
    }
    store::guards(db, batch.company_id, &batch.authority.0)
}

/// The guards that a batch is beyond. What its lines may take is what is open of the payout of the
/// actions they name, whatever they say, but for those that are only approved.
pub fn weigh(
    batch: &Batch,
    plan: &Plan,
    guards: &[Guarded],
    desk: &mut impl Desk,
) -> Result<Vec<Excess>, Unplanned> {
    if guards.is_empty() {
        return Ok(Vec::new());
    }
    let weights = weights(batch, plan, desk)?;
    let mut over = Vec::new();
    for guarded in guards {
        let Some(weight) = weights.get(&guarded.program_id) else { continue };
        let (company, program) = (batch.company_id, guarded.program_id);
        let open = desk.read(move |db| store::open_payout(db, company, program))?;
        over.extend(rules::excess(guarded, *weight, open));
    }
    Ok(over)
}

fn weights(
    batch: &Batch,
    plan: &Plan,
    desk: &mut impl Desk,
) -> Result<HashMap<ProgramId, Weight>, Unplanned> {
    let mut weights: HashMap<ProgramId, Weight> = HashMap::new();
    let mut named = plan.named();
    loop {
        let some: Vec<Named> = named.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Ok(weights);
        }
        let ids: Vec<ActionId> = some.iter().map(|one| one.action).collect();
        let (company, authority) = (batch.company_id, batch.authority.0.clone());
        let found = desk.read(move |db| store::named(db, (company, &authority), &ids))?;
        for one in some {
            let Some((program, open)) = found.get(&one.action) else { continue };
            let weight = weights.entry(*program).or_default();
            weight.lines = weight.lines.saturating_add(one.lines);
            let taken = if one.is_taken_from { *open } else { 0 };
            weight.payout_minor = weight.payout_minor.saturating_add(taken);
        }
        desk.breathe()?;
    }
}

/// Lays the batch down until somebody confirms it; `Stale` if the lease is lost.
pub fn ask(
    db: &mut Db,
    batch: &Batch,
    lease: &Lease,
    (total, over): (i32, Vec<Excess>),
    now: Instant,
) -> Result<()> {
    let until = now.plus(rules::CONFIRM_WITHIN);
    queue::lay_down(db, lease, until)?;
    let before = store::find(db, batch.id)?;
    let after = rules::asked(&before, total, over, now);
    store::ask(db, &after)?;
    // It is the worker that asks, whoever submitted the batch.
    let kind = EventKind::ReversalNeedsConfirmation;
    events::record(db, event(kind, &before, &after, Doer::SYSTEM, now))
}

/// A person of the brand says that the batch is meant: it goes on as it was received.
///
/// Its job comes first, as wherever a batch changes.
pub fn confirm(db: &mut Db, id: ReversalId, by: Doer, now: Instant) -> Result<Batch> {
    queue::wake(db, JobKind::Reversal, any(id), now)?;
    let before = store::find(db, id)?;
    let after = rules::confirmed(&before, by.user_id, now)?;
    store::confirm(db, &after)?;
    events::record(db, event(EventKind::ReversalConfirmed, &before, &after, by, now))?;
    Ok(after)
}

fn event(kind: EventKind, before: &Batch, after: &Batch, by: Doer, now: Instant) -> Event {
    let event = Event::new(kind, any(after.id), after.company_id, now).by(by);
    let event = event.sequence(after.version);
    let (before, status) = (before.status.as_str(), after.status.as_str());
    after.telling(event.changed("status", before, status))
}
