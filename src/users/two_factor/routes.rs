//! Doors to a second factor.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Proof, Shown};
use super::policy::HaveSecondFactor;
use super::wire::{
    ConfirmSecondFactor, EnrolSecondFactor, ProveSecondFactor, RecoveryCodesView, SecondFactorView,
    SecretView,
};
use super::{codes, rules, store};
use crate::access::{Power, Signed, Vault, totp};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::http::json::Json;
use crate::http::reply::{Found, NoContent};
use crate::kernel::id::UserId;
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::users::proof::{self, Person};
use crate::users::{attempts, store as users, told};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(get_two_factor)
        .service(enrol_two_factor)
        .service(confirm_two_factor)
        .service(disable_two_factor)
        .service(renew_recovery_codes);
}

/// Show whether you have a second factor.
///
/// And how many recovery codes are left, and whether the company you are signed in to asks for one: then
/// a session without it can do nothing but add it.
#[utoipa::path(tag = "Access")]
#[get("/me/two-factor")]
async fn get_two_factor(signed: Signed<HaveSecondFactor>) -> Result<Found<SecondFactorView>> {
    let view = signed
        .read(|db, actor| {
            let id = actor.doer.user_id.ok_or(Error::NotFound("user"))?;
            let enabled_at = store::look_for(db, id)?.and_then(|factor| factor.confirmed_at);
            let company = companies::find_own(db, actor.reach.company)?;
            Ok(SecondFactorView {
                enabled: enabled_at.is_some(),
                enabled_at,
                recovery_codes_left: store::left(db, id)?,
                required: company.require_two_factor,
            })
        })
        .await?;
    Ok(Found::of(view).uncached())
}

/// Begin a second factor: set an app up with this secret.
///
/// The secret is in this answer and nowhere else. Nothing changes until a code of the app has confirmed
/// it; beginning again gives another secret. Refuses with `two_factor_enabled`.
#[utoipa::path(tag = "Access")]
#[post("/me/two-factor")]
async fn enrol_two_factor(
    signed: Signed<HaveSecondFactor>,
    Json(body): Json<EnrolSecondFactor>,
) -> Result<Found<SecretView>> {
    let now = signed.now;
    let Person { user, .. } = proof::by_password(&signed, body.password).await?;
    let (id, secret) = (user.id, totp::secret()?);
    let sealed = signed.gate().vault.factors.close(id.uuid(), &secret)?;
    signed.write_unkept(move |db, _| store::enrol(db, id, &sealed, now)).await?;
    let secret = totp::written(&secret);
    let otpauth_uri = codes::uri(&secret, &user.email);
    Ok(Found::of(SecretView { secret, otpauth_uri }).uncached())
}

/// Confirm a second factor with a code of the app.
///
/// From now on signing in takes a code. The answer has ten recovery codes, each good once for whoever
/// loses the app; they are shown this once. Your other sessions end, and a letter tells you of it.
/// Refuses with `two_factor_enabled`, `two_factor_not_enrolled`.
#[utoipa::path(tag = "Access")]
#[post("/me/two-factor/confirm")]
async fn confirm_two_factor(
    signed: Signed<HaveSecondFactor>,
    Json(body): Json<ConfirmSecondFactor>,
) -> Result<Found<RecoveryCodesView>> {
    let now = signed.now;
    let Person { user, factor, marks } = proof::known(&signed).await?;
    let factor = rules::confirm(factor)?;
    let vault = &signed.gate().vault;
    let step = codes::step(vault, &factor, &body.code, now)?;
    let fresh = Codes::new(vault, user.id)?;
    let (kept, id) = (fresh.marks.clone(), user.id);
    let refused = signed
        .write_unkept(move |db, actor| {
            let counts = attempts::store::hold(db, &marks, now)?;
            attempts::rules::admit(&counts, now)?;
            let confirmed = match step {
                Some(step) => store::confirm(db, &factor, step, now)?,
                None => false,
            };
            if !confirmed {
                let waits = attempts::store::failed(db, &counts, now)?;
                return Ok(Some(waits.unwrap_or_else(|| rules::code_wrong("code"))));
            }
            store::renew(db, id, &kept)?;
            if let Power::Person { session, .. } = actor.power {
                users::revoke_all_but(db, id, Some(session), now)?;
            }
            let at = (actor.doer.origin, now);
            changed(db, id, (EventKind::UserTwoFactorEnabled, Template::TwoFactorEnabled), at)?;
            Ok(None)
        })
        .await?;
    signed.gate().forget();
    refused.map_or_else(|| Ok(fresh.view()), Err)
}

/// Take the second factor off.
///
/// With the password and a code of the app, or a recovery code. Recovery codes go with it, and a letter
/// tells you of it. Where the company asks for a second factor, this session can then only add one.
/// Refuses with `two_factor_not_enabled`.
#[utoipa::path(tag = "Access")]
#[post("/me/two-factor/disable")]
async fn disable_two_factor(
    signed: Signed<HaveSecondFactor>,
    Json(body): Json<ProveSecondFactor>,
) -> Result<NoContent> {
    let now = signed.now;
    let (person, shown) = proven(&signed, body).await?;
    let refused = signed
        .write_unkept(move |db, actor| {
            let (id, at) = (person.user.id, (actor.doer.origin, now));
            if let Err(refused) = proof::try_code(db, (id, &person.marks), &shown, now)? {
                return Ok(Some(refused));
            }
            store::disable(db, id)?;
            changed(db, id, (EventKind::UserTwoFactorDisabled, Template::TwoFactorDisabled), at)?;
            Ok(None)
        })
        .await?;
    signed.gate().forget();
    refused.map_or(Ok(NoContent), Err)
}

/// Get other recovery codes.
///
/// With the password and a code of the app, or the last recovery code. The ones before count no longer.
/// Refuses with `two_factor_not_enabled`.
#[utoipa::path(tag = "Access")]
#[post("/me/two-factor/recovery-codes")]
async fn renew_recovery_codes(
    signed: Signed<HaveSecondFactor>,
    Json(body): Json<ProveSecondFactor>,
) -> Result<Found<RecoveryCodesView>> {
    let now = signed.now;
    let (person, shown) = proven(&signed, body).await?;
    let fresh = Codes::new(&signed.gate().vault, person.user.id)?;
    let kept = fresh.marks.clone();
    let refused = signed
        .write_unkept(move |db, actor| {
            let (id, at) = (person.user.id, (actor.doer.origin, now));
            let tried = proof::try_code(db, (id, &person.marks), &shown, now)?;
            let proof = match tried {
                Ok(proof) => proof,
                Err(refused) => return Ok(Some(refused)),
            };
            if let Proof::GoodByRecovery(left) = proof {
                recovered(db, id, left, at)?;
            }
            store::renew(db, id, &kept)?;
            users::touch(db, id, now)?;
            told::in_every_company(db, id, EventKind::UserRecoveryCodesRenewed, at)?;
            Ok(None)
        })
        .await?;
    refused.map_or_else(|| Ok(fresh.view()), Err)
}

/// Whoever knows the password, and what they show beside it.
async fn proven(
    signed: &Signed<HaveSecondFactor>,
    body: ProveSecondFactor,
) -> Result<(Person, Shown)> {
    let person = proof::by_password(signed, body.password).await?;
    rules::enabled(person.factor.as_ref())?;
    let given = (body.code.as_deref(), body.recovery_code.as_deref());
    let of = (person.user.id, person.factor.as_ref());
    let shown = codes::shown(&signed.gate().vault, of, given, signed.now)?;
    Ok((person, shown))
}

/// Recovery codes, and what is kept of them.
struct Codes {
    shown: Vec<String>,
    marks: Vec<Vec<u8>>,
}

impl Codes {
    fn new(vault: &Vault, user: UserId) -> Result<Self> {
        let shown = codes::fresh()?;
        let marks = shown.iter().map(|code| codes::mark(vault, user, code)).collect();
        Ok(Self { shown, marks })
    }

    fn view(self) -> Found<RecoveryCodesView> {
        Found::of(RecoveryCodesView { recovery_codes: self.shown }).uncached()
    }
}

/// Says that a person signs in otherwise: to the companies, and by a letter to the person.
fn changed(
    db: &mut Db,
    id: UserId,
    (kind, letter): (EventKind, Template),
    at: (Origin, Instant),
) -> Result<()> {
    users::touch(db, id, at.1)?;
    told::in_every_company(db, id, kind, at)?;
    let user = users::find(db, id)?;
    let rendered = render(letter, &serde_json::json!({ "name": user.name }))?;
    mail::post(db, &Letter::essential(&user.email, id, rendered), at.1).map(drop)
}

/// Says that a recovery code was used, and how many are left.
pub fn recovered(db: &mut Db, id: UserId, left: i64, at: (Origin, Instant)) -> Result<()> {
    users::touch(db, id, at.1)?;
    told::in_every_company(db, id, EventKind::UserRecoveryCodeUsed, at)?;
    let user = users::find(db, id)?;
    let values = serde_json::json!({ "name": user.name, "left": left });
    let rendered = render(Template::RecoveryCodeUsed, &values)?;
    mail::post(db, &Letter::essential(&user.email, id, rendered), at.1).map(drop)
}
