//! The letters that tell people, posted in the transaction that tells them.

use serde::Serialize;

use super::desk::Desk;
use super::model::{Member, Notification};
use super::rules::{self, Letters};
use super::unsubscribing::Ending;
use super::{Names, phrases};
use crate::db::Db;
use crate::error::Result;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::rules::fit;
use crate::mail::store as mail;
use crate::mail::templates::{Rendered, Template, render};

/// What a letter at once says.
#[derive(Serialize)]
struct AtOnce<'a> {
    name: &'a str,
    company: &'a str,
    title: String,
    object: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsubscribe: Option<&'a str>,
}

/// What the daily letter says.
#[derive(Serialize)]
struct Digest<'a> {
    name: &'a str,
    company: &'a str,
    count: i64,
    lines: Vec<Line>,
    more: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsubscribe: Option<&'a str>,
}

#[derive(Serialize)]
struct Line {
    title: String,
    object: String,
    at: String,
}

/// Tells one person of one thing, now.
pub fn at_once(
    db: &mut Db,
    desk: &Desk,
    (to, told): (&Member, &Notification),
    names: &Names,
    now: Instant,
) -> Result<()> {
    let letters = Some(Letters::Of(told.kind)).filter(|_| !rules::is_essential(told.kind));
    let unsubscribe = letters.map(|letters| link(desk, to, letters));
    let values = AtOnce {
        name: &to.name,
        company: names.of(to.company_id).unwrap_or_default(),
        title: phrases::title(told.what, told.other_company_id.and_then(|id| names.of(id))),
        object: rules::object(told.what).shown(told.object_id),
        unsubscribe: unsubscribe.as_deref(),
    };
    post(db, to, render(Template::Notification, &values)?, unsubscribe.clone(), now)
}

/// Tells one person of what that person has not read yet: the newest, and how many there are.
pub fn daily(
    db: &mut Db,
    desk: &Desk,
    (to, newest, count): (&Member, &[Notification], i64),
    names: &Names,
    now: Instant,
) -> Result<()> {
    // Where nothing in it can be ended, there is no link that ends it.
    let ends = newest.iter().any(|told| !rules::is_essential(told.kind));
    let unsubscribe = ends.then(|| link(desk, to, Letters::Daily));
    let lines = newest.iter().map(|told| Line {
        title: phrases::title(told.what, told.other_company_id.and_then(|id| names.of(id))),
        object: rules::object(told.what).shown(told.object_id),
        at: told.created_at.to_string(),
    });
    let lines: Vec<Line> = lines.collect();
    let shown = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let values = Digest {
        name: &to.name,
        company: names.of(to.company_id).unwrap_or_default(),
        count,
        lines,
        more: count.saturating_sub(shown),
        unsubscribe: unsubscribe.as_deref(),
    };
    post(db, to, render(Template::Digest, &values)?, unsubscribe.clone(), now)
}

fn link(desk: &Desk, to: &Member, letters: Letters) -> String {
    desk.link(Ending { user: to.user_id, company: to.company_id, letters })
}

fn post(
    db: &mut Db,
    to: &Member,
    said: Rendered,
    unsubscribe: Option<String>,
    now: Instant,
) -> Result<()> {
    let letter = Letter {
        to: to.email.clone(),
        user_id: Some(to.user_id),
        subject: said.subject,
        text: said.text,
        html: said.html,
        unsubscribe,
    };
    // A letter that cannot be sent keeps nobody from being told of the rest.
    if let Err(unfit) = fit(&letter) {
        log::warn!(user:% = to.user_id; "a letter cannot be posted: {unfit}");
        return Ok(());
    }
    mail::post(db, &letter, now).map(drop)
}
