//! The door to another password.

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::ChangePassword;
use crate::access::{Power, Signed};
use crate::error::{Error, Fault, Place, Result};
use crate::events::kinds::EventKind;
use crate::http::json::Json;
use crate::http::reply::NoContent;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::users::resets::store as resets;
use crate::users::routes::ChangeMe;
use crate::users::{proof, told};

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(change_password);
}

/// Change one's own password.
///
/// Your other sessions end at once, and a letter tells you of it; keys of companies go on. Too many wrong
/// passwords have to wait, as for signing in.
#[utoipa::path(tag = "Access")]
#[post("/me/password")]
async fn change_password(
    signed: Signed<ChangeMe>,
    Json(body): Json<ChangePassword>,
) -> Result<NoContent> {
    let now = signed.now;
    let user = proof::by_password(&signed, body.current).await.map_err(at_current)?.user;
    let hash = signed.gate().passwords.hash(body.new).await?;
    signed
        .write_unkept(move |db, actor| {
            let session = match actor.power {
                Power::Person { session, .. } => Some(session),
                Power::System { .. } => None,
            };
            resets::change_password(db, (user.id, session), &hash, now)?;
            let at = (actor.doer.origin, now);
            told::in_every_company(db, user.id, EventKind::UserPasswordChanged, at)?;
            let rendered =
                render(Template::PasswordChanged, &serde_json::json!({ "name": user.name }))?;
            mail::post(db, &Letter::essential(&user.email, user.id, rendered), now).map(drop)
        })
        .await?;
    signed.gate().forget();
    Ok(NoContent)
}

/// Here the password that is wrong has another name.
fn at_current(error: Error) -> Error {
    match error {
        Error::Invalid(faults) => Error::Invalid(
            faults
                .into_iter()
                .map(|fault| Fault { place: Place::Pointer("/current".into()), ..fault })
                .collect(),
        ),
        other => other,
    }
}
