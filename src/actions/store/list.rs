//! The list of actions: newest first, for the brand and for the partner alike.
//!
//! Each side is a range of its own index; what a filter leaves of a range is found by walking it,
//! over a bounded number of rows.

use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use super::narrowed;
use crate::actions::model::{Action, AttributedBy, FinanceStatus, Side, Sort, State, Verb};
use crate::actions::reasons::Reason;
use crate::db::schema::{action_updates, actions, contracts, event_types, referral_codes};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::column::At;
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId};
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::Instant;

/// The most rows of one side that a request walks over to find those that a filter means.
pub(super) const WALK: i64 = 10_000;

/// A place in the list.
pub(super) type Place = (Instant, ActionId);

pub(super) type Rows<'a> = actions::BoxedQuery<'a, MultiBackend>;
type RowsAnd<'a> = actions::BoxedQuery<'a, MultiBackend, (actions::SqlType, Nullable<At>)>;

/// Which actions are meant; all of the caller's where nothing is said.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of this program.
    pub program: Option<ProgramId>,
    /// Of this event type.
    pub event_type: Option<EventTypeId>,
    /// Of this brand.
    pub brand: Option<CompanyId>,
    /// Credited to this partner.
    pub partner: Option<CompanyId>,
    /// In one of these states.
    pub states: Option<Vec<State>>,
    /// Locked, or not.
    pub locked: Option<bool>,
    /// Held, or not.
    pub held: Option<bool>,
    /// With this order id.
    pub order_id: Option<String>,
    /// With this coupon code, folded.
    pub code: Option<String>,
    /// Occurred at this moment or later.
    pub occurred_after: Option<Instant>,
    /// Occurred before this moment.
    pub occurred_before: Option<Instant>,
    /// With a payout that is so far.
    pub finance_status: Option<FinanceStatus>,
    /// Locks at this moment or later.
    pub locks_after: Option<Instant>,
    /// Locks before this moment.
    pub locks_before: Option<Instant>,
    /// Reported after it would have locked, or not.
    pub late: Option<bool>,
    /// Last reversed or modified for this reason.
    pub reason: Option<Reason>,
    /// Of a customer with this status, which only the brand knows of.
    pub customer_status: Option<String>,
    /// With this label of the partner's: its name and its value.
    pub sub_id: Option<(String, String)>,
    /// On this side of the caller alone.
    pub side: Option<Side>,
    /// In which order they are listed.
    pub sort: Sort,
    /// The present, against which payouts clear.
    pub now: Instant,
}

/// On which sides of the caller anything of this brand and this partner can be.
pub(super) fn sides(
    own: CompanyId,
    brand: Option<CompanyId>,
    partner: Option<CompanyId>,
) -> Vec<Side> {
    let as_brand = brand.is_none_or(|brand| brand == own) && partner != Some(own);
    let as_partner = partner.is_none_or(|one| one == own) && brand != Some(own);
    let sides = [(Side::Brand, as_brand), (Side::Partner, as_partner)];
    sides.into_iter().filter(|(_, any)| *any).map(|(side, _)| side).collect()
}

/// The actions of a company, as brand and as partner, that a filter means. The page may be short,
/// or empty, and have a next one all the same: the walk goes on there.
pub(super) fn newest(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Page<Action>> {
    let asked = Asked { reach, filter, after, limit };
    let (mut rows, mut seen): (Vec<Action>, Option<Place>) = (Vec::new(), None);
    let mut sides = filter.sides(reach.company).into_iter().peekable();
    while let Some(side) = sides.next() {
        let floor = asked.floor(db, side)?;
        seen = seen.max(floor);
        let meant = asked.rows(side, floor);
        let (found, is_all) = match sides.peek() {
            Some(other) => load_and_look_across(db, meant, *other, reach.company)?,
            None => (meant.load(db)?, true),
        };
        rows.extend(found);
        if is_all {
            break;
        }
    }
    rows.retain(|action| filter.is_within(action, after));
    let rows = rows.into_iter().map(|action| narrowed(action, reach)).collect();
    Ok(merged(rows, seen, limit))
}

/// One page, as it is asked for.
struct Asked<'a> {
    reach: &'a Reach,
    filter: &'a Filter,
    after: Option<Place>,
    limit: i64,
}

impl<'a> Asked<'a> {
    /// Where the walk over a side ends, if there is one and the side is longer than it.
    fn floor(&self, db: &mut Db, side: Side) -> Result<Option<Place>> {
        if !self.filter.walks(self.reach) {
            return Ok(None);
        }
        let places = in_order(self.filter.range(side, self.reach, self.after))
            .select((actions::occurred_at, actions::id));
        Ok(places.offset(WALK.saturating_sub(1)).limit(1).first(db).optional()?)
    }

    /// The rows of a side that are meant, down to where the walk ends.
    fn rows(&self, side: Side, floor: Option<Place>) -> Rows<'a> {
        let range = self.filter.range(side, self.reach, self.after);
        let mut meant = self.filter.residue(range, self.reach);
        if let Some((at, _)) = floor {
            meant = meant.filter(actions::occurred_at.ge(at));
        }
        match self.filter.order_id {
            // An order has few. Asked for a sequence of rows, SQLite would walk the whole list.
            Some(_) => meant.limit(WALK),
            None => in_order(meant).limit(self.limit.saturating_add(1)),
        }
    }
}

/// Rows of one side, and whether they are all there can be: most companies have nothing on the
/// other side, which every row tells, and it need not be asked for.
fn load_and_look_across(
    db: &mut Db,
    rows: Rows<'_>,
    other: Side,
    own: CompanyId,
) -> Result<(Vec<Action>, bool)> {
    let found = and_newest(rows, other, own).load::<(Action, Option<Instant>)>(db)?;
    let is_all = found.first().is_some_and(|(_, newest)| newest.is_none());
    Ok((found.into_iter().map(|(action, _)| action).collect(), is_all))
}

diesel::alias!(actions as others: Others);

/// The same rows, and with each when the newest one on the other side occurred. An order and a
/// limit make it one step in the index.
fn and_newest(rows: Rows<'_>, other: Side, own: CompanyId) -> RowsAnd<'_> {
    let newest = (others.field(actions::occurred_at).desc(), others.field(actions::id).desc());
    let newest = others.order(newest).select(others.field(actions::occurred_at));
    let (brand, partner) = (actions::company_id, actions::partner_company_id);
    match other {
        Side::Brand => {
            let newest = newest.filter(others.field(brand).eq(own));
            rows.select((actions::all_columns, newest.single_value()))
        }
        Side::Partner => {
            let newest = newest.filter(others.field(partner).eq(own));
            rows.select((actions::all_columns, newest.single_value()))
        }
    }
}

/// The ranges as one, down to the place up to which all of them were walked.
fn merged(mut rows: Vec<Action>, seen: Option<Place>, limit: i64) -> Page<Action> {
    rows.retain(|action| seen.is_none_or(|seen| place(action) >= seen));
    rows.sort_by_key(|action| std::cmp::Reverse(place(action)));
    let mut page = Page::cut(rows, limit, place);
    page.next = page.next.or(seen.map(|seen| write_cursor(&seen)));
    page
}

fn place(action: &Action) -> Place {
    (action.occurred_at, action.id)
}

pub(super) fn in_order(rows: Rows<'_>) -> Rows<'_> {
    rows.order((actions::occurred_at.desc(), actions::id.desc()))
}

impl Filter {
    /// On which sides of the caller anything can be. A payout that was paid out is on none yet.
    pub(super) fn sides(&self, own: CompanyId) -> Vec<Side> {
        use FinanceStatus::*;
        let mut sides = match self.finance_status {
            Some(InPayout | Paid) => Vec::new(),
            Some(Pending | Held | Due) | None => sides(own, self.brand, self.partner),
        };
        sides.retain(|side| self.side.is_none_or(|only| only == *side));
        sides.retain(|side| *side == Side::Brand || self.customer_status.is_none());
        sides
    }

    /// Whether the held ones alone are meant: they have indexes of their own.
    pub(super) fn held_only(&self) -> bool {
        self.held == Some(true) || self.finance_status == Some(FinanceStatus::Held)
    }

    /// Whether rows have to be looked at that may not be meant. An order has few.
    pub(super) fn walks(&self, reach: &Reach) -> bool {
        let narrowed = self.program.is_some()
            || self.event_type.is_some()
            || self.brand.is_some_and(|brand| brand != reach.company)
            || self.partner.is_some_and(|partner| partner != reach.company)
            || self.code.is_some()
            || self.states.is_some()
            || self.locked.is_some()
            || self.held == Some(false)
            || self.finance_status.is_some_and(|status| status != FinanceStatus::Held)
            || self.locks_after.is_some()
            || self.locks_before.is_some()
            || self.late.is_some()
            || self.reason.is_some()
            || self.customer_status.is_some()
            || self.sub_id.is_some()
            || !reach.is_whole();
        narrowed && self.order_id.is_none()
    }

    /// The range of the side's index.
    pub(super) fn range<'a>(&'a self, side: Side, reach: &Reach, after: Option<Place>) -> Rows<'a> {
        let own = reach.company;
        let mut rows = self.of_side(side, own);
        if self.held_only() {
            rows = rows.filter(actions::held);
        }
        if let Some(order_id) = &self.order_id {
            return self.of_order(rows, side, own, order_id);
        }
        if let Some((at, id)) = after {
            let later = actions::occurred_at.lt(at).or(actions::id.lt(id));
            rows = rows.filter(actions::occurred_at.le(at)).filter(later);
        }
        if let Some(from) = self.occurred_after {
            rows = rows.filter(actions::occurred_at.ge(from));
        }
        if let Some(until) = self.occurred_before {
            rows = rows.filter(actions::occurred_at.lt(until));
        }
        rows
    }

    /// All of the caller's on one side.
    pub(super) fn of_side<'a>(&self, side: Side, own: CompanyId) -> Rows<'a> {
        let rows = actions::table.into_boxed::<MultiBackend>();
        match (side, &self.order_id) {
            (Side::Brand, _) => rows.filter(actions::company_id.eq(own)),
            (Side::Partner, None) => rows.filter(actions::partner_company_id.eq(own)),
            // Not by the partner's own index, which would be the whole list.
            (Side::Partner, Some(_)) => rows.filter(not(actions::partner_company_id.ne(own))),
        }
    }

    /// Whether an action is one of the range's moments, and comes after a place of the list.
    fn is_within(&self, action: &Action, after: Option<Place>) -> bool {
        after.is_none_or(|after| place(action) < after)
            && self.occurred_after.is_none_or(|from| action.occurred_at >= from)
            && self.occurred_before.is_none_or(|until| action.occurred_at < until)
    }

    /// One order, by the unique index: it wants the brand and the event type, which are the
    /// caller's own or those of the programs it has a contract in.
    pub(super) fn of_order<'a>(
        &self,
        rows: Rows<'a>,
        side: Side,
        own: CompanyId,
        order_id: &'a str,
    ) -> Rows<'a> {
        let rows = rows.filter(actions::order_id.eq(order_id));
        let earned_in = contracts::table.filter(contracts::partner_company_id.eq(own));
        let rows = match side {
            Side::Brand => rows,
            Side::Partner => rows
                .filter(actions::company_id.eq_any(earned_in.select(contracts::brand_company_id))),
        };
        match (self.event_type, side) {
            (Some(event_type), _) => rows.filter(actions::event_type_id.eq(event_type)),
            (None, Side::Brand) => {
                let of_brand = event_types::table.filter(event_types::company_id.eq(own));
                rows.filter(actions::event_type_id.eq_any(of_brand.select(event_types::id)))
            }
            (None, Side::Partner) => {
                let programs = earned_in.select(contracts::program_id);
                let earning = event_types::table.filter(event_types::program_id.eq_any(programs));
                rows.filter(actions::event_type_id.eq_any(earning.select(event_types::id)))
            }
        }
    }

    /// What no index answers. The double negations keep SQLite from leaving the range's index for
    /// one that it would have to sort.
    pub(super) fn residue<'a>(&'a self, mut rows: Rows<'a>, reach: &'a Reach) -> Rows<'a> {
        if let Some(program) = self.program {
            rows = rows.filter(not(actions::program_id.ne(program)));
        }
        if let Some(event_type) = self.event_type.filter(|_| self.order_id.is_none()) {
            rows = rows.filter(not(actions::event_type_id.ne(event_type)));
        }
        if let Some(brand) = self.brand {
            rows = rows.filter(not(actions::company_id.ne(brand)));
        }
        if let Some(partner) = self.partner {
            rows = rows.filter(not(actions::partner_company_id.ne(partner)));
        }
        if let Limit::Only(ids) = &reach.programs {
            rows = rows.filter(not(actions::program_id.ne_all(ids)));
        }
        if let Limit::Only(ids) = &reach.event_types {
            rows = rows.filter(not(actions::event_type_id.ne_all(ids)));
        }
        if let Limit::Only(ids) = &reach.others {
            let strangers = || actions::company_id.ne_all(ids);
            let first = actions::first_partner_company_id;
            rows =
                rows.filter(not(strangers().and(actions::partner_company_id.ne_all(ids)))).filter(
                    first.is_null().or(not(strangers().and(first.assume_not_null().ne_all(ids)))),
                );
        }
        if let Some(states) = &self.states {
            rows = rows.filter(actions::state.eq_any(states));
        }
        if let Some(code) = &self.code {
            let written = referral_codes::table.filter(referral_codes::folded.eq(code));
            let ids = written.select(referral_codes::id.nullable());
            // A partner does not know of codes by which it was not credited.
            let told = actions::attributed_by.eq(AttributedBy::Code);
            let own = not(actions::company_id.ne(reach.company));
            rows = rows.filter(actions::code_id.eq_any(ids)).filter(told.or(own));
        }
        if let Some(late) = self.late {
            rows = rows.filter(actions::late.eq(late));
        }
        if let Some(status) = &self.customer_status {
            rows = rows.filter(actions::customer_status.eq(status));
        }
        if let Some((name, value)) = &self.sub_id {
            // Both engines read it like this, as long as names are plain.
            let labelled = sql::<Bool>("(actions.sub_ids ->> ").bind::<Text, _>(name.clone());
            rows = rows.filter(labelled.sql(") = ").bind::<Text, _>(value.clone()));
            // They are labels of the partner it was credited to first, and of no other.
            let first = actions::first_partner_company_id;
            let told = first.is_null().or(first.eq(reach.company));
            rows = rows.filter(told.or(not(actions::company_id.ne(reach.company))));
        }
        if let Some(reason) = self.reason {
            // Another partner's past is not this one's; the brand reads all of it, and whoever acts for it
            // what is between the two.
            let whole = (reach.others == Limit::All).then_some(reach.company);
            // By the ledger: one step in its index for each row that is looked at.
            let of_action = action_updates::table
                .filter(action_updates::action_id.eq(actions::id))
                .filter(
                    action_updates::partner_company_id
                        .eq(actions::partner_company_id)
                        .or(actions::company_id.eq_any(whole)),
                )
                .filter(action_updates::command.eq_any([Verb::Reverse, Verb::Modify]));
            let last = of_action.order(action_updates::version.desc());
            let given = last.select(action_updates::reason).single_value();
            rows = rows.filter(given.eq(reason.as_str()));
        }
        self.residue_of_time(rows)
    }

    fn residue_of_time<'a>(&self, mut rows: Rows<'a>) -> Rows<'a> {
        use FinanceStatus::*;
        rows = match self.locked {
            Some(true) => rows.filter(actions::locked_at.is_not_null()),
            Some(false) => rows.filter(actions::locked_at.is_null()),
            None => rows,
        };
        // What is held has an end of its hold. Said like this it leads to no other index.
        let not_held = actions::held_until.is_null();
        if self.held == Some(false) {
            rows = rows.filter(not_held);
        }
        if let Some(from) = self.locks_after {
            rows = rows.filter(actions::locks_at.ge(from));
        }
        if let Some(until) = self.locks_before {
            rows = rows.filter(actions::locks_at.lt(until));
        }
        let cleared = actions::cleared_at.le(self.now);
        let to_clear = actions::cleared_at.is_null().or(actions::cleared_at.gt(self.now));
        match self.finance_status {
            Some(Pending) => rows.filter(not_held).filter(to_clear),
            Some(Due) => rows.filter(not_held).filter(cleared),
            Some(Held | InPayout | Paid) | None => rows,
        }
    }
}
