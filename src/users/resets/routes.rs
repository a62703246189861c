//! Doors to a new password.

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::{AskForReset, NewPassword};
use super::{rules, store};
use crate::access::{Anonymous, secret};
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::http::json::Json;
use crate::http::noted::Noted;
use crate::http::reply::NoContent;
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::users::attempts::model::Marks;
use crate::users::attempts::{self, marks_of};
use crate::users::model::User;
use crate::users::{store as users, told};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(request_password_reset).service(confirm_password_reset);
}

/// Ask for a letter with which to choose a new password.
///
/// The answer is the same, and takes as long, whether anybody has this address or not. The link in the
/// letter can be used once, within an hour; a newer one ends those before it. More than five wishes an
/// hour for one address are not heard.
#[utoipa::path(tag = "Access")]
#[post("/auth/password-resets")]
async fn request_password_reset(
    anonymous: Anonymous,
    Json(body): Json<AskForReset>,
) -> Result<Noted> {
    let (now, email) = (anonymous.now, body.email.to_lowercase());
    anonymous.write(move |db| store::ask(db, &email, now)).await?;
    Ok(Noted)
}

/// Choose a new password with the token of a letter.
///
/// The user is signed out everywhere, and told of it by a letter; keys of companies go on. A second factor
/// stays: signing in takes its code. A token that is wrong, used, too old or was replaced is
/// `reset_token_invalid`, whichever it is.
#[utoipa::path(tag = "Access")]
#[post("/auth/password-resets/confirm")]
async fn confirm_password_reset(
    anonymous: Anonymous,
    Json(body): Json<NewPassword>,
) -> Result<NoContent> {
    let (now, token) = (anonymous.now, secret::digest(body.token.as_bytes()));
    // Hashing is work, which nobody gets done for a token that does not count.
    let shown = token.clone();
    let known = anonymous.read(move |db| whose(db, &shown, now)).await?;
    let hash = anonymous.gate().passwords.hash(body.password).await?;
    let marks = marks_of(&anonymous.gate().vault, &known.email, anonymous.origin);
    let at = (anonymous.origin, now);
    anonymous.write(move |db| change(db, &token, &hash, (&marks, at))).await?;
    anonymous.gate().forget();
    Ok(NoContent)
}

/// Whose token it is, if it counts.
fn whose(db: &mut Db, token: &[u8], now: Instant) -> Result<User> {
    let id = store::look_for(db, token, now)?.ok_or_else(rules::does_not_count)?;
    users::find(db, id)
}

/// Uses a token up for another password, and says so: to the user, and in each of their companies.
/// Whoever has read the letter is let in here, whatever others tried.
fn change(
    db: &mut Db,
    token: &[u8],
    hash: &str,
    (marks, at): (&Marks, (Origin, Instant)),
) -> Result<()> {
    let (_, now) = at;
    let id = store::use_up(db, token, now)?.ok_or_else(rules::does_not_count)?;
    store::change_password(db, (id, None), hash, now)?;
    users::confirm_email(db, id, now)?;
    attempts::store::welcome(db, marks, now)?;
    told::in_every_company(db, id, EventKind::UserPasswordChanged, at)?;
    let user = users::find(db, id)?;
    let values = serde_json::json!({ "name": user.name });
    let rendered = render(Template::PasswordChanged, &values)?;
    mail::post(db, &Letter::essential(&user.email, id, rendered), now).map(drop)
}
