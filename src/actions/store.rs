//! The SQL of `actions` and `action_updates`, but for the bulk writes of batches and of the lock.

use diesel::prelude::*;

use super::model::{Action, AttributedBy, Item, State, Update, Verb};
use super::reasons::{self, Reason};
use super::rules::{Command, Seen, Setting};
use crate::contracts::model::Terms;
use crate::db::schema::{action_updates, actions, contract_terms, programs};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, CompanyId, EventTypeId};
use crate::kernel::page::Page;
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::{Instant, Zone};

mod due;
mod feed;
mod list;
mod many;
mod order;
mod soonest;
mod summary;

pub use crate::db::dialect::actions::{credit, insert_unless_taken};
pub use crate::db::dialect::ledger::Place as FeedPlace;
pub use due::{
    Turn, books, disputed, due, raise_horizons, raise_horizons_of, released, targets, to_clear,
    to_release, unfinished,
};
pub use feed::{Entries, Entry, feed};
pub use list::Filter;
pub use many::grounds_of;
pub use order::{Place, page};
pub use summary::{Figures, Part, figures};

impl Find for Action {
    type Id = ActionId;
    const NAME: &'static str = "action";

    fn look_for(db: &mut Db, id: ActionId, reach: &Reach) -> Result<Option<Self>> {
        let (brand, partner) = (actions::company_id, actions::partner_company_id);
        let ours = brand.eq(reach.company).or(partner.eq(reach.company));
        let found: Option<Self> = actions::table.find(id).filter(ours).first(db).optional()?;
        Ok(found.filter(|action| is_within(action, reach)).map(|action| narrowed(action, reach)))
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), Some(self.partner_company_id)]
    }
}

/// Those of these actions that the caller may see.
pub fn among(db: &mut Db, reach: &Reach, ids: &[ActionId]) -> Result<Vec<Action>> {
    let (brand, partner) = (actions::company_id, actions::partner_company_id);
    let ours = brand.eq(reach.company).or(partner.eq(reach.company));
    let mut found: Vec<Action> =
        actions::table.filter(actions::id.eq_any(ids)).filter(ours).load(db)?;
    found.retain(|action| is_within(action, reach));
    Ok(found.into_iter().map(|action| narrowed(action, reach)).collect())
}

/// Whether an action is within a caller's reach. Of the dealings of two companies are those alone that no
/// third one was credited with before.
fn is_within(action: &Action, reach: &Reach) -> bool {
    let first = action.first_partner_company_id.unwrap_or(action.partner_company_id);
    reach.admits(action.program_id, action.event_type_id)
        && reach.is_between(action.company_id, action.partner_company_id)
        && reach.is_between(action.company_id, first)
}

/// An action without what a reach leaves out of it: the code of an order may be a third company's, where
/// it did not decide who is credited.
fn narrowed(mut action: Action, reach: &Reach) -> Action {
    if reach.others != Limit::All && action.attributed_by != AttributedBy::Code {
        (action.code, action.code_id) = (None, None);
    }
    action
}

/// The actions of these orders of one kind, each with its order.
pub fn seen(
    db: &mut Db,
    (company, event_type): (CompanyId, EventTypeId),
    order_ids: &[String],
) -> Result<Vec<(String, Seen)>> {
    let same = actions::table
        .filter(actions::company_id.eq(company).and(actions::event_type_id.eq(event_type)))
        .filter(actions::order_id.eq_any(order_ids));
    let rows: Vec<(String, ActionId, i32, Instant)> = same
        .select((actions::order_id, actions::id, actions::occurrence, actions::occurred_at))
        .load(db)?;
    let seen = rows.into_iter().map(|(order_id, id, occurrence, occurred_at)| {
        (order_id, Seen { id, occurrence, occurred_at })
    });
    Ok(seen.collect())
}

/// The first of these orders that occurred after `from` and before `until`; no bounds, no limits.
pub fn look_for_order(
    db: &mut Db,
    (company, event_type): (CompanyId, EventTypeId),
    order_id: &str,
    window: Option<(Instant, Instant)>,
) -> Result<Option<Action>> {
    let mut same = actions::table
        .filter(actions::company_id.eq(company).and(actions::event_type_id.eq(event_type)))
        .filter(actions::order_id.eq(order_id))
        .order(actions::occurrence)
        .into_boxed::<MultiBackend>();
    if let Some((from, until)) = window {
        same = same.filter(actions::occurred_at.gt(from).and(actions::occurred_at.lt(until)));
    }
    Ok(same.first(db).optional()?)
}

/// Adds an entry to an action's ledger.
pub fn append(db: &mut Db, entry: &Update) -> Result<()> {
    diesel::insert_into(action_updates::table).values(entry).execute(db)?;
    Ok(())
}

/// The entries of an action's ledger that the caller may see, oldest first: all for the brand, for a
/// partner those of the time in which it is credited; and of the dealings of two companies no third one's.
pub fn updates(
    db: &mut Db,
    action: &Action,
    reach: &Reach,
    after: Option<i64>,
    limit: i64,
) -> Result<Page<Update>> {
    let rows = entries(action, reach)
        .filter(action_updates::version.gt(after.unwrap_or(0)))
        .order(action_updates::version)
        .limit(limit.saturating_add(1));
    Ok(Page::cut(rows.load(db)?, limit, |entry: &Update| entry.version))
}

/// The newest of them, at most so many, oldest first.
pub fn newest_updates(
    db: &mut Db,
    action: &Action,
    reach: &Reach,
    most: i64,
) -> Result<Vec<Update>> {
    let newest = entries(action, reach).order(action_updates::version.desc()).limit(most);
    let mut rows: Vec<Update> = newest.load(db)?;
    rows.reverse();
    Ok(rows)
}

fn entries<'a>(action: &Action, reach: &'a Reach) -> action_updates::BoxedQuery<'a, MultiBackend> {
    let mut rows = action_updates::table
        .filter(action_updates::action_id.eq(action.id))
        .into_boxed::<MultiBackend>();
    if reach.company != action.company_id {
        rows = rows.filter(action_updates::partner_company_id.eq(reach.company));
    }
    if let Limit::Only(ids) = &reach.others {
        let (brand, partner) = (action_updates::company_id, action_updates::partner_company_id);
        rows = rows.filter(brand.eq_any(ids).or(partner.eq_any(ids)));
    }
    rows
}

/// All of an action that a command can change.
#[derive(AsChangeset)]
#[diesel(table_name = actions, treat_none_as_null = true)]
struct Standing {
    state: State,
    held: bool,
    hold_reason: Option<String>,
    held_until: Option<Instant>,
    sale_minor: i64,
    payout_minor: i64,
    items: Document<Vec<Item>>,
    locks_at: Instant,
    locked_at: Option<Instant>,
    cleared_at: Option<Instant>,
    version: i64,
    updated_at: Instant,
}

/// Replaces `before` by `after`, unless somebody else replaced it first. The rules have counted the
/// version up already.
pub fn advance(db: &mut Db, before: &Action, after: &Action) -> Result<()> {
    let standing = Standing {
        state: after.state,
        held: after.held,
        hold_reason: after.hold_reason.clone(),
        held_until: after.held_until,
        sale_minor: after.sale_minor,
        payout_minor: after.payout_minor,
        items: after.items.clone(),
        locks_at: after.locks_at,
        locked_at: after.locked_at,
        cleared_at: after.cleared_at,
        version: after.version,
        updated_at: after.updated_at,
    };
    let unchanged =
        actions::table.filter(actions::id.eq(before.id).and(actions::version.eq(before.version)));
    match diesel::update(unchanged).set(standing).execute(db)? {
        1 => Ok(()),
        _ => Err(Error::Stale),
    }
}

/// What a decision about an action depends on besides the action itself.
#[derive(Debug, Clone)]
pub struct Grounds {
    terms: Terms,
    zone: Zone,
    horizon: Instant,
    reversed_for: Option<Reason>,
}

impl Grounds {
    /// The setting for a decision now.
    ///
    /// The lock job may have looked up to a moment that this server's clock has not reached; what
    /// it passed by must not turn out to have been in time.
    pub fn at(&self, now: Instant) -> Setting<'_> {
        Setting {
            terms: &self.terms,
            zone: &self.zone,
            at: now.max(self.horizon),
            now,
            reversed_for: self.reversed_for,
        }
    }
}

/// Loads what a decision about `action` depends on.
pub fn grounds(db: &mut Db, action: &Action) -> Result<Grounds> {
    let found: Option<(Document<Terms>, Zone, Instant)> = contract_terms::table
        .inner_join(programs::table.on(programs::id.eq(action.program_id)))
        .filter(contract_terms::id.eq(action.terms_id))
        .select((contract_terms::terms, programs::time_zone, programs::lock_horizon))
        .first(db)
        .optional()?;
    let missing = || Error::internal(anyhow::anyhow!("{} has no terms or program", action.id));
    let (terms, zone, horizon) = found.ok_or_else(missing)?;
    Ok(Grounds { terms: terms.0, zone, horizon, reversed_for: None })
}

/// The same, and what this command depends on besides.
pub fn grounds_for(db: &mut Db, action: &Action, command: &Command) -> Result<Grounds> {
    let grounds = grounds(db, action)?;
    match (action.state, command) {
        (State::Reversed, Command::Reverse { .. }) => {
            Ok(Grounds { reversed_for: reversed_for(db, action.id)?, ..grounds })
        }
        _ => Ok(grounds),
    }
}

/// For which reason an action was last reversed, by its ledger.
fn reversed_for(db: &mut Db, action: ActionId) -> Result<Option<Reason>> {
    let last: Option<Option<String>> = action_updates::table
        .filter(action_updates::action_id.eq(action))
        .filter(action_updates::state.eq(State::Reversed))
        .filter(action_updates::command.eq_any([Verb::Reverse, Verb::Modify]))
        .order(action_updates::version.desc())
        .select(action_updates::reason)
        .first(db)
        .optional()?;
    Ok(last.flatten().and_then(|text| reasons::find(&text)))
}
