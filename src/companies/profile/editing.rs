//! Keeps an edit of a company and tells of it, whichever door it came by.

use serde::Serialize;

use super::model::{About, In};
use super::policy::EditProfile;
use super::{rules, store};
use crate::access::Guarded;
use crate::companies::directory;
use crate::companies::model::Company;
use crate::companies::{rules as company_rules, store as companies};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::http::reply::Found;
use crate::kernel::time::Instant;

/// Edits one section of one's own company and shows it.
pub async fn edit<S: About, View: Serialize + Send + 'static>(
    guarded: Guarded<In<S>, EditProfile>,
    change: impl Fn(&mut Company) -> Vec<Fault> + Send + Sync + 'static,
    view: fn(&Company) -> View,
) -> Result<Found<View>> {
    let by = (guarded.actor.doer, guarded.now);
    guarded
        .write(move |db, seen| {
            let before = store::hold(db, &seen)?;
            let mut after = before.clone();
            let faults = change(&mut after);
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let after = keep(db, &before, after, by)?;
            Ok(Found::version(after.profile.0.versions.of(S::SECTION), view(&after)))
        })
        .await
}

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
