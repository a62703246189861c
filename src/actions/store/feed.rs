//! The ledgers of all actions as one feed, oldest first, in the order in which their entries became
//! visible: whoever goes on from its last cursor misses none.
//!
//! As in the list of actions, each side is a range of its own index, and what a filter leaves of a
//! range is found by walking it, over a bounded number of entries.

use diesel::dsl::{Eq, InnerJoinOn, IntoBoxed, not};
use diesel::prelude::*;

use super::list::{WALK, sides};
use crate::actions::model::{Side, Update, Verb};
use crate::db::dialect::ledger::{self, Place as Turn};
use crate::db::schema::{action_updates, actions};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId, ReversalId};
use crate::kernel::money::Currency;
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::Instant;

type OfAction = Eq<actions::id, action_updates::action_id>;
type Joined = InnerJoinOn<action_updates::table, actions::table, OfAction>;
type Rows<'a> = IntoBoxed<'a, Joined, MultiBackend>;

/// Which entries are meant; all of the caller's where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    /// Made at this moment or later.
    pub updated_after: Option<Instant>,
    /// Of actions of this program.
    pub program: Option<ProgramId>,
    /// Of actions of this event type.
    pub event_type: Option<EventTypeId>,
    /// Of actions of this brand.
    pub brand: Option<CompanyId>,
    /// Of actions credited to this partner.
    pub partner: Option<CompanyId>,
    /// By this command.
    pub command: Option<Verb>,
    /// That came in this batch, which only the brand knows of.
    pub reversal: Option<ReversalId>,
}

/// An entry, and which action it is about.
#[derive(Debug, Clone, Queryable)]
pub struct Entry {
    /// The entry.
    pub update: Update,
    turn: String,
    /// The action's order number.
    pub order_id: String,
    /// Its program.
    pub program_id: ProgramId,
    /// Its event type.
    pub event_type_id: EventTypeId,
    /// What its amounts are counted in.
    pub currency: Currency,
}

impl Entry {
    fn turn(&self) -> Turn {
        (self.turn.parse().unwrap_or_default(), self.update.id)
    }
}

/// The entries of a company, as brand and as partner, that a filter means. The page may be short,
/// or empty, and have a next one all the same: the walk goes on there.
pub fn feed(
    db: &mut Db,
    reach: &Reach,
    filter: &Entries,
    after: Option<Turn>,
    limit: i64,
) -> Result<Page<Entry>> {
    let (mut rows, mut seen): (Vec<Entry>, Option<Turn>) = (Vec::new(), None);
    let open = Open { after, horizon: ledger::horizon(db)? };
    for side in filter.sides(reach.company) {
        let end = match filter.walks(reach) {
            true => end(db, side, reach.company, open)?,
            false => None,
        };
        let range = filter.residue(range(db, side, reach.company, (open, end)), reach);
        let columns = (
            action_updates::all_columns,
            ledger::turn(db),
            actions::order_id,
            actions::program_id,
            actions::event_type_id,
            actions::currency,
        );
        let found = range.order(ledger::order(db)).limit(limit.saturating_add(1)).select(columns);
        rows.extend(found.load::<Entry>(db)?);
        seen = match (seen, end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    Ok(merged(rows, seen, limit))
}

/// What all sides of one page have in common: where it begins, and what is certain so far.
#[derive(Debug, Clone, Copy)]
struct Open {
    after: Option<Turn>,
    horizon: u64,
}

/// The ranges as one, up to the place up to which all of them were walked.
fn merged(mut rows: Vec<Entry>, seen: Option<Turn>, limit: i64) -> Page<Entry> {
    rows.retain(|entry| seen.is_none_or(|seen| entry.turn() <= seen));
    rows.sort_by_key(Entry::turn);
    let mut page = Page::cut(rows, limit, Entry::turn);
    page.next = page.next.or(seen.map(|seen| write_cursor(&seen)));
    page
}

/// Where the walk ends, if the range is longer than it.
fn end(db: &mut Db, side: Side, own: CompanyId, open: Open) -> Result<Option<Turn>> {
    let mut rows = action_updates::table.into_boxed::<MultiBackend>();
    rows = match side {
        Side::Brand => rows.filter(action_updates::company_id.eq(own)),
        Side::Partner => rows.filter(action_updates::partner_company_id.eq(own)),
    };
    let last = rows
        .filter(ledger::between(db, open.after, open.horizon))
        .order(ledger::order(db))
        .select((ledger::turn(db), action_updates::id))
        .offset(WALK.saturating_sub(1))
        .limit(1)
        .first::<(String, _)>(db)
        .optional()?;
    Ok(last.map(|(turn, id)| (turn.parse().unwrap_or_default(), id)))
}

/// The range of the side's index.
fn range<'a>(db: &Db, side: Side, own: CompanyId, (open, end): (Open, Option<Turn>)) -> Rows<'a> {
    let of_action = actions::id.eq(action_updates::action_id);
    let mut rows = action_updates::table
        .inner_join(actions::table.on(of_action))
        .into_boxed::<MultiBackend>()
        .filter(ledger::between(db, open.after, open.horizon));
    if let Some(end) = end {
        rows = rows.filter(ledger::until(db, end));
    }
    match side {
        Side::Brand => rows.filter(action_updates::company_id.eq(own)),
        Side::Partner => rows.filter(action_updates::partner_company_id.eq(own)),
    }
}

impl Entries {
    fn sides(&self, own: CompanyId) -> Vec<Side> {
        let mut sides = sides(own, self.brand, self.partner);
        sides.retain(|side| *side == Side::Brand || self.reversal.is_none());
        sides
    }

    /// Whether entries have to be looked at that may not be meant.
    fn walks(&self, reach: &Reach) -> bool {
        self.updated_after.is_some()
            || self.program.is_some()
            || self.event_type.is_some()
            || self.brand.is_some_and(|brand| brand != reach.company)
            || self.partner.is_some_and(|partner| partner != reach.company)
            || self.command.is_some()
            || self.reversal.is_some()
            || !reach.is_whole()
    }

    /// What no index answers. The double negations keep SQLite from leaving the range's index.
    fn residue<'a>(&self, mut rows: Rows<'a>, reach: &'a Reach) -> Rows<'a> {
        if let Some(from) = self.updated_after {
            rows = rows.filter(action_updates::at.ge(from));
        }
        if let Some(program) = self.program {
            rows = rows.filter(not(actions::program_id.ne(program)));
        }
        if let Some(event_type) = self.event_type {
            rows = rows.filter(not(actions::event_type_id.ne(event_type)));
        }
        if let Some(brand) = self.brand {
            rows = rows.filter(not(action_updates::company_id.ne(brand)));
        }
        if let Some(partner) = self.partner {
            rows = rows.filter(not(action_updates::partner_company_id.ne(partner)));
        }
        if let Some(command) = self.command {
            rows = rows.filter(action_updates::command.eq(command));
        }
        if let Some(reversal) = self.reversal {
            rows = rows.filter(action_updates::reversal_id.eq(reversal));
        }
        if let Limit::Only(ids) = &reach.programs {
            rows = rows.filter(not(actions::program_id.ne_all(ids)));
        }
        if let Limit::Only(ids) = &reach.event_types {
            rows = rows.filter(not(actions::event_type_id.ne_all(ids)));
        }
        if let Limit::Only(ids) = &reach.others {
            let strangers = || action_updates::company_id.ne_all(ids);
            let first = actions::first_partner_company_id;
            rows = rows
                .filter(not(strangers().and(action_updates::partner_company_id.ne_all(ids))))
                // Nor what a third company was credited with before.
                .filter(
                    first.is_null().or(not(strangers().and(first.assume_not_null().ne_all(ids)))),
                );
        }
        rows
    }
}
