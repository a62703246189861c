//! The only SQL that touches `programs` and `event_types`.

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{event_types, programs};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{EventTypeId, ProgramId};
use crate::kernel::reach::Reach;

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
