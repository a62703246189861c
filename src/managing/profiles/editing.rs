//! Edits a section, for the company itself or for one that it lets do so.

use serde::Serialize;

use super::model::About;
use super::policy::EditProfile;
use super::rules;
use crate::access::{Actor, Guarded};
use crate::companies::model::Company;
use crate::companies::profile::editing::keep;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::model::Doer;
use crate::http::reply::Found;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::managing::model::Managed;
use crate::managing::store;

/// The company of a section, held to be edited by whoever may, and who that is in its books.
pub(super) fn begin<S: About>(
    db: &mut Db,
    actor: &Actor,
    seen: &Managed<S>,
) -> Result<(Company, Doer)> {
    let company = store::hold(db, seen)?;
    if !seen.is_own(&actor.reach) {
        rules::within(seen.granted, S::SECTION)?;
        actor.acts_for(company.status)?;
    }
    let doer = actor.doer_in(company.id);
    Ok((company, doer))
}

/// Edits one section and shows it.
pub(super) async fn edit<S: About, View: Serialize + Send + 'static>(
    guarded: Guarded<Managed<S>, EditProfile>,
    change: impl Fn(&mut Company) -> Vec<Fault> + Send + Sync + 'static,
    view: fn(&Company) -> View,
) -> Result<Found<View>> {
    let (actor, now) = (guarded.actor.clone(), guarded.now);
    guarded
        .write(move |db, seen| {
            let (before, doer) = begin(db, &actor, &seen)?;
            let mut after = before.clone();
            let faults = change(&mut after);
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let after = keep(db, &before, after, (doer, now))?;
            Ok(Found::version(after.profile.0.versions.of(S::SECTION), view(&after)))
        })
        .await
}

/// Writes to all owners that another company has said what is for the tax office, whatever letters they
/// want otherwise.
pub(super) fn tell_owners(
    db: &mut Db,
    company: &Company,
    grantee: CompanyId,
    now: Instant,
) -> Result<()> {
    let by = companies::find_own(db, grantee)?.name;
    for owner in store::owners(db, company.id)? {
        let values = serde_json::json!({ "name": owner.name, "company": company.name, "by": by });
        let letter = render(Template::TaxChanged, &values)?;
        mail::post(db, &Letter::essential(&owner.email, owner.id, letter), now)?;
    }
    Ok(())
}
