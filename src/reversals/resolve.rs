//! The first pass over a batch: what each line is about, and where it lies.
//!
//! It reads the stored input once, from the first byte to the last, and keeps 32 bytes a line.
//! Input that cannot be read is found here, before anything was applied. The bytes go along into an
//! unnamed file, from which the second pass takes lines in the order of their actions.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use diesel::prelude::*;

use super::formats::{self, FileFault, Record, Unread};
use super::imports;
use super::line::{EventTypeName, Line, TargetOf};
use super::model::{OnAmbiguous, Operation, Purpose};
use super::plan::{Entry, Plan, Stray};
use super::rows::Batch;
use super::rules::{MostLines, too_many_lines};
use crate::contracts::store as contracts;
use crate::db::Db;
use crate::db::schema::{actions, event_types, reversal_lines};
use crate::error::{Error, Result};
use crate::jobs::model::Share;
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId, ReversalId};
use crate::kernel::time::Instant;

/// How many order ids are looked up at once.
const ORDERS_AT_ONCE: usize = 5_000;
/// How many line numbers are read at once.
const LINES_AT_ONCE: i64 = 50_000;

/// Runs short pieces of database work for a thread that may block.
pub trait Desk {
    /// Statements that only read.
    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T>;

    /// Called now and then during long work: keeps the lease, and tells if the work must end.
    fn breathe(&mut self) -> Result<(), Unplanned>;
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum Unplanned {
    /// The input is at fault: the batch is rejected.
    #[error(transparent)]
    Unreadable(#[from] FileFault),
    /// The server stops; another will make the pass again.
    #[error("the server stops")]
    Stopped,
    /// Something else is: the pass can be made again.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Makes the plan of a share of a batch: every line of it that has no outcome yet, by action.
pub fn plan(
    batch: &Batch,
    share: Share,
    input: impl Read,
    most: MostLines,
    desk: &mut impl Desk,
) -> Result<Plan, Unplanned> {
    let mut resolver = Resolver::new(batch, share, most, &mut *desk)?;
    let cache = tempfile::tempfile().map_err(Error::internal)?;
    let mut copied = Copying { from: input, to: io::BufWriter::with_capacity(1 << 18, cache) };
    let read =
        formats::records(&batch.layout.0, &mut copied, |record| match resolver.take(record) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        });
    let total = match read {
        Ok(ControlFlow::Continue(total)) => total,
        Ok(ControlFlow::Break(error)) => return Err(error),
        Err(Unread::Fault(fault)) => return Err(fault.into()),
        Err(Unread::Source(error)) => return Err(Error::internal(error).into()),
    };
    resolver.look_up()?;
    let (mut entries, approving) = (resolver.entries, resolver.approving);
    leave_out_done(&mut entries, batch, desk)?;
    entries.sort_unstable_by_key(|entry| (entry.action, entry.line));
    let cache = copied.to.into_inner().map_err(|error| Error::internal(error.into_error()))?;
    Ok(Plan { entries, approving, total, cache: Arc::new(cache) })
}

/// Hands on what it reads, and writes it to a file too.
struct Copying<R> {
    from: R,
    to: io::BufWriter<File>,
}

impl<R: Read> Read for Copying<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.to.write_all(into.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

/// An event type as far as lines can name it.
type Named = (EventTypeId, String, ProgramId);

struct Resolver<'a, D> {
    batch: &'a Batch,
    share: Share,
    most: MostLines,
    desk: &'a mut D,
    default_event_type: Option<EventTypeName>,
    /// The event types the submitter can see.
    event_types: Vec<EventTypeId>,
    codes: HashMap<String, EventTypeId>,
    /// Those of programs that are the submitter's business only as far as it is paid itself.
    own_only: Vec<EventTypeId>,
    /// How many lines were read.
    lines: usize,
    /// Those of the share, and behind them those of which that is not known yet.
    entries: Vec<Entry>,
    /// The numbers of lines that only approve.
    approving: Vec<i32>,
    /// How many of the entries are known to belong to the share.
    settled: usize,
    /// Entries that wait for their order to be looked up: event type, if named, and order id.
    waiting: Vec<(usize, Option<EventTypeId>, String)>,
}

/// The programs in which whoever submits for a brand is paid itself: then, or by now, as each chunk asks.
fn paid_in<D: Desk>(batch: &Batch, desk: &mut D) -> Result<Vec<ProgramId>> {
    let (brand, grantee) = (batch.company_id, batch.authority.0.grantee.clone());
    let Some(grantee) = grantee else { return Ok(Vec::new()) };
    desk.read(move |db| {
        let now = contracts::earned_in(db, brand, grantee.company)?;
        Ok(grantee.clone().or_paid_in(&now).paid_in)
    })
}

impl<'a, D: Desk> Resolver<'a, D> {
    fn new(batch: &'a Batch, share: Share, most: MostLines, desk: &'a mut D) -> Result<Self> {
        let company = batch.company_id;
        let mut known: Vec<Named> = desk.read(move |db| {
            let rows = event_types::table.filter(event_types::company_id.eq(company)).select((
                event_types::id,
                event_types::code,
                event_types::program_id,
            ));
            Ok(rows.load(db)?)
        })?;
        let authority = &batch.authority.0;
        let paid_in = paid_in(batch, desk)?;
        known.retain(|(id, _, program)| {
            authority.event_types.as_ref().is_none_or(|ids| ids.contains(id))
                && authority.programs.as_ref().is_none_or(|ids| ids.contains(program))
        });
        let own_only = known.iter().filter(|(_, _, program)| paid_in.contains(program));
        Ok(Self {
            batch,
            share,
            own_only: own_only.map(|(id, ..)| *id).collect(),
            most,
            desk,
            default_event_type: batch.event_type_id.map(EventTypeName::Id),
            event_types: known.iter().map(|(id, ..)| *id).collect(),
            codes: known.into_iter().map(|(id, code, _)| (code, id)).collect(),
            lines: 0,
            entries: Vec::new(),
            approving: Vec::new(),
            settled: 0,
            waiting: Vec::new(),
        })
    }

    fn take(&mut self, record: Record<'_>) -> Result<(), Unplanned> {
        self.lines = self.lines.saturating_add(1);
        if let Some(fault) = too_many_lines(self.batch.mode, self.lines, self.most) {
            return Err(fault.into());
        }
        let action = match self.batch.purpose {
            Purpose::Reversals => self.action(record),
            Purpose::Actions => self.order(record),
        };
        self.entries.push(Entry {
            action,
            offset: record.offset,
            line: record.line,
            length: record.length(),
        });
        if self.entries.len().saturating_sub(self.settled) >= ORDERS_AT_ONCE {
            self.look_up()?;
        }
        if self.lines.is_multiple_of(ORDERS_AT_ONCE) {
            self.desk.breathe()?;
        }
        Ok(())
    }

    fn action(&mut self, record: Record<'_>) -> ActionId {
        let layout = &self.batch.layout.0;
        match formats::parse(layout, record.bytes, self.default_event_type.as_ref()) {
            Ok(line) => {
                if line.operation == Operation::Approve {
                    self.approving.push(record.line);
                }
                self.target(line)
            }
            Err(_) => Stray::Faulty.mark(),
        }
    }

    /// What stands for the order that a line tracks: the same for all lines of one order, so that they
    /// stay together.
    fn order(&self, record: Record<'_>) -> ActionId {
        let default = self.default_event_type.as_ref();
        let named = imports::reading::named(&self.batch.layout.0, record.bytes, default);
        let order = named.and_then(|(event_type, order_id)| {
            self.event_type(event_type).map(|event_type| imports::mark(event_type, &order_id))
        });
        // What is wrong with it is told when it is read to be tracked.
        order.unwrap_or_else(|| Stray::Faulty.mark())
    }

    /// The event type of this name, if the submitter can see it.
    fn event_type(&self, name: EventTypeName) -> Option<EventTypeId> {
        match name {
            EventTypeName::Id(id) => Some(id).filter(|id| self.event_types.contains(id)),
            EventTypeName::Code(code) => self.codes.get(&code).copied(),
        }
    }

    /// The action a line is about; orders are looked up later, many at once.
    fn target(&mut self, line: Line) -> ActionId {
        let (event_type, order_id) = match line.target {
            // Whether it exists is seen when the action is read to be changed.
            TargetOf::Action(id) => return id,
            TargetOf::Order { event_type, order_id } => (event_type, order_id),
        };
        let event_type = match event_type.map(|name| self.event_type(name)) {
            None => None,
            Some(Some(known)) => Some(known),
            Some(None) => return Stray::UnknownEventType.mark(),
        };
        self.waiting.push((self.entries.len(), event_type, order_id));
        Stray::NotFound.mark()
    }

    /// Looks up the orders that wait, and keeps the entries that belong to the share.
    fn look_up(&mut self) -> Result<()> {
        self.find_waiting()?;
        let mut settled = self.entries.split_off(self.settled);
        settled.retain(|entry| entry.is_of(self.share));
        self.entries.append(&mut settled);
        self.settled = self.entries.len();
        Ok(())
    }

    fn find_waiting(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let mut wanted: HashMap<EventTypeId, Vec<String>> = HashMap::new();
        for (_, event_type, order_id) in &waiting {
            let named = event_type.as_slice();
            let of = if named.is_empty() { self.event_types.as_slice() } else { named };
            for event_type in of {
                wanted.entry(*event_type).or_default().push(order_id.clone());
            }
        }
        let company = self.batch.company_id;
        let mut found = Found::default();
        for (event_type, order_ids) in wanted {
            let rows = self.desk.read(move |db| find(db, company, event_type, &order_ids))?;
            let limited = self.own_only.contains(&event_type);
            let own = self.batch.submitted_by_company_id.filter(|_| limited);
            for row in rows {
                if own.is_none_or(|own| own == row.partner_company_id) {
                    found.add(event_type, row);
                }
            }
        }
        for (place, event_type, order_id) in waiting {
            if let Some(entry) = self.entries.get_mut(place) {
                entry.action = found.of(event_type, order_id, self.batch.on_ambiguous);
            }
        }
        Ok(())
    }
}

/// What tells actions of one order apart.
#[derive(Debug, Queryable)]
struct Candidate {
    id: ActionId,
    order_id: String,
    partner_company_id: crate::kernel::id::CompanyId,
    occurred_at: Instant,
    occurrence: i32,
}

fn find(
    db: &mut Db,
    company: CompanyId,
    event_type: EventTypeId,
    order_ids: &[String],
) -> Result<Vec<Candidate>> {
    let rows = actions::table
        .filter(actions::company_id.eq(company))
        .filter(actions::event_type_id.eq(event_type))
        .filter(actions::order_id.eq_any(order_ids))
        .select((
            actions::id,
            actions::order_id,
            actions::partner_company_id,
            actions::occurred_at,
            actions::occurrence,
        ));
    Ok(rows.load(db)?)
}

/// The newest action of each order, and how many there are.
#[derive(Default)]
struct Found {
    by_order: HashMap<(Option<EventTypeId>, String), (Candidate, usize)>,
}

impl Found {
    fn add(&mut self, event_type: EventTypeId, row: Candidate) {
        for key in [Some(event_type), None] {
            let row = Candidate { order_id: row.order_id.clone(), ..row };
            let slot = self.by_order.entry((key, row.order_id.clone()));
            slot.and_modify(|(newest, count)| {
                *count += 1;
                let age = |row: &Candidate| (row.occurred_at, row.occurrence, row.id);
                if age(&row) > age(newest) {
                    newest.id = row.id;
                    newest.occurred_at = row.occurred_at;
                    newest.occurrence = row.occurrence;
                }
            })
            .or_insert((row, 1));
        }
    }

    fn of(
        &self,
        event_type: Option<EventTypeId>,
        order: String,
        ambiguous: OnAmbiguous,
    ) -> ActionId {
        match (self.by_order.get(&(event_type, order)), ambiguous) {
            (None, OnAmbiguous::Reject | OnAmbiguous::Newest) => Stray::NotFound.mark(),
            (Some((only, 1)), OnAmbiguous::Reject) => only.id,
            (Some(_), OnAmbiguous::Reject) => Stray::Ambiguous.mark(),
            (Some((newest, _)), OnAmbiguous::Newest) => newest.id,
        }
    }
}

/// After a crash: takes out the lines that have their outcome already.
fn leave_out_done(
    entries: &mut Vec<Entry>,
    batch: &Batch,
    desk: &mut impl Desk,
) -> Result<(), Unplanned> {
    let mut done: Vec<i32> = Vec::new();
    let mut after = 0;
    loop {
        let id = batch.id;
        let lines = desk.read(move |db| lines_done(db, id, after))?;
        let Some(last) = lines.last() else { break };
        after = *last;
        done.extend(lines);
        desk.breathe()?;
    }
    if !done.is_empty() {
        entries.retain(|entry| done.binary_search(&entry.line).is_err());
    }
    Ok(())
}

fn lines_done(db: &mut Db, batch: ReversalId, after: i32) -> Result<Vec<i32>> {
    let lines = reversal_lines::table
        .filter(reversal_lines::reversal_id.eq(batch))
        .filter(reversal_lines::line.gt(after))
        .order(reversal_lines::line)
        .select(reversal_lines::line)
        .limit(LINES_AT_ONCE);
    Ok(lines.load(db)?)
}
