//! Doors of a registration that waits for a letter.

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Newcomer;
use super::wire::{ConfirmRegistration, ResendRegistration};
use super::{rules, store};
use crate::access::{Anonymous, secret};
use crate::db::Db;
use crate::error::Result;
use crate::http::json::Json;
use crate::http::noted::Noted;
use crate::http::reply::Created;
use crate::kernel::id::RegistrationId;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::users::login::{self, Arrived};
use crate::users::model::Registration;
use crate::users::wire::SignInView;
use crate::users::{attempts, rules as access, store as users};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(resend_registration).service(confirm_registration);
}

/// Ask for the letter of a registration once more.
///
/// The answer is the same, and takes as long, whether anything waits for this address or not. The token
/// of the letter before goes on counting. Together with registrations, five an hour are heard for one
/// address.
#[utoipa::path(tag = "Access")]
#[post("/auth/register/resend")]
async fn resend_registration(
    anonymous: Anonymous,
    Json(body): Json<ResendRegistration>,
) -> Result<Noted> {
    let now = anonymous.now;
    access::welcome(anonymous.gate().reception.registration)?;
    if anonymous.gate().reception.registration == Registration::Verified {
        let (email, token) = (body.email.to_lowercase(), Token::for_letter(&anonymous)?);
        anonymous.aside(move |db| again(db, &email, &token, now));
    }
    Ok(Noted)
}

/// Confirm a registration with the token of its letter.
///
/// The user becomes the company's owner and is signed in. The password is the one that was registered
/// with: the link alone, opened by whoever else reads the letter, makes no account. A token that is
/// wrong, used or too old is `registration_token_invalid`, whichever it is.
#[utoipa::path(tag = "Access")]
#[post("/auth/register/confirm")]
async fn confirm_registration(
    anonymous: Anonymous,
    Json(body): Json<ConfirmRegistration>,
) -> Result<Created<SignInView>> {
    let (now, origin) = (anonymous.now, anonymous.origin);
    access::welcome(anonymous.gate().reception.registration)?;
    let hash = secret::digest(body.token.as_bytes());
    let shown = hash.clone();
    let found = anonymous.read(move |db| store::look_for(db, &shown, now)).await?;
    let found = found.ok_or_else(rules::does_not_count)?;
    let (gate, kept) = (anonymous.gate(), found.password_hash);
    let marks = attempts::marks_of(&gate.vault, &found.email, origin);
    let counted = marks.clone();
    anonymous
        .read(move |db| attempts::rules::admit(&attempts::store::look(db, &counted, now)?, now))
        .await?;
    if !gate.passwords.matches(body.password, Some(kept)).await? {
        let waits = anonymous.write(move |db| attempts::store::refuse(db, &marks, now)).await?;
        return Err(waits.unwrap_or_else(rules::wrong_password));
    }
    let arrived = Arrived::new(now)?;
    let (opening, at) = (arrived.clone(), (origin, now));
    let (user, company) = anonymous
        .write(move |db| {
            let found = store::use_up(db, &hash, now)?.ok_or_else(rules::does_not_count)?;
            if users::look_for_email(db, &found.email)?.is_some() {
                return Err(rules::does_not_count());
            }
            opening.settle(db, (found.into(), Some(now)), &marks, at)
        })
        .await?;
    login::arrived(gate, arrived, (user, company), now)
}

/// The token of one letter, and where it leads.
pub struct Token {
    link: String,
    hash: Vec<u8>,
}

impl Token {
    /// A new one.
    pub fn for_letter(anonymous: &Anonymous) -> Result<Self> {
        let token = secret::issue("entn")?;
        let link = anonymous.gate().reception.registration_link.with(&token);
        Ok(Self { link, hash: secret::digest(token.as_bytes()) })
    }
}

/// Writes a registration down and posts its letter: one that confirms, or one that says to whoever has
/// the address that they can sign in. As much is done either way.
pub fn ask(db: &mut Db, newcomer: &Newcomer, token: &Token, now: Instant) -> Result<()> {
    if !store::is_heard(db, &newcomer.email, now)? {
        return Ok(());
    }
    let owner = users::look_for_email(db, &newcomer.email)?;
    let hash = owner.is_none().then_some(token.hash.as_slice());
    store::insert(db, &rules::asked(RegistrationId::new(), newcomer, hash, now))?;
    let (id, rendered) = match owner {
        None => {
            let values = serde_json::json!({
                "name": newcomer.name, "company": newcomer.company.name, "link": token.link,
                "hours": rules::LIFETIME.as_hours(),
            });
            (None, render(Template::Registration, &values)?)
        }
        Some(owner) => {
            let values = serde_json::json!({ "name": owner.name });
            (Some(owner.id), render(Template::RegistrationKnown, &values)?)
        }
    };
    let letter = Letter { user_id: id, ..Letter::to_anybody(&newcomer.email, rendered) };
    mail::post(db, &letter, now).map(drop)
}

/// Posts the letter once more, if anything waits for the address. Nobody waits for this.
fn again(db: &mut Db, email: &str, token: &Token, now: Instant) -> Result<()> {
    match store::newest(db, email, now)? {
        Some(waiting) => ask(db, &waiting.into(), token, now),
        None => Ok(()),
    }
}
