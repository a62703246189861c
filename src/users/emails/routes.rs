//! Doors to another address.

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::EmailChange;
use super::wire::{ChangeEmail, ConfirmEmail};
use super::{rules, store};
use crate::access::{Anonymous, Signed, secret};
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::http::json::Json;
use crate::http::noted::Noted;
use crate::http::reply::NoContent;
use crate::kernel::id::EmailChangeId;
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Rendered, Template, render};
use crate::users::model::User;
use crate::users::resets::store as resets;
use crate::users::routes::ChangeMe;
use crate::users::{proof, store as users, told};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(request_email_change).service(confirm_email_change);
}

/// Ask for another address to sign in with.
///
/// A letter goes to the new address, with a token that can be used once, within a day; a newer one ends
/// those before it. The present address is told of it. The answer is the same whether somebody has the
/// new address already or not. With the present address it is that one which is confirmed.
#[utoipa::path(tag = "Access")]
#[post("/me/email")]
async fn request_email_change(
    signed: Signed<ChangeMe>,
    Json(body): Json<ChangeEmail>,
) -> Result<Noted> {
    let user = proof::by_password(&signed, body.password).await?.user;
    let (email, now, token) = (body.email.to_lowercase(), signed.now, secret::issue("entm")?);
    let link = signed.gate().reception.email_link.with(&token);
    let hash = secret::digest(token.as_bytes());
    signed
        .write_unkept(move |db, _| ask(db, (&user, &email), (&link, &hash), now))
        .await
        .map(|()| Noted)
}

/// Confirm an address with the token of a letter.
///
/// From now on it is the one to sign in with, and the one before is told of it. Your sessions go on. A
/// token that is wrong, used, too old or was replaced is `email_token_invalid`, whichever it is.
#[utoipa::path(tag = "Access")]
#[post("/me/email/confirm")]
async fn confirm_email_change(
    anonymous: Anonymous,
    Json(body): Json<ConfirmEmail>,
) -> Result<NoContent> {
    let at = (anonymous.origin, anonymous.now);
    let hash = secret::digest(body.token.as_bytes());
    anonymous.write(move |db| confirm(db, &hash, at)).await?;
    anonymous.gate().forget();
    Ok(NoContent)
}

/// Writes a wish down, and two letters: who has the new address already gets another one, and no token
/// counts.
fn ask(
    db: &mut Db,
    (user, email): (&User, &str),
    (link, hash): (&str, &[u8]),
    now: Instant,
) -> Result<()> {
    let (own, to_it) = store::lately(db, user.id, email, now)?;
    if !rules::is_heard(own) {
        return Err(rules::too_often());
    }
    let owner = users::look_for_email(db, email)?.filter(|owner| owner.id != user.id);
    let wish = EmailChange {
        id: EmailChangeId::new(),
        user_id: user.id,
        email: email.to_string(),
        created_at: now,
        hash: owner.is_none().then(|| hash.to_vec()),
        expires_at: now.plus(rules::LIFETIME),
    };
    store::ask(db, &wish)?;
    if rules::is_heard(to_it) {
        let (name, hours) = (&user.name, rules::LIFETIME.as_hours());
        let (id, rendered) = match &owner {
            None => {
                let values = serde_json::json!({ "name": name, "link": link, "hours": hours });
                (user.id, render(Template::EmailChange, &values)?)
            }
            Some(owner) => {
                let values = serde_json::json!({ "name": owner.name });
                (owner.id, render(Template::EmailTaken, &values)?)
            }
        };
        mail::post(db, &Letter::essential(email, id, rendered), now)?;
    }
    let notice = about(Template::EmailChangeAsked, user, email)?;
    mail::post(db, &Letter::essential(&user.email, user.id, notice), now).map(drop)
}

/// What the address so far is told of another one.
fn about(template: Template, user: &User, email: &str) -> Result<Rendered> {
    render(template, &serde_json::json!({ "name": user.name, "address": email }))
}

/// Uses a token up for another address, and says so: to the one before, and in each company.
fn confirm(db: &mut Db, hash: &[u8], at: (Origin, Instant)) -> Result<()> {
    let (_, now) = at;
    let wish = store::use_up(db, hash, now)?.ok_or_else(rules::does_not_count)?;
    let owner = users::look_for_email(db, &wish.email)?;
    if owner.is_some_and(|owner| owner.id != wish.user_id) {
        return Err(rules::does_not_count());
    }
    let before = users::find(db, wish.user_id)?;
    users::change_email(db, wish.user_id, &wish.email, now)?;
    // Letters that went to the address before are for nobody any more.
    resets::void(db, wish.user_id)?;
    told::in_every_company(db, wish.user_id, EventKind::UserEmailConfirmed, at)?;
    if before.email == wish.email {
        return Ok(());
    }
    let notice = about(Template::EmailChanged, &before, &wish.email)?;
    mail::post(db, &Letter::essential(&before.email, before.id, notice), now).map(drop)
}
