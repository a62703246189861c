//! Keeps an edit of a company and tells of it, whichever door it came by.

use super::rules;
use crate::companies::directory;
use crate::companies::model::Company;
use crate::companies::{rules as company_rules, store as companies};
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::time::Instant;

/// Keeps an edited company with the versions of its sections, finds it in the directory by what it is
/// called now, and tells what has changed.
pub fn keep(
    db: &mut Db,
    before: &Company,
    mut after: Company,
    (doer, now): (Doer, Instant),
) -> Result<Company> {
    for section in rules::edited(before, &after) {
        after.profile.0.versions.count(section);
    }
    after.updated_at = now;
    let after = companies::advance(db, before, after)?;
    if directory::rules::is_found_otherwise(before, &after) {
        directory::store::put(db, &after)?;
    }
    let event = Event::new(EventKind::CompanyUpdated, any(after.id), after.id, now);
    let event = event.by(doer).sequence(after.version);
    events::record(db, company_rules::changes(event, before, &after))?;
    Ok(after)
}
