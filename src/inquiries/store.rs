//! The only SQL that touches `inquiries`, but for what the lock waits for.

use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Bool;

use super::model::{Inquiry, Kind, Status};
use crate::actions::model::{Action, Verb};
use crate::contracts::model::Status as ContractStatus;
use crate::db::schema::{action_updates, contracts, event_types, inquiries, programs};
use crate::db::{Db, Find, MultiBackend, dialect};
use crate::error::{Error, Result};
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, InquiryId, ProgramId};
use crate::kernel::page::Page;
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::Instant;
use crate::programs::model::{EventType, Program};

/// A place in the order in which inquiries are to be answered.
pub type Turn = (Instant, InquiryId);

type Rows<'a> = inquiries::BoxedQuery<'a, MultiBackend>;

/// Which inquiries a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In one of these states.
    pub status: Option<Vec<Status>>,
    /// About one of these.
    pub kind: Option<Vec<Kind>>,
    /// About this action.
    pub action_id: Option<ActionId>,
    /// Of this program.
    pub program_id: Option<ProgramId>,
    /// Of this partner.
    pub partner_company_id: Option<CompanyId>,
    /// To be answered before this moment.
    pub answer_before: Option<Instant>,
}

/// What the caller is to a part of the list.
#[derive(Debug, Clone, Copy)]
enum Side {
    Brand,
    Partner,
}

impl Find for Inquiry {
    type Id = InquiryId;
    const NAME: &'static str = "inquiry";

    fn look_for(db: &mut Db, id: InquiryId, reach: &Reach) -> Result<Option<Self>> {
        let (brand, partner) = (inquiries::company_id, inquiries::partner_company_id);
        let ours = brand.eq(reach.company).or(partner.eq(reach.company));
        let found: Option<Self> = inquiries::table.find(id).filter(ours).first(db).optional()?;
        Ok(found.filter(|inquiry| is_within(inquiry, reach)))
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), Some(self.partner_company_id)]
    }
}

/// Those of these inquiries that the caller may see.
pub fn among(db: &mut Db, reach: &Reach, ids: &[InquiryId]) -> Result<Vec<Inquiry>> {
    let (brand, partner) = (inquiries::company_id, inquiries::partner_company_id);
    let ours = brand.eq(reach.company).or(partner.eq(reach.company));
    let some = inquiries::table.filter(inquiries::id.eq_any(ids)).filter(ours);
    let mut found: Vec<Inquiry> = some.load(db)?;
    found.retain(|inquiry| is_within(inquiry, reach));
    Ok(found)
}

/// Whether an inquiry is within a caller's reach.
fn is_within(inquiry: &Inquiry, reach: &Reach) -> bool {
    reach.admits(inquiry.program_id, inquiry.event_type_id)
        && reach.is_between(inquiry.company_id, inquiry.partner_company_id)
}

/// A new inquiry; `Stale` if somebody else opened one about the same at the same time.
pub fn insert(db: &mut Db, inquiry: &Inquiry) -> Result<()> {
    match diesel::insert_into(inquiries::table).values(inquiry).execute(db) {
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(Error::Stale),
        Err(cause) => Err(cause.into()),
    }
}

/// The partner's open inquiry about the same as this one.
pub fn look_for_open(db: &mut Db, new: &Inquiry) -> Result<Option<InquiryId>> {
    let open = inquiries::table
        .filter(is_open())
        .filter(inquiries::partner_company_id.eq(new.partner_company_id))
        .select(inquiries::id);
    let found: QueryResult<InquiryId> = match new.action_id {
        Some(action) => open.filter(inquiries::action_id.eq(action)).first(db),
        None => open
            .filter(sql::<Bool>("kind = 'untracked'"))
            .filter(inquiries::company_id.eq(new.company_id))
            .filter(inquiries::event_type_id.eq(new.event_type_id))
            .filter(inquiries::order_id.eq(&new.order_id))
            .first(db),
    };
    Ok(found.optional()?)
}

/// Spelt out, so that the planner sees that the partial indexes cover it.
fn is_open() -> diesel::expression::SqlLiteral<Bool> {
    sql::<Bool>("status = 'open'")
}

/// The inquiries of a company, as brand and as partner, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<InquiryId>,
    limit: i64,
) -> Result<Page<Inquiry>> {
    let mut found: Vec<Inquiry> = Vec::new();
    for side in [Side::Brand, Side::Partner] {
        let mut rows =
            meant(side, reach, filter).order(inquiries::id.desc()).limit(limit.saturating_add(1));
        if let Some(after) = after {
            rows = rows.filter(inquiries::id.lt(after));
        }
        found.extend(rows.load::<Inquiry>(db)?);
    }
    found.sort_by_key(|inquiry| std::cmp::Reverse(inquiry.id));
    Ok(Page::cut(found, limit, |inquiry: &Inquiry| inquiry.id))
}

/// The inquiry about an action that is open, else the newest, of those that a company is a side of.
pub fn latest_of(db: &mut Db, reach: &Reach, action: ActionId) -> Result<Option<Inquiry>> {
    let (brand, partner) = (inquiries::company_id, inquiries::partner_company_id);
    let mut of_action = inquiries::table
        .filter(inquiries::action_id.eq(action))
        .filter(brand.eq(reach.company).or(partner.eq(reach.company)))
        .into_boxed::<MultiBackend>();
    if let Limit::Only(ids) = &reach.others {
        of_action = of_action.filter(brand.eq_any(ids).or(partner.eq_any(ids)));
    }
    let open_first = sql::<Bool>("status = 'open'").desc();
    Ok(of_action.order((open_first, inquiries::id.desc())).first(db).optional()?)
}

/// The rows of one side that a filter means, within a key's limits.
fn meant<'a>(side: Side, reach: &'a Reach, filter: &'a Filter) -> Rows<'a> {
    let mut rows = inquiries::table.into_boxed::<MultiBackend>();
    rows = match side {
        Side::Brand => rows.filter(inquiries::company_id.eq(reach.company)),
        Side::Partner => rows.filter(inquiries::partner_company_id.eq(reach.company)),
    };
    if let Limit::Only(ids) = &reach.programs {
        rows = rows.filter(inquiries::program_id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.event_types {
        rows = rows.filter(inquiries::event_type_id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.others {
        let brand = inquiries::company_id.eq_any(ids);
        rows = rows.filter(brand.or(inquiries::partner_company_id.eq_any(ids)));
    }
    if let Some(statuses) = &filter.status {
        rows = rows.filter(inquiries::status.eq_any(statuses));
    }
    if let Some(kinds) = &filter.kind {
        rows = rows.filter(inquiries::kind.eq_any(kinds));
    }
    if let Some(action) = filter.action_id {
        rows = rows.filter(inquiries::action_id.eq(action));
    }
    if let Some(program) = filter.program_id {
        rows = rows.filter(inquiries::program_id.eq(program));
    }
    if let Some(partner) = filter.partner_company_id {
        rows = rows.filter(not(inquiries::partner_company_id.ne(partner)));
    }
    if let Some(until) = filter.answer_before {
        rows = rows.filter(inquiries::answer_by.lt(until));
    }
    rows
}

/// Replaces `before` by `after`, unless somebody else replaced it first. The rules have counted the
/// version up already.
pub fn advance(db: &mut Db, before: &Inquiry, after: &Inquiry) -> Result<()> {
    let unchanged = inquiries::table
        .filter(inquiries::id.eq(before.id).and(inquiries::version.eq(before.version)));
    match diesel::update(unchanged).set(after).execute(db)? {
        1 => Ok(()),
        _ => Err(Error::Stale),
    }
}

/// The open inquiries that silence answers by `until`, in order, from after `after` on.
pub fn unanswered(
    db: &mut Db,
    until: Instant,
    after: Option<Turn>,
    limit: i64,
) -> Result<Vec<Turn>> {
    let mut rows = inquiries::table
        .filter(is_open())
        .filter(inquiries::answer_by.le(until))
        .order((inquiries::answer_by, inquiries::id))
        .limit(limit)
        .select((inquiries::answer_by, inquiries::id))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        let later = inquiries::answer_by.gt(at).or(inquiries::id.gt(id));
        rows = rows.filter(inquiries::answer_by.ge(at)).filter(later);
    }
    Ok(rows.load(db)?)
}

/// An inquiry, whosever it is.
pub fn look_for(db: &mut Db, id: InquiryId) -> Result<Option<Inquiry>> {
    Ok(inquiries::table.find(id).first(db).optional()?)
}

/// The action as it is, held against others until the transaction ends.
pub fn hold_action(db: &mut Db, id: ActionId) -> Result<Action> {
    let found = dialect::hot::hold(db, &[id])?.pop();
    found.ok_or_else(|| Error::internal(anyhow::anyhow!("{id} is gone")))
}

/// Whether an action's figures were lowered at this moment or later, while it was credited to whoever
/// it is credited to now.
pub fn fell_since(db: &mut Db, action: &Action, since: Instant) -> Result<bool> {
    let lower =
        action_updates::sale_delta_minor.lt(0_i64).or(action_updates::payout_delta_minor.lt(0_i64));
    let fallen = action_updates::table
        .filter(action_updates::action_id.eq(action.id))
        // Said like this it leads to no other index.
        .filter(not(action_updates::partner_company_id.ne(action.partner_company_id)))
        .filter(action_updates::command.eq_any([Verb::Modify, Verb::Reverse, Verb::Reset]))
        .filter(action_updates::at.ge(since))
        .filter(lower);
    Ok(diesel::select(diesel::dsl::exists(fallen)).get_result(db)?)
}

/// A program in which the caller's company has earned or earns, within the key's limits.
pub fn look_for_program(db: &mut Db, reach: &Reach, id: ProgramId) -> Result<Option<Program>> {
    if !reach.programs.admits(id) {
        return Ok(None);
    }
    let earned_in = contracts::table
        .filter(contracts::program_id.eq(id))
        .filter(contracts::partner_company_id.eq(reach.company))
        .filter(contracts::status.eq_any([ContractStatus::Active, ContractStatus::Ended]));
    let program = programs::table.find(id).filter(diesel::dsl::exists(earned_in));
    Ok(program.first(db).optional()?)
}

/// An event type of a program, within the key's limits.
pub fn look_for_event_type(
    db: &mut Db,
    reach: &Reach,
    program: ProgramId,
    id: EventTypeId,
) -> Result<Option<EventType>> {
    if !reach.event_types.admits(id) {
        return Ok(None);
    }
    let of_program = event_types::table.find(id).filter(event_types::program_id.eq(program));
    Ok(of_program.first(db).optional()?)
}
