//! Where the lines of a batch lie, sorted by the action they are about, and how they are cut into
//! chunks.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::formats;
use super::imports::{self, reading::Order};
use super::line::{EventTypeName, LineFault};
use super::model::{LineCode, Purpose};
use super::rows::Batch;
use super::rules::{Numbered, Verdict, not_found, rejected};
use crate::error::{Error, Result};
use crate::jobs::model::Share;
use crate::kernel::id::ActionId;

/// One line: 32 bytes of memory, whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The action it is about, or the mark of a [`Stray`].
    pub action: ActionId,
    /// Where its record begins in the input.
    pub offset: u64,
    /// The number of its record.
    pub line: i32,
    /// How long the record is.
    pub length: i32,
}

impl Entry {
    /// Whether it belongs to a share of the batch: all lines of an action to the same one, as long as
    /// there are as many shares, and strays spread over all.
    pub fn is_of(&self, share: Share) -> bool {
        match Stray::of(self.action) {
            None => share.has(self.action.uuid().as_u128()),
            Some(_) => share.has(u128::from(self.line.unsigned_abs())),
        }
    }
}

/// The most lines of one action that are done together: each may change hundreds of items.
const MOST_OF_ONE: usize = 5_000;
/// How many bytes the records of a chunk have, about: all that they say is in memory together. Of a
/// single action twice as many are done together.
const MOST_BYTES: i64 = 16 << 20;

/// Why a line is about no action. Strays are marked by ids that no action ever has, so that an
/// entry needs no room to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stray {
    /// The line cannot be read.
    Faulty,
    /// The company has no such action.
    NotFound,
    /// The company has several.
    Ambiguous,
    /// The company has no such event type.
    UnknownEventType,
}

impl Stray {
    const ALL: [Self; 4] = [Self::Faulty, Self::NotFound, Self::Ambiguous, Self::UnknownEventType];

    /// The id that stands for it: a UUID without a version.
    pub fn mark(self) -> ActionId {
        let number = match self {
            Self::Faulty => 1,
            Self::NotFound => 2,
            Self::Ambiguous => 3,
            Self::UnknownEventType => 4,
        };
        ActionId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn of(action: ActionId) -> Option<Self> {
        Self::ALL.into_iter().find(|stray| stray.mark() == action)
    }
}

/// The lines of a share of a batch that have no outcome yet, by action, then by number.
#[derive(Debug)]
pub struct Plan {
    /// The lines.
    pub entries: Vec<Entry>,
    /// The numbers of lines that only approve, in order.
    pub approving: Vec<i32>,
    /// How many lines the input has, those of other shares and those that are done included.
    pub total: i32,
    /// The input, to read lines from in any order.
    pub cache: Arc<File>,
}

impl Plan {
    /// Cuts the lines into chunks of about `size`, or fewer if they are long, only where one action
    /// ends and another begins.
    ///
    /// A single action with very many lines is cut all the same, so that memory stays bounded. What
    /// is done all or nothing is one chunk, of whatever size.
    pub fn chunks(&self, size: usize) -> Vec<Range<usize>> {
        let (most, most_bytes) = match size {
            usize::MAX => (size, i64::MAX),
            _ => (MOST_OF_ONE.min(size.saturating_mul(5)), MOST_BYTES),
        };
        let mut chunks = Vec::new();
        let (mut begin, mut action, mut bytes) = (0, 0, 0_i64);
        for (place, pair) in self.entries.windows(2).enumerate() {
            let (end, border) = (place + 1, !same_action(pair));
            let length = pair.first().map_or(0, |entry| i64::from(entry.length));
            bytes = bytes.saturating_add(length);
            let full = end - begin >= size || bytes >= most_bytes;
            let too_many = end - action >= most || bytes >= most_bytes.saturating_mul(2);
            if (full && border) || (too_many && !border) {
                chunks.push(begin..end);
                (begin, action, bytes) = (end, end, 0);
            } else if border {
                action = end;
            }
        }
        if begin < self.entries.len() {
            chunks.push(begin..self.entries.len());
        }
        chunks
    }

    /// Two halves of a chunk, cut between actions where that is possible.
    pub fn halves(&self, chunk: &Range<usize>) -> Option<[Range<usize>; 2]> {
        let middle = chunk.start + chunk.len() / 2;
        let pairs = self.entries.get(chunk.clone())?.windows(2);
        let borders = (chunk.start + 1..chunk.end).zip(pairs);
        let nearest = borders
            .filter(|(_, pair)| !same_action(pair))
            .map(|(place, _)| place)
            .min_by_key(|place| place.abs_diff(middle));
        let cut = nearest.unwrap_or(middle);
        (cut > chunk.start && cut < chunk.end).then_some([chunk.start..cut, cut..chunk.end])
    }

    /// Whether a line that is still to be done is about this action.
    pub fn names(&self, action: ActionId) -> bool {
        self.entries.binary_search_by_key(&action, |entry| entry.action).is_ok()
    }

    /// The actions that lines are about, in order.
    pub fn named(&self) -> impl Iterator<Item = Named> {
        let by_action = self.entries.chunk_by(|one, next| one.action == next.action);
        by_action.filter_map(|entries| {
            let action = entries.first().map(|entry| entry.action)?;
            let approves = |entry: &Entry| self.approving.binary_search(&entry.line).is_ok();
            let named = Named {
                action,
                lines: i64::try_from(entries.len()).unwrap_or(i64::MAX),
                is_taken_from: !entries.iter().all(approves),
            };
            Some(named).filter(|_| Stray::of(action).is_none())
        })
    }

    /// The plan of a share of the batch, from that of the whole.
    pub fn of_share(mut self, share: Share) -> Self {
        self.entries.retain(|entry| entry.is_of(share));
        self
    }

    /// The entries of a chunk.
    pub fn entries(&self, chunk: &Range<usize>) -> Vec<Entry> {
        self.entries.get(chunk.clone()).unwrap_or_default().to_vec()
    }
}

/// An action that lines are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Which.
    pub action: ActionId,
    /// How many lines are about it.
    pub lines: i64,
    /// Whether any of them does more than approve.
    pub is_taken_from: bool,
}

/// Whether two neighbours must not be parted. Strays are nobody's neighbours.
fn same_action(pair: &[Entry]) -> bool {
    match pair {
        [left, right] => left.action == right.action && Stray::of(left.action).is_none(),
        _ => false,
    }
}

/// The lines of one action within a chunk.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// The action they say they are about.
    pub action: ActionId,
    /// The lines.
    pub lines: Vec<Numbered>,
}

/// A chunk read and ready: everything that can be done before the transaction.
#[derive(Debug)]
pub struct Chunk {
    /// Its entries, by action, then line.
    pub entries: Vec<Entry>,
    /// The lines that are about an action, by action.
    pub groups: Vec<Group>,
    /// The verdicts on all others, each with its place among the entries.
    pub strays: Vec<Verdict>,
    /// What is to be tracked, where the lines are orders.
    pub orders: Vec<Order>,
}

impl Chunk {
    /// The actions of the chunk, cut into pieces of about so many lines.
    pub fn pieces(&self, lines: usize) -> impl Iterator<Item = &[Group]> {
        let mut rest = self.groups.as_slice();
        std::iter::from_fn(move || {
            let mut taken = 0_usize;
            let full = |group: &Group| {
                taken = taken.saturating_add(group.lines.len());
                taken >= lines
            };
            let end = rest.iter().position(full).map_or(rest.len(), |last| last.saturating_add(1));
            let (piece, behind) = rest.split_at_checked(end)?;
            rest = behind;
            Some(piece).filter(|piece| !piece.is_empty())
        })
    }
}

/// Reads the lines of a chunk.
pub fn read(batch: &Batch, entries: Vec<Entry>, cache: &File) -> Result<Chunk> {
    match batch.purpose {
        Purpose::Reversals => read_lines(batch, entries, cache),
        Purpose::Actions => imports::reading::read(batch, entries, cache),
    }
}

fn read_lines(batch: &Batch, entries: Vec<Entry>, cache: &File) -> Result<Chunk> {
    let default_event_type = batch.event_type_id.map(EventTypeName::Id);
    let mut groups: Vec<Group> = Vec::with_capacity(entries.len());
    let mut strays = Vec::new();
    let mut record = Vec::new();
    for entry in &entries {
        record.resize(usize::try_from(entry.length).unwrap_or(0), 0);
        cache.read_exact_at(&mut record, entry.offset).map_err(Error::internal)?;
        let line = formats::parse(&batch.layout.0, &record, default_event_type.as_ref());
        let (line, stray) = match (line, Stray::of(entry.action)) {
            (Ok(line), None) => (line, None),
            (Ok(line), Some(stray)) => {
                let fault = stray_fault(stray, &line);
                (line, Some(fault))
            }
            (Err(faults), _) => {
                strays.push(rejected(entry.line, None, all_of(&faults)));
                continue;
            }
        };
        match (stray, groups.last_mut()) {
            (Some(fault), _) => strays.push(rejected(entry.line, Some(line.operation), fault)),
            (None, Some(group)) if group.action == entry.action => {
                group.lines.push(Numbered { number: entry.line, line });
            }
            (None, _) => groups.push(Group {
                action: entry.action,
                lines: vec![Numbered { number: entry.line, line }],
            }),
        }
    }
    Ok(Chunk { entries, groups, strays, orders: Vec::new() })
}

fn stray_fault(stray: Stray, line: &super::line::Line) -> LineFault {
    match stray {
        Stray::Faulty => {
            LineFault::new(LineCode::UnreadableLine, LineCode::UnreadableLine.description())
        }
        Stray::NotFound => not_found(line),
        Stray::Ambiguous => {
            LineFault::new(LineCode::AmbiguousOrder, LineCode::AmbiguousOrder.description())
        }
        Stray::UnknownEventType => {
            LineFault::new(LineCode::UnknownEventType, LineCode::UnknownEventType.description())
        }
    }
}

/// All faults of a line as one: the code of the first, the details of all.
pub(super) fn all_of(faults: &[LineFault]) -> LineFault {
    let code = faults.first().map_or(LineCode::UnreadableLine, |fault| fault.code);
    LineFault::new(code, LineFault::details(faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan of so many lines for one action after the other.
    fn plan(lines: &[usize]) -> Plan {
        let actions = lines.iter().map(|many| (ActionId::new(), *many));
        let entries = actions.flat_map(|(action, many)| {
            (0..many).map(move |_| Entry { action, offset: 0, line: 0, length: 0 })
        });
        let cache = Arc::new(tempfile::tempfile().unwrap());
        Plan { entries: entries.collect(), approving: Vec::new(), total: 0, cache }
    }

    #[test]
    fn chunks_end_between_actions_and_an_action_of_very_many_lines_is_cut() {
        let lengths = |lines: &[usize], size: usize| -> Vec<usize> {
            plan(lines).chunks(size).iter().map(Range::len).collect()
        };
        assert_eq!(lengths(&[1; 10], 4), [4, 4, 2]);
        assert_eq!(lengths(&[3, 3, 3], 4), [6, 3]);
        assert_eq!(lengths(&[100, 12_000, 100], 20_000), [5_100, 5_000, 2_100]);
        assert_eq!(lengths(&[4_999, 4_999, 4_999], 20_000), [14_997]);
        assert_eq!(lengths(&[25, 1], 4), [20, 5, 1]);
        assert_eq!(lengths(&[100_000], usize::MAX), [100_000], "all or nothing");
        assert!(lengths(&[], 4).is_empty());
    }

    #[test]
    fn chunks_of_long_lines_have_fewer() {
        let lengths = |lines: &[usize], size: usize| -> Vec<usize> {
            let mut plan = plan(lines);
            plan.entries.iter_mut().for_each(|entry| entry.length = 1 << 16);
            plan.chunks(size).iter().map(Range::len).collect()
        };
        assert_eq!(lengths(&[1; 1_024], 20_000), [256; 4]);
        assert_eq!(lengths(&[1_024], 20_000), [512; 2], "of one action");
        assert_eq!(lengths(&[1; 1_024], usize::MAX), [1_024], "all or nothing");
    }
}
