//! The only SQL that touches `programs` and `event_types`.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::{EventType, Program};
use super::rules::Refusal;
use crate::db::schema::{contracts, event_types, programs};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::Money;
use crate::kernel::page::Page;
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::Zone;

/// A contract in one of these states lets its partner read the program.
const LETS_READ: [&str; 2] = ["proposed", "active"];

type Programs<'a> = programs::BoxedQuery<'a, MultiBackend>;
type EventTypes<'a> = event_types::BoxedQuery<'a, MultiBackend>;

/// The programs a caller may see: its own and those it has a contract in, within the key's limits.
fn visible(reach: &Reach) -> Programs<'_> {
    let earned_in = contracts::table
        .filter(contracts::program_id.eq(programs::id))
        .filter(contracts::partner_company_id.eq(reach.company))
        .filter(contracts::status.eq_any(LETS_READ));
    let mut rows = programs::table
        .filter(programs::company_id.eq(reach.company).or(exists(earned_in)))
        .into_boxed::<MultiBackend>();
    if let Limit::Only(ids) = &reach.programs {
        rows = rows.filter(programs::id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.event_types {
        let of_types =
            event_types::table.filter(event_types::id.eq_any(ids)).select(event_types::program_id);
        rows = rows.filter(programs::id.eq_any(of_types));
    }
    if let Limit::Only(ids) = &reach.others {
        // Theirs, and of the own ones those that they earn in.
        let earned_in = contracts::table
            .filter(contracts::program_id.eq(programs::id))
            .filter(contracts::partner_company_id.eq_any(ids))
            .filter(contracts::status.eq_any(LETS_READ));
        let own = programs::company_id.eq(reach.company).and(exists(earned_in));
        rows = rows.filter(programs::company_id.eq_any(ids).or(own));
    }
    rows
}

/// The event types a caller may see, likewise.
fn visible_types(reach: &Reach) -> EventTypes<'_> {
    let earned_in = contracts::table
        .filter(contracts::program_id.eq(event_types::program_id))
        .filter(contracts::partner_company_id.eq(reach.company))
        .filter(contracts::status.eq_any(LETS_READ));
    let all = event_types::table
        .filter(event_types::company_id.eq(reach.company).or(exists(earned_in)))
        .into_boxed::<MultiBackend>();
    within(all, reach)
}

/// What of these event types a key's limits leave.
fn within<'a>(mut rows: EventTypes<'a>, reach: &'a Reach) -> EventTypes<'a> {
    if let Limit::Only(ids) = &reach.programs {
        rows = rows.filter(event_types::program_id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.event_types {
        rows = rows.filter(event_types::id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.others {
        let earned_in = contracts::table
            .filter(contracts::program_id.eq(event_types::program_id))
            .filter(contracts::partner_company_id.eq_any(ids))
            .filter(contracts::status.eq_any(LETS_READ));
        let own = event_types::company_id.eq(reach.company).and(exists(earned_in));
        rows = rows.filter(event_types::company_id.eq_any(ids).or(own));
    }
    rows
}

impl Find for Program {
    type Id = ProgramId;
    const NAME: &'static str = "program";

    fn look_for(db: &mut Db, id: ProgramId, reach: &Reach) -> Result<Option<Self>> {
        Ok(visible(reach).filter(programs::id.eq(id)).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

impl Find for EventType {
    type Id = EventTypeId;
    const NAME: &'static str = "event type";

    fn look_for(db: &mut Db, id: EventTypeId, reach: &Reach) -> Result<Option<Self>> {
        Ok(visible_types(reach).filter(event_types::id.eq(id)).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Those of these programs that the caller may see.
pub fn among(db: &mut Db, reach: &Reach, ids: &[ProgramId]) -> Result<Vec<Program>> {
    Ok(visible(reach).filter(programs::id.eq_any(ids)).load(db)?)
}

/// Those of these event types that the caller may see.
pub fn types_among(db: &mut Db, reach: &Reach, ids: &[EventTypeId]) -> Result<Vec<EventType>> {
    Ok(visible_types(reach).filter(event_types::id.eq_any(ids)).load(db)?)
}

/// A new program.
pub fn insert(db: &mut Db, program: &Program) -> Result<()> {
    diesel::insert_into(programs::table).values(program).execute(db)?;
    Ok(())
}

/// The programs a caller may see, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    after: Option<ProgramId>,
    limit: i64,
) -> Result<Page<Program>> {
    let mut rows = visible(reach).order(programs::id.desc()).limit(limit + 1);
    if let Some(after) = after {
        rows = rows.filter(programs::id.lt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |program: &Program| program.id))
}

/// What one person alone may make good in a program.
pub fn make_good_limit(db: &mut Db, id: ProgramId) -> Result<Option<Money>> {
    let program: Program = programs::table.find(id).first(db)?;
    Ok(program.make_good_limit())
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Program, after: Program) -> Result<Program> {
    let after = Program { version: before.version + 1, ..after };
    let unchanged = programs::table
        .filter(programs::id.eq(before.id).and(programs::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// One of the company's own programs, if it is that and within the key's limits.
pub fn look_for_own(db: &mut Db, reach: &Reach, id: ProgramId) -> Result<Option<Program>> {
    let own = visible(reach).filter(programs::id.eq(id));
    Ok(own.filter(programs::company_id.eq(reach.company)).first(db).optional()?)
}

/// Where a program's days begin.
pub fn zone_of(db: &mut Db, id: ProgramId) -> Result<Zone> {
    let zone = programs::table.find(id).select(programs::time_zone).first(db).optional()?;
    zone.ok_or(Error::NotFound(Program::NAME))
}

/// A new event type, unless the company uses its code already.
pub fn insert_event_type(db: &mut Db, event_type: &EventType) -> Result<()> {
    let taken = || Refusal::CodeTaken(event_type.code.clone());
    let same = event_types::table
        .filter(event_types::company_id.eq(event_type.company_id))
        .filter(event_types::code.eq(&event_type.code));
    if diesel::select(exists(same)).get_result(db)? {
        return Err(taken().into());
    }
    match diesel::insert_into(event_types::table).values(event_type).execute(db) {
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(taken().into())
        }
        Err(other) => Err(other.into()),
    }
}

/// The event types of a program that a caller may see, oldest first.
pub fn page_event_types(
    db: &mut Db,
    reach: &Reach,
    program: ProgramId,
    after: Option<EventTypeId>,
    limit: i64,
) -> Result<Page<EventType>> {
    let mut rows = visible_types(reach)
        .filter(event_types::program_id.eq(program))
        .order(event_types::id)
        .limit(limit + 1);
    if let Some(after) = after {
        rows = rows.filter(event_types::id.gt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |event_type: &EventType| event_type.id))
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance_event_type(db: &mut Db, before: &EventType, after: EventType) -> Result<EventType> {
    let after = EventType { version: before.version + 1, ..after };
    let unchanged = event_types::table
        .filter(event_types::id.eq(before.id).and(event_types::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// One of the company's own event types, if it is that and within the key's limits.
pub fn find_event_type(db: &mut Db, reach: &Reach, id: EventTypeId) -> Result<Option<EventType>> {
    let own = event_types::table
        .filter(event_types::company_id.eq(reach.company).and(event_types::id.eq(id)))
        .into_boxed::<MultiBackend>();
    Ok(within(own, reach).first(db).optional()?)
}

/// All event types of the company's own within the key's limits, each with its program.
pub fn own_event_types(db: &mut Db, reach: &Reach) -> Result<Vec<(EventType, Program)>> {
    let own = event_types::table
        .filter(event_types::company_id.eq(reach.company))
        .into_boxed::<MultiBackend>();
    let types: Vec<EventType> = within(own, reach).load(db)?;
    let own = visible(reach).filter(programs::company_id.eq(reach.company));
    let programs: Vec<Program> = own.load(db)?;
    let with_program = |event_type: EventType| {
        let program = programs.iter().find(|program| program.id == event_type.program_id)?;
        Some((event_type, program.clone()))
    };
    Ok(types.into_iter().filter_map(with_program).collect())
}

/// The same, by the company's own short name for it.
pub fn find_event_type_by_code(
    db: &mut Db,
    reach: &Reach,
    code: &str,
) -> Result<Option<EventType>> {
    let own = event_types::table
        .filter(event_types::company_id.eq(reach.company).and(event_types::code.eq(code)))
        .into_boxed::<MultiBackend>();
    Ok(within(own, reach).first(db).optional()?)
}

/// The ids of all event types of a program.
pub fn event_types_of(db: &mut Db, program: ProgramId) -> Result<Vec<EventTypeId>> {
    let own = event_types::table.filter(event_types::program_id.eq(program));
    Ok(own.select(event_types::id).load(db)?)
}

/// Every program and event type named must be the company's own; a foreign one is an unknown one.
pub fn check_limits(
    db: &mut Db,
    reach: &Reach,
    program_ids: &[ProgramId],
    event_type_ids: &[EventTypeId],
) -> Result<()> {
    let own: Vec<ProgramId> = programs::table
        .filter(programs::company_id.eq(reach.company))
        .filter(programs::id.eq_any(program_ids))
        .select(programs::id)
        .load(db)?;
    let own_types: Vec<EventTypeId> = event_types::table
        .filter(event_types::company_id.eq(reach.company))
        .filter(event_types::id.eq_any(event_type_ids))
        .select(event_types::id)
        .load(db)?;
    let unknown = |list: &str, place: usize, code: &'static str| {
        Fault::at(format!("/{list}/{place}"), code, "this is none of your company's")
    };
    let programs = program_ids.iter().enumerate().filter(|(_, id)| !own.contains(id));
    let types = event_type_ids.iter().enumerate().filter(|(_, id)| !own_types.contains(id));
    let faults: Vec<Fault> = programs
        .map(|(place, _)| unknown("program_ids", place, "unknown_program"))
        .chain(types.map(|(place, _)| unknown("event_type_ids", place, "unknown_event_type")))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
