//! One chunk of a batch in one transaction: the lease, the actions, their ledgers, the events, the
//! lines and the batch's progress are written together or not at all.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::afterlock::Locked;
use super::imports;
use super::line::LineFault;
use super::model::{LineCode, Mode, Outcome, Purpose, Status};
use super::plan::{Chunk, Group};
use super::rights::{self, Rights};
use super::rows::{Authority, Batch, Claim, LineRow};
use super::rules::{Claims, Folded, Hidden, Run, Verdict, fold, fold_beside, not_found, rejected};
use crate::actions::model::{Action, State, Update, Verb};
use crate::actions::news;
use crate::actions::overdue::Locking;
use crate::actions::reasons::{self, Reason};
use crate::actions::rules::Setting;
use crate::adjustments::entry::event as told;
use crate::adjustments::model::Adjustment;
use crate::contracts::model::Terms;
use crate::db::dialect::hot::Change;
use crate::db::schema::{action_updates, contract_terms, external_refs, programs, reversals};
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::events::model::Event;
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, ProgramId, TermsId, UpdateId};
use crate::kernel::money::Currency;
use crate::kernel::pace::unhurried;
use crate::kernel::time::{Instant, Zone};

/// How many lines are decided and written at once. A chunk is one transaction and may be larger; in
/// memory are its lines as they were read, and all that belongs to this many of them.
pub(super) const AT_ONCE: usize = 4_000;

/// What lines need to know besides their actions.
struct Books {
    authority: Authority,
    terms: HashMap<TermsId, Terms>,
    zones: HashMap<ProgramId, Zone>,
    reversed_for: HashMap<ActionId, Reason>,
    claims: HashMap<ActionId, Claims>,
    locked: Locked,
}

/// What some lines come to.
#[derive(Default)]
struct Outcomes {
    before: Vec<Action>,
    after: Vec<Action>,
    entries: Vec<Update>,
    locks: Vec<Locking>,
    adjustments: Vec<(Adjustment, Currency)>,
    claims: Vec<Claim>,
    verdicts: Vec<(Verdict, Option<ActionId>)>,
}

/// What a chunk has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// It was the whole of an `all_or_nothing` batch, with a fault in it: the batch is rejected.
    pub refused: bool,
    /// How many of its lines came to what.
    pub counts: Counts,
}

/// How many lines came to what; no outcome is there twice.
pub type Counts = Vec<(Outcome, i32)>;

/// Does a chunk, inside a transaction in which the lease was renewed.
///
/// Of an `all_or_nothing` batch the chunk is the whole; with a fault in it nothing is applied. If the
/// submitter may do nothing any more, no line is.
pub fn apply(db: &mut Db, batch: &Batch, chunk: &Chunk, now: Instant) -> Result<Done> {
    let authority = match rights::now_of(db, batch, now)? {
        Rights::Hold(authority) => authority,
        Rights::Ended(why) => {
            let counts = turn_away(db, batch, chunk, (LineCode::Forbidden, why))?;
            return Ok(Done { refused: batch.mode == Mode::AllOrNothing, counts });
        }
    };
    if batch.purpose == Purpose::Actions {
        return imports::apply::apply(db, (batch, &authority), chunk, now);
    }
    let refused = batch.mode == Mode::AllOrNothing && has_fault(db, batch, &authority, chunk, now)?;
    let applies = batch.mode != Mode::DryRun && !refused;
    let mut written = Written::of(batch, chunk);
    for groups in chunk.pieces(AT_ONCE) {
        let outcomes = decide(db, batch, &authority, groups, now)?;
        if applies {
            write_actions(db, &outcomes)?;
        }
        written.lines(db, outcomes.verdicts, refused, applies)?;
    }
    let strays = chunk.strays.iter().map(|verdict| (verdict.clone(), None)).collect();
    written.lines(db, strays, refused, false)?;
    Ok(Done { refused, counts: written.count(db)? })
}

/// Whether any line would be rejected. Nothing is kept of what was decided: it is decided again to
/// be written, with the same result, as the actions are held.
fn has_fault(
    db: &mut Db,
    batch: &Batch,
    authority: &Authority,
    chunk: &Chunk,
    now: Instant,
) -> Result<bool> {
    if !chunk.strays.is_empty() {
        return Ok(true);
    }
    for groups in chunk.pieces(AT_ONCE) {
        let outcomes = decide(db, batch, authority, groups, now)?;
        if outcomes.verdicts.iter().any(|(verdict, _)| verdict.outcome == Outcome::Rejected) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the lines of a chunk for lost, because doing them keeps failing.
pub fn give_up(db: &mut Db, batch: &Batch, chunk: &Chunk) -> Result<Counts> {
    turn_away(db, batch, chunk, (LineCode::InternalError, LineCode::InternalError.description()))
}

/// Rejects all lines of a chunk for the same reason.
fn turn_away(
    db: &mut Db,
    batch: &Batch,
    chunk: &Chunk,
    (code, detail): (LineCode, &'static str),
) -> Result<Counts> {
    let fault = |number| rejected(number, None, LineFault::new(code, detail));
    let verdicts = chunk.entries.iter().map(|entry| (fault(entry.line), None)).collect();
    let mut written = Written::of(batch, chunk);
    written.lines(db, verdicts, false, false)?;
    written.count(db)
}

fn open_books(
    db: &mut Db,
    batch: &Batch,
    authority: Authority,
    groups: &[Group],
    (actions, now): (&[Action], Instant),
) -> Result<Books> {
    let mut terms: Vec<TermsId> = actions.iter().map(|action| action.terms_id).collect();
    terms.sort_unstable();
    terms.dedup();
    let rows: Vec<(TermsId, Document<Terms>)> = contract_terms::table
        .filter(contract_terms::id.eq_any(terms))
        .select((contract_terms::id, contract_terms::terms))
        .load(db)?;
    let zones: Vec<(ProgramId, Zone)> = programs::table
        .filter(programs::company_id.eq(batch.company_id))
        .select((programs::id, programs::time_zone))
        .load(db)?;
    let terms: HashMap<TermsId, Terms> =
        rows.into_iter().map(|(id, terms)| (id, terms.0)).collect();
    let locked = Locked::of(db, batch, actions, &terms, now)?;
    Ok(Books {
        authority,
        terms,
        zones: zones.into_iter().collect(),
        reversed_for: reasons_of(db, actions)?,
        claims: claims_of(db, batch, groups)?,
        locked,
    })
}

/// For which reason the reversed ones among these actions were reversed last.
fn reasons_of(db: &mut Db, actions: &[Action]) -> Result<HashMap<ActionId, Reason>> {
    let reversed: Vec<ActionId> = actions
        .iter()
        .filter(|action| action.state == State::Reversed)
        .map(|action| action.id)
        .collect();
    let mut reasons = HashMap::new();
    for ids in reversed.chunks(AT_ONCE) {
        let rows: Vec<(ActionId, Option<String>)> = action_updates::table
            .filter(action_updates::action_id.eq_any(ids))
            .filter(action_updates::state.eq(State::Reversed))
            .filter(action_updates::command.eq_any([Verb::Reverse, Verb::Modify]))
            .order((action_updates::action_id, action_updates::version))
            .select((action_updates::action_id, action_updates::reason))
            .load(db)?;
        for (action, reason) in rows {
            if let Some(reason) = reason.as_deref().and_then(reasons::find) {
                reasons.insert(action, reason);
            }
        }
    }
    Ok(reasons)
}

/// The references among those of these lines that were used up before.
fn claims_of(db: &mut Db, batch: &Batch, groups: &[Group]) -> Result<HashMap<ActionId, Claims>> {
    let ids: Vec<ActionId> = groups.iter().map(|group| group.action).collect();
    let lines = groups.iter().flat_map(|group| &group.lines);
    let named: BTreeSet<&str> =
        lines.filter_map(|numbered| numbered.line.external_ref.as_deref()).collect();
    let named: Vec<&str> = named.into_iter().collect();
    let mut claims: HashMap<ActionId, Claims> = HashMap::new();
    for (names, ids) in named.chunks(AT_ONCE).flat_map(|names| {
        // One reference may stand for a whole delivery, and for a thousand others before it.
        ids.chunks(AT_ONCE).map(move |ids| (names, ids))
    }) {
        let rows: Vec<Claim> = external_refs::table
            .filter(external_refs::company_id.eq(batch.company_id))
            .filter(external_refs::external_ref.eq_any(names))
            .filter(external_refs::action_id.eq_any(ids))
            .load(db)?;
        for claim in rows {
            let of_action = claims.entry(claim.action_id).or_default();
            of_action.insert((claim.external_ref, claim.item_id), claim.digest);
        }
    }
    Ok(claims)
}

/// Holds the actions and folds the lines of each. Actions and groups are both in order of id.
fn decide(
    db: &mut Db,
    batch: &Batch,
    authority: &Authority,
    groups: &[Group],
    now: Instant,
) -> Result<Outcomes> {
    let ids: Vec<ActionId> = groups.iter().map(|group| group.action).collect();
    let actions = dialect::hot::hold(db, &ids)?;
    let mut books = open_books(db, batch, authority.clone(), groups, (&actions, now))?;
    let mut outcomes = Outcomes::default();
    let mut actions = actions.into_iter().peekable();
    for group in unhurried(groups) {
        match actions.next_if(|action| action.id == group.action) {
            Some(action) => {
                let folded = fold_one(batch, group, &action, &mut books, now)?;
                outcomes.locks.extend(books.locked.lock_for(&action, &folded));
                outcomes.keep(action, folded);
            }
            None => outcomes.verdicts.extend(group.lines.iter().map(|numbered| {
                let operation = Some(numbered.line.operation);
                (rejected(numbered.number, operation, not_found(&numbered.line)), None)
            })),
        }
    }
    Ok(outcomes)
}

fn fold_one(
    batch: &Batch,
    group: &Group,
    action: &Action,
    books: &mut Books,
    now: Instant,
) -> Result<Folded> {
    let run = run_of(batch, &books.authority);
    if let Some(hidden) = Hidden::of(action, run) {
        return Ok(hidden.folded(&group.lines));
    }
    let missing = || Error::internal(anyhow::anyhow!("{} has no terms or no program", action.id));
    let setting = Setting {
        terms: books.terms.get(&action.terms_id).ok_or_else(missing)?,
        zone: books.zones.get(&action.program_id).ok_or_else(missing)?,
        at: batch.received_at,
        now,
        reversed_for: books.reversed_for.get(&action.id).copied(),
    };
    let claims = books.claims.remove(&action.id).unwrap_or_default();
    let mut id = UpdateId::new;
    let known: (Claims, &mut dyn FnMut() -> UpdateId) = (claims, &mut id);
    if let Some(beside) = books.locked.beside(action) {
        return Ok(fold_beside(beside, &group.lines, run, setting, known));
    }
    let mut folded = fold(action, &group.lines, run, setting, known);
    books.locked.explain(action, &mut folded);
    Ok(folded)
}

fn run_of<'a>(batch: &Batch, authority: &'a Authority) -> Run<'a> {
    Run {
        reversal: batch.id,
        company: batch.company_id,
        authority,
        doer: batch.doer(),
        channel: batch.channel,
    }
}

impl Outcomes {
    fn keep(&mut self, before: Action, folded: Folded) {
        let Folded { after, entries, adjustments, claims, verdicts } = folded;
        // What the submitter may not see is not shown on its lines either.
        let hidden = |verdict: &Verdict| verdict.code == Some(LineCode::ActionNotFound);
        let id = before.id;
        self.verdicts.extend(verdicts.into_iter().map(|verdict| {
            let shown = Some(id).filter(|_| !hidden(&verdict));
            (verdict, shown)
        }));
        self.entries.extend(entries);
        self.adjustments.extend(adjustments.into_iter().map(|one| (one, before.currency)));
        self.claims.extend(claims);
        if let Some(after) = after {
            self.before.push(before);
            self.after.push(after);
        }
    }

    /// What the world is told: the same as of a change on its own.
    fn events(&self) -> Result<Vec<Event>> {
        let currencies: HashMap<ActionId, Currency> =
            self.after.iter().map(|action| (action.id, action.currency)).collect();
        let event = |entry: &Update| {
            let missing = || Error::internal(anyhow::anyhow!("an entry without its action"));
            let currency = currencies.get(&entry.action_id).copied().ok_or_else(missing)?;
            Ok(news::event(entry, currency))
        };
        let locks = self.locks.iter().map(|lock| Ok(news::event(&lock.entry, lock.after.currency)));
        let adjusted = self.adjustments.iter().map(|(one, currency)| Ok(told(one, *currency)));
        locks.chain(self.entries.iter().map(event)).chain(adjusted).collect()
    }
}

/// What becomes of a line that has no fault, in a batch that is refused for others.
fn refuse(verdict: &mut Verdict) {
    if verdict.outcome != Outcome::Rejected {
        verdict.outcome = Outcome::Rejected;
        verdict.code = Some(LineCode::BatchRejected);
        verdict.detail = None;
        verdict.warnings.clear();
    }
}

fn write_actions(db: &mut Db, outcomes: &Outcomes) -> Result<()> {
    let changes: Vec<Change<'_>> = outcomes
        .before
        .iter()
        .zip(&outcomes.after)
        .map(|(before, after)| Change {
            after,
            items: before.items != after.items,
            locks_at: before.locks_at != after.locks_at,
        })
        .collect();
    dialect::hot::change(db, &changes)?;
    write_locks(db, &outcomes.locks)?;
    dialect::bulk::updates(db, &outcomes.entries)?;
    let adjustments: Vec<_> = outcomes.adjustments.iter().map(|(one, _)| one.clone()).collect();
    dialect::bulk::adjustments(db, &adjustments)?;
    dialect::bulk::events(db, &outcomes.events()?)?;
    dialect::bulk::claims(db, &outcomes.claims)
}

/// Locks what the lock job has not come by to lock.
fn write_locks(db: &mut Db, locks: &[Locking]) -> Result<()> {
    if locks.is_empty() {
        return Ok(());
    }
    let (after, entries): (Vec<Action>, Vec<Update>) =
        locks.iter().cloned().map(|lock| (lock.after, lock.entry)).unzip();
    dialect::actions::lock(db, &after)?;
    dialect::bulk::updates(db, &entries)
}

/// Where the records of a chunk lie, by the numbers of their lines.
fn places(chunk: &Chunk) -> HashMap<i32, (u64, i32)> {
    chunk.entries.iter().map(|entry| (entry.line, (entry.offset, entry.length))).collect()
}

/// Lines whose outcomes are written, and counted.
pub(super) struct Written<'a> {
    batch: &'a Batch,
    places: HashMap<i32, (u64, i32)>,
    counts: HashMap<Outcome, i32>,
}

impl<'a> Written<'a> {
    /// None of them yet.
    pub(super) fn of(batch: &'a Batch, chunk: &Chunk) -> Self {
        Self { batch, places: places(chunk), counts: HashMap::new() }
    }

    /// Writes what became of some lines. `applies` is false where nothing was written to the actions:
    /// then no version came of it.
    pub(super) fn lines(
        &mut self,
        db: &mut Db,
        mut verdicts: Vec<(Verdict, Option<ActionId>)>,
        refused: bool,
        applies: bool,
    ) -> Result<()> {
        verdicts.sort_unstable_by_key(|(verdict, _)| verdict.number);
        let mut rows = Vec::with_capacity(verdicts.len());
        for (mut verdict, action_id) in verdicts {
            if refused {
                refuse(&mut verdict);
            }
            let count = self.counts.entry(verdict.outcome).or_default();
            *count = count.saturating_add(1);
            rows.push(self.row(verdict, action_id, applies)?);
        }
        dialect::bulk::lines(db, &rows)
    }

    fn row(&self, verdict: Verdict, action_id: Option<ActionId>, applies: bool) -> Result<LineRow> {
        let unknown = || Error::internal(anyhow::anyhow!("line {} is nowhere", verdict.number));
        let (offset, byte_length) = *self.places.get(&verdict.number).ok_or_else(unknown)?;
        Ok(LineRow {
            reversal_id: self.batch.id,
            line: verdict.number,
            byte_offset: i64::try_from(offset).unwrap_or(i64::MAX),
            byte_length,
            outcome: verdict.outcome,
            code: verdict.code,
            detail: verdict.detail,
            operation: verdict.operation,
            action_id,
            version: verdict.version.filter(|_| applies),
            warnings: Some(verdict.warnings).filter(|them| !them.is_empty()).map(Document),
            adjustment_id: verdict.adjustment.filter(|_| applies),
        })
    }

    /// Adds to the batch's counts, and gives what it added; `Stale` if the batch is no longer being
    /// worked off.
    pub(super) fn count(self, db: &mut Db) -> Result<Counts> {
        let of = |outcome| self.counts.get(&outcome).copied().unwrap_or(0);
        let running =
            reversals::table.find(self.batch.id).filter(reversals::status.eq(Status::Processing));
        let counted = diesel::update(running)
            .set((
                reversals::applied.eq(reversals::applied + of(Outcome::Applied)),
                reversals::unchanged.eq(reversals::unchanged + of(Outcome::Unchanged)),
                reversals::duplicate.eq(reversals::duplicate + of(Outcome::DuplicateOfLine)),
                reversals::rejected.eq(reversals::rejected + of(Outcome::Rejected)),
                reversals::version.eq(reversals::version + 1),
            ))
            .execute(db)?;
        let counts = Outcome::ALL.iter().map(|outcome| (*outcome, of(*outcome)));
        if counted == 1 { Ok(counts.collect()) } else { Err(Error::Stale) }
    }
}
