//! One chunk of an import in one transaction: what is tracked, with ledgers, events, lines and progress.
//!
//! The orders of some thousand lines are looked up together and written together; in between, each line
//! meets the rules by itself, in the order of lines.

use std::collections::{HashMap, HashSet};

use super::super::chunk::{AT_ONCE, Done, Written};
use super::super::line::{EventTypeName, LineFault};
use super::super::model::{Mode, Outcome, Warning};
use super::super::plan::{Chunk, all_of};
use super::super::rows::{Authority, Batch};
use super::super::rules::{Verdict, rejected};
use super::reading::{Order, Said, line_fault};
use crate::actions::intake::{Decided, Intake};
use crate::actions::model::Action;
use crate::actions::wire::NewAction;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::kernel::id::{ActionId, EventTypeId};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::programs::model::{EventType, Program};

/// How often others may take orders that were free a moment ago, before the chunk is tried anew.
const TRIES: usize = 4;

/// What became of a line, and the action it is about.
type Judged = (Verdict, Option<ActionId>);

/// Does a chunk, inside a transaction in which the lease was renewed, for a submitter who still may.
///
/// Of an `all_or_nothing` batch the chunk is the whole; with a fault in it nothing is tracked.
pub fn apply(
    db: &mut Db,
    (batch, authority): (&Batch, &Authority),
    chunk: &Chunk,
    now: Instant,
) -> Result<Done> {
    let reach = authority.reach(batch.company_id);
    let whole = batch.mode == Mode::AllOrNothing;
    let refused = whole && has_fault(db, batch, &reach, chunk, now)?;
    let writes = batch.mode != Mode::DryRun && !refused;
    let mut tracker = Tracker::new(db, batch, &reach, now)?;
    let mut written = Written::of(batch, chunk);
    for orders in pieces(&chunk.orders) {
        let judged = tracker.take(db, orders, writes)?;
        written.lines(db, judged, refused, writes)?;
    }
    let strays = chunk.strays.iter().map(|verdict| (verdict.clone(), None)).collect();
    written.lines(db, strays, refused, false)?;
    Ok(Done { refused, counts: written.count(db)? })
}

/// Whether any line would be rejected. What was decided is thrown away, and decided again to be written.
fn has_fault(
    db: &mut Db,
    batch: &Batch,
    reach: &Reach,
    chunk: &Chunk,
    now: Instant,
) -> Result<bool> {
    if !chunk.strays.is_empty() {
        return Ok(true);
    }
    let mut tracker = Tracker::new(db, batch, reach, now)?;
    for orders in pieces(&chunk.orders) {
        let judged = tracker.take(db, orders, false)?;
        if judged.iter().any(|(verdict, _)| verdict.outcome == Outcome::Rejected) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Orders in pieces of about so many lines as are done at once; those of one order stay together.
fn pieces(orders: &[Order]) -> impl Iterator<Item = &[Order]> {
    let mut rest = orders;
    std::iter::from_fn(move || {
        let last = rest.get(AT_ONCE.min(rest.len()).checked_sub(1)?)?.mark;
        let beyond = rest.iter().skip(AT_ONCE).take_while(|order| order.mark == last).count();
        let end = AT_ONCE.saturating_add(beyond).min(rest.len());
        let (piece, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(piece)
    })
}

/// Decides about orders and writes them.
struct Tracker<'a> {
    batch: &'a Batch,
    intake: Intake<'a>,
    by_code: HashMap<String, EventTypeId>,
    known: HashMap<EventTypeId, (EventType, Program)>,
}

/// What some lines come to.
#[derive(Default)]
struct Decisions {
    judged: Vec<Judged>,
    new: Vec<Action>,
    lines: Vec<i32>,
}

impl<'a> Tracker<'a> {
    fn new(db: &mut Db, batch: &'a Batch, reach: &'a Reach, now: Instant) -> Result<Self> {
        let mut intake = Intake::new(reach, batch.doer(), now).through(batch.channel);
        let all = intake.event_types(db)?;
        let codes = all.iter().map(|(event_type, _)| (event_type.code.clone(), event_type.id));
        let by_code = codes.collect();
        let known = all.into_iter().map(|both| (both.0.id, both)).collect();
        Ok(Self { batch, intake, by_code, known })
    }

    /// What becomes of these lines. Twins that were tracked in the meantime are found on the next try.
    fn take(&mut self, db: &mut Db, orders: &[Order], writes: bool) -> Result<Vec<Judged>> {
        let reports: Vec<NewAction> = orders.iter().map(|order| self.report(order)).collect();
        for _ in 0..TRIES {
            self.intake.prepare(db, &reports)?;
            let Decisions { mut judged, new, lines } = self.decide(db, orders, &reports)?;
            if !writes {
                // What is not tracked has no id that anybody could ask for.
                let never: HashSet<ActionId> = new.iter().map(|action| action.id).collect();
                judged.iter_mut().for_each(|(_, id)| *id = id.filter(|id| !never.contains(id)));
                return Ok(judged);
            }
            if self.intake.write(db, &new, (self.batch.id, lines.as_slice()))? {
                return Ok(judged);
            }
        }
        Err(Error::internal(anyhow::anyhow!("orders were taken again and again")))
    }

    /// A line as a report in the words of its program. What the submitter cannot see is under the id of
    /// nothing.
    fn report(&self, order: &Order) -> NewAction {
        let id = match order.event_type() {
            EventTypeName::Id(id) => Some(*id),
            EventTypeName::Code(code) => self.by_code.get(code).copied(),
        };
        let nothing = EventTypeId::from_uuid(uuid::Uuid::nil());
        order.report(id.and_then(|id| self.known.get(&id)), nothing)
    }

    fn decide(
        &mut self,
        db: &mut Db,
        orders: &[Order],
        reports: &[NewAction],
    ) -> Result<Decisions> {
        let mut decisions = Decisions::default();
        // What was said of the order at hand by lines that were not rejected, and by which first.
        let (mut mark, mut before) = (None, HashMap::<&Said, i32>::new());
        for (order, report) in orders.iter().zip(reports) {
            if mark != Some(order.mark) {
                (mark, before) = (Some(order.mark), HashMap::new());
            }
            let judged = match self.intake.decide(db, report)? {
                Err(faults) => {
                    let layout = &self.batch.layout.0;
                    let faults = faults.iter().map(|fault| line_fault(layout, fault));
                    let faults: Vec<LineFault> = faults.collect();
                    decisions.judged.push((rejected(order.number, None, all_of(&faults)), None));
                    continue;
                }
                Ok(Decided::New(action)) => {
                    let id = action.id;
                    decisions.lines.push(order.number);
                    decisions.new.push(*action);
                    (tracked(order.number), Some(id))
                }
                Ok(Decided::Known(id)) => {
                    (known(order.number, before.get(&order.said).copied()), Some(id))
                }
            };
            before.entry(&order.said).or_insert(order.number);
            decisions.judged.push(judged);
        }
        Ok(decisions)
    }
}

fn tracked(number: i32) -> Verdict {
    Verdict { version: Some(1), ..Verdict::plain(number, None, Outcome::Applied) }
}

/// Of an order that was tracked before, by an equal line or otherwise.
fn known(number: i32, equal: Option<i32>) -> Verdict {
    match equal {
        Some(line) => Verdict {
            detail: Some(format!("equal to line {line}")),
            ..Verdict::plain(number, None, Outcome::DuplicateOfLine)
        },
        None => Verdict {
            warnings: vec![Warning::DuplicateOrder],
            ..Verdict::plain(number, None, Outcome::Unchanged)
        },
    }
}
