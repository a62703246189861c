//! URLs of how one is told, and of the links in letters that end them.

use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::desk::Desk;
use super::policy::{ChooseNotifications, own};
use super::rules::Letters;
use super::unsubscribing::Ending;
use super::wire::{PreferencesView, UnsubscribeLink, UnsubscribeQuestion};
use super::{phrases, store};
use crate::access::{Anonymous, Signed};
use crate::error::{Error, Fault, Result};
use crate::http::json::Json;
use crate::http::leaf::Leaf;
use crate::http::query::Query;
use crate::http::reply::Found;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(get_notification_preferences)
        .service(choose_notification_preferences)
        .service(show_unsubscribing)
        .service(unsubscribe_from_letters);
}

/// Show how you are told, kind by kind.
///
/// What you have chosen in the company you are signed in to, and of every other kind what is usual.
#[utoipa::path(tag = "Notifications")]
#[get("/me/notification-preferences")]
async fn get_notification_preferences(
    signed: Signed<ChooseNotifications>,
) -> Result<Found<PreferencesView>> {
    signed
        .read(|db, actor| {
            let own = own(actor)?;
            let chosen = store::chosen(db, own.user, own.company)?;
            Ok(Found::of(PreferencesView::of(&chosen)))
        })
        .await
}

/// Choose how you are told, kind by kind.
///
/// For the company you are signed in to. The choice takes the place of the one before: what it leaves
/// out is as usual again. `email` is `at_once`, `daily` for one letter a day of what you have not read
/// by then, or `off`. The kind `security` is always listed.
#[utoipa::path(tag = "Notifications")]
#[put("/me/notification-preferences")]
async fn choose_notification_preferences(
    signed: Signed<ChooseNotifications>,
    Json(body): Json<PreferencesView>,
) -> Result<Found<PreferencesView>> {
    signed
        .write(move |db, actor| {
            let own = own(actor)?;
            let rows = body.rows(own)?;
            store::choose(db, own.user, own.company, &rows)?;
            Ok(Found::of(PreferencesView::of(&rows)))
        })
        .await
}

/// Show what a link in a letter is good for.
///
/// A page with a button: to look changes nothing, so that programs which follow every link in a letter
/// end none.
#[utoipa::path(tag = "Notifications", params(UnsubscribeQuestion))]
#[get("/unsubscribe")]
async fn show_unsubscribing(
    desk: Desk,
    Query(question): Query<UnsubscribeQuestion>,
) -> Result<Leaf> {
    let Some(token) = question.token else {
        let text = "Open the link at the end of a letter: it says which letters end.";
        return Ok(Leaf::saying("Unsubscribe", text));
    };
    let which = about(read(&token, &desk)?);
    let text = format!("You will get no more letters about {which}.");
    Ok(Leaf::asking("Unsubscribe", &text, "Send me no more of these"))
}

/// End the letters that a link in one of them names, without signing in.
///
/// What a mail program sends for its button (RFC 8058), and the page behind the link. Only letters
/// end: what they told of is listed still. To end them once more changes nothing. Whatever is sent as
/// a body is not looked at.
#[utoipa::path(tag = "Notifications", params(UnsubscribeLink))]
#[post("/unsubscribe")]
async fn unsubscribe_from_letters(
    anonymous: Anonymous,
    desk: Desk,
    Query(link): Query<UnsubscribeLink>,
) -> Result<Leaf> {
    let ending = read(link.token.as_deref().unwrap_or_default(), &desk)?;
    anonymous.write(move |db| ending.carry_out(db)).await?;
    let which = about(ending);
    let text = format!("You get no more letters about {which}.");
    Ok(Leaf::saying("Unsubscribed", &text))
}

fn about(ending: Ending) -> &'static str {
    match ending.letters {
        Letters::Of(kind) => phrases::about(kind),
        Letters::Daily => "what you have not read each day",
    }
}

fn read(token: &str, desk: &Desk) -> Result<Ending> {
    let bad = || Fault::in_parameter("token", "bad_link", "the link is not whole, or not ours");
    Ending::read(token, &desk.stamp).ok_or_else(|| Error::invalid(bad()))
}
