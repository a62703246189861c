//! URLs of a profile and its sections.

use actix_web::{get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::editing::{begin, edit, tell_owners};
use super::model::{OfAddress, OfContact, OfMethods, OfSettings, OfTax, WholeProfile};
use super::policy::{EditProfile, ReadProfile, ReadTax};
use super::rules;
use crate::access::{Guarded, Role};
use crate::companies::profile::editing::keep;
use crate::companies::profile::model::Section;
use crate::companies::profile::store;
use crate::companies::profile::wire::{
    AddressView, ContactView, MethodsView, PatchAddress, PatchContact, PatchMethods, PatchSettings,
    PatchTax, ProfileView, SettingsView, TaxView,
};
use crate::error::{Error, Result};
use crate::http::json::Json;
use crate::http::reply::Found;
use crate::managing::model::Managed;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(get_profile)
        .service(update_contact)
        .service(update_address)
        .service(update_tax)
        .service(update_promotional_methods)
        .service(update_settings);
}

/// Show the profile of a company, section by section: yours, or one that lets yours manage it.
///
/// Each section has a `version` of its own, for `If-Match` when it is edited, and says whether you may
/// edit it now. `tax` is for admins and owners, and null for everybody else and for keys. Of another
/// company it takes the grant `manage_profile`, and for `tax` its level `profile_and_tax`. What partners
/// see of a company is its card, `GET /v1/companies/{id}`.
#[utoipa::path(tag = "Companies")]
#[get("/companies/{id}/profile")]
async fn get_profile(
    guarded: Guarded<Managed<WholeProfile>, ReadProfile>,
) -> Result<Found<ProfileView>> {
    let actor = guarded.actor.clone();
    guarded
        .read(move |db, managed| {
            let (own, company) = (managed.is_own(&actor.reach), managed.company);
            if !own && actor.delegation.is_some() {
                let detail = "what others let the company manage is for its own people".into();
                return Err(Error::Forbidden { code: "not_for_delegates", detail });
            }
            let reached = rules::reaches(managed.granted, Section::Tax);
            let sees_tax = reached && actor.may::<ReadTax>().is_ok();
            let tax = sees_tax.then(|| store::tax(db, company.id)).transpose()?;
            let acts = own || actor.acts_for(company.status).is_ok();
            let editable = acts && actor.may::<EditProfile>().is_ok();
            Ok(Found::version(company.version, ProfileView::of(&company, tax, editable)))
        })
        .await
}

/// Edit how to reach a company.
///
/// A JSON merge patch: what is absent stays, what is null is taken off. Phone and fax numbers are kept
/// as they are dialled from abroad; one that does not begin with `+` is one of the country of the
/// address. `If-Match` takes the version of this section. Another company's takes its grant
/// `manage_profile`.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}/profile/contact")]
async fn update_contact(
    guarded: Guarded<Managed<OfContact>, EditProfile>,
    Json(body): Json<PatchContact>,
) -> Result<Found<ContactView>> {
    edit(guarded, move |company| body.apply(company), |it| ContactView::of(it, true)).await
}

/// Edit where a company is.
///
/// A JSON merge patch: what is absent stays, what is null is taken off. A postal code has to look like
/// one of the country, where its codes are known, and is kept as it is written there. `If-Match` takes
/// the version of this section. Another company's takes its grant `manage_profile`.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}/profile/address")]
async fn update_address(
    guarded: Guarded<Managed<OfAddress>, EditProfile>,
    Json(body): Json<PatchAddress>,
) -> Result<Found<AddressView>> {
    edit(guarded, move |company| body.apply(company), |it| AddressView::of(it, true)).await
}

/// Edit what a company says to the tax office.
///
/// A JSON merge patch: what is absent stays, what is null is taken off. A VAT id has to look like one of
/// its country, with the right check digit where there is one. The event of it says that it was edited,
/// and no value. `If-Match` takes the version of this section. Another company's takes its grant
/// `manage_profile` with the level `profile_and_tax`; with less it is `grant_level_too_low`. What it says
/// stands unconfirmed until an owner edits the section, or confirms it by an edit of nothing (`{}`); all
/// owners get a letter.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}/profile/tax")]
async fn update_tax(
    guarded: Guarded<Managed<OfTax>, EditProfile>,
    Json(body): Json<PatchTax>,
) -> Result<Found<TaxView>> {
    let (actor, now) = (guarded.actor.clone(), guarded.now);
    guarded
        .write(move |db, seen| {
            let (company, doer) = begin(db, &actor, &seen)?;
            let before = store::tax(db, company.id)?;
            let (mut tax, faults) = body.apply(&before);
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let own = seen.is_own(&actor.reach);
            let by_owner = actor.has_role(Role::Owner);
            if tax != before || (own && by_owner) {
                let since = before.unconfirmed_since;
                tax.unconfirmed_since = rules::unconfirmed(since, !own, by_owner, now);
            }
            let mut after = company.clone();
            if tax != before {
                store::put_tax(db, &tax)?;
                after.profile.0.versions.count(Section::Tax);
                if !own {
                    tell_owners(db, &company, actor.reach.company, now)?;
                }
            }
            let after = keep(db, &company, after, (doer, now))?;
            let version = after.profile.0.versions.of(Section::Tax);
            Ok(Found::version(version, TaxView::of(&after, tax, true)))
        })
        .await
}

/// Edit how a company brings customers.
///
/// The list is replaced as a whole; each way stands in it once, with an address or without.
/// `If-Match` takes the version of this section. Another company's takes its grant `manage_profile`.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}/profile/promotional-methods")]
async fn update_promotional_methods(
    guarded: Guarded<Managed<OfMethods>, EditProfile>,
    Json(body): Json<PatchMethods>,
) -> Result<Found<MethodsView>> {
    edit(guarded, move |company| body.apply(company), |it| MethodsView::of(it, true)).await
}

/// Edit the settings of a company.
///
/// A JSON merge patch: what is absent stays, and a `language` of null is taken off. A company that is
/// `listed` is found by others in the directory. `If-Match` takes the version of this section. Another
/// company's takes its grant `manage_profile`.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}/profile/settings")]
async fn update_settings(
    guarded: Guarded<Managed<OfSettings>, EditProfile>,
    Json(body): Json<PatchSettings>,
) -> Result<Found<SettingsView>> {
    edit(guarded, move |company| body.apply(company), |it| SettingsView::of(it, true)).await
}
