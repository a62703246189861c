//! URLs of where a company is paid.

use actix_web::{get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Kept, OfPayment, Payment};
use super::policy::{EditPayment, ReadPayment};
use super::wire::{PatchPayment, PaymentView};
use super::{rules, store};
use crate::access::seal::Seal;
use crate::access::{Guarded, Signed};
use crate::companies::model::Company;
use crate::companies::profile::editing::keep;
use crate::companies::profile::model::Section;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::http::json::Json;
use crate::http::reply::Found;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::managing::store::owners;
use crate::users::proof;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(get_payment).service(update_payment);
}

/// Show where your company is paid.
///
/// A section of the profile that is for owners alone, and for no key. Of the account its end is shown.
/// `payouts_held_until` says until when nothing is paid because it was said that money goes elsewhere.
#[utoipa::path(tag = "Companies")]
#[get("/companies/{id}/profile/payment")]
async fn get_payment(guarded: Guarded<OfPayment, ReadPayment>) -> Result<Found<PaymentView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .read(move |db, section| {
            let said = store::look_for(db, section.0.id)?;
            let editable = actor.may::<EditPayment>().is_ok();
            let view = PaymentView::of(&section, said.as_ref(), editable, now);
            Ok(Found::version(view.version, view))
        })
        .await
}

/// Say where your company is paid.
///
/// A JSON merge patch with the password of whoever says so: what is absent stays. All owners get a letter
/// of a change. One that sends money elsewhere, which is any but of `threshold`, holds payouts for 72
/// hours. Too many wrong passwords have to wait, as for signing in. The event of it says that it was
/// edited, and no value. `If-Match` takes the version of this section.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}/profile/payment")]
async fn update_payment(
    guarded: Guarded<OfPayment, EditPayment>,
    signed: Signed<EditPayment>,
    Json(body): Json<PatchPayment>,
) -> Result<Found<PaymentView>> {
    guarded.permit().await?;
    proof::by_password(&signed, body.password.clone()).await?;
    let (by, gate) = ((guarded.actor.doer, guarded.now), guarded.gate());
    guarded
        .write(move |db, seen| {
            let (company, now) = (store::hold(db, &seen)?, by.1);
            let kept = store::look_for(db, company.id)?;
            let before = opened(&gate.vault.payment, &company, kept.as_ref())?;
            let after = body.apply(&before).map_err(Error::Invalid)?;
            if after == before {
                let view = PaymentView::of(&OfPayment(company), kept.as_ref(), true, now);
                return Ok(Found::version(view.version, view));
            }
            let redirects = rules::redirects(&before, &after);
            let since = kept.map(|kept| kept.redirected_at).filter(|_| !redirects);
            let said = closed(&gate.vault.payment, &company, after, since.unwrap_or(now))?;
            store::put(db, &said)?;
            let mut edited = company.clone();
            edited.profile.0.versions.count(Section::Payment);
            let edited = keep(db, &company, edited, by)?;
            tell(db, &edited, redirects, now)?;
            let view = PaymentView::of(&OfPayment(edited), Some(&said), true, now);
            Ok(Found::version(view.version, view))
        })
        .await
}

/// What was said, in the clear; of a company that has said nothing yet, nothing.
fn opened(seal: &Seal, company: &Company, kept: Option<&Kept>) -> Result<Payment> {
    let Some(kept) = kept else {
        return Ok(Payment {
            method: None,
            holder: None,
            account: None,
            bank_code: None,
            currency: company.currency,
            threshold_minor: 0,
        });
    };
    let account = seal.open(company.id.uuid(), &kept.account)?;
    let account = String::from_utf8(account).map_err(Error::internal)?;
    Ok(Payment {
        method: Some(kept.method),
        holder: Some(kept.holder.clone()),
        account: Some(account),
        bank_code: kept.bank_code.clone(),
        currency: kept.currency,
        threshold_minor: kept.threshold_minor,
    })
}

/// The same as it is kept.
fn closed(seal: &Seal, company: &Company, said: Payment, redirected_at: Instant) -> Result<Kept> {
    let Payment { method, holder, account, bank_code, currency, threshold_minor } = said;
    let (Some(method), Some(holder), Some(account)) = (method, holder, account) else {
        return Err(Error::internal(anyhow::anyhow!("a payment section without a destination")));
    };
    Ok(Kept {
        company_id: company.id,
        method,
        holder,
        account: seal.close(company.id.uuid(), account.as_bytes())?,
        account_last4: rules::last4(&account),
        bank_code,
        currency,
        threshold_minor,
        redirected_at,
    })
}

/// Writes to all owners, whatever letters they want otherwise.
fn tell(db: &mut Db, company: &Company, redirects: bool, now: Instant) -> Result<()> {
    for owner in owners(db, company.id)? {
        let hours = redirects.then(|| rules::HOLD.as_hours());
        let values = serde_json::json!({
            "name": owner.name, "company": company.name, "hours": hours,
        });
        let letter = render(Template::PaymentChanged, &values)?;
        mail::post(db, &Letter::essential(&owner.email, owner.id, letter), now)?;
    }
    Ok(())
}
