//! URLs of one's own notifications.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::desk::Desk;
use super::model::{Notification, Own};
use super::policy::{ReadNotifications, is_own, own};
use super::rules::MOST_COUNTED;
use super::watch::{PATIENCE, Resumed, Seen, stream};
use super::wire::{News, NotificationView, NotificationsFilter, ReadAll, ReadOne, UnreadView};
use super::{Names, store};
use crate::access::{Guarded, Signed, Staying};
use crate::db::{Db, Find};
use crate::error::{Error, Fault, Result};
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{EventStream, Found, Listed};
use crate::kernel::page::Page;

/// The most notifications that a look of a stream tells.
const MOST_NEWS: i64 = 100;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(list_notifications)
        .service(count_unread_notifications)
        .service(watch_notifications)
        .service(read_all_notifications)
        .service(read_notification);
}

/// List what you were told, newest first.
///
/// Your own, in the company you are signed in to; each person has a list, and no API key sees any.
/// What was meant for a role that you no longer have is not listed. They are kept for 90 days.
#[utoipa::path(tag = "Notifications", params(NotificationsFilter, Listing))]
#[get("/notifications")]
async fn list_notifications(
    signed: Signed<ReadNotifications>,
    Query(filter): Query<NotificationsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<NotificationView>> {
    let (before, limit, filter) = (listing.after()?, listing.limit(), filter.into());
    signed
        .read(move |db, actor| {
            let page = store::page(db, own(actor)?, &filter, before, limit)?;
            Ok(Listed::of(Page { rows: views(db, &page.rows)?, next: page.next }))
        })
        .await
}

/// Count what you have not read.
///
/// Up to 100: where there are more, `capped` says so.
#[utoipa::path(tag = "Notifications")]
#[get("/notifications/unread-count")]
async fn count_unread_notifications(
    signed: Signed<ReadNotifications>,
) -> Result<Found<UnreadView>> {
    signed.read(|db, actor| Ok(Found::of(unread(db, own(actor)?)?))).await
}

/// Watch your notifications: server-sent events, each sent when you are told something.
///
/// The first event, `unread`, says how many are unread. Then each new notification is an event
/// `notification`, and where only that number has changed, as when you read one elsewhere, there is an
/// event `unread`. The `data` of every event is a `NotificationNews`. A client that connects anew with
/// `Last-Event-ID` is told of everything since. A comment every 15 seconds keeps the line open. The
/// stream ends when the server stops and when the credential no longer counts: connect anew then. A
/// person may have 10 streams open at a server.
#[utoipa::path(tag = "Notifications")]
#[get("/notifications/events")]
async fn watch_notifications(
    staying: Staying<ReadNotifications>,
    resumed: Resumed,
    desk: Desk,
) -> Result<EventStream<News<'static>>> {
    let actor = staying.admit().await?;
    let seat = desk.seats.take(own(&actor)?.user)?;
    let look = async move |place: Option<i64>| {
        staying.look(move |db, actor| seen(db, own(actor)?, place)).await
    };
    Ok(EventStream::of(stream(look, desk, (resumed, PATIENCE), seat)))
}

/// What came after a place; for whoever begins, only how things stand.
fn seen(db: &mut Db, own: Own, place: Option<i64>) -> Result<Seen> {
    let rows = match place {
        Some(place) => store::since(db, own, place, MOST_NEWS)?,
        None => Vec::new(),
    };
    let place = match (rows.last(), place) {
        (Some(last), _) => last.number,
        (None, Some(place)) => place,
        (None, None) => store::newest(db, own)?,
    };
    let numbers = rows.iter().map(|row| row.number);
    let news = numbers.zip(views(db, &rows)?).collect();
    Ok(Seen { place, unread: unread(db, own)?, news })
}

/// Mark all that you have seen as read, up to a notification.
///
/// It and all before it, of every kind. Gives how many are unread then: what came after it is.
#[utoipa::path(tag = "Notifications")]
#[post("/notifications/read-all")]
async fn read_all_notifications(
    signed: Signed<ReadNotifications>,
    desk: Desk,
    Json(body): Json<ReadAll>,
) -> Result<Found<UnreadView>> {
    let (now, user) = (signed.now, own(&signed.actor)?.user);
    let counted = signed
        .write(move |db, actor| {
            let own = own(actor)?;
            let Some(number) = store::number_of(db, own, body.before)? else {
                let message = "you have no such notification";
                return Err(Error::invalid(Fault::at("/before", "unknown_notification", message)));
            };
            store::mark_up_to(db, own, number, now)?;
            Ok(Found::of(unread(db, own)?))
        })
        .await?;
    desk.seats.ring(user);
    Ok(counted)
}

/// Mark a notification as read.
///
/// The first time counts; to mark it once more changes nothing.
#[utoipa::path(tag = "Notifications")]
#[post("/notifications/{id}/read")]
async fn read_notification(
    guarded: Guarded<Notification, ReadNotifications>,
    desk: Desk,
    Json(body): Json<ReadOne>,
) -> Result<Found<NotificationView>> {
    let ReadOne {} = body;
    let (now, actor) = (guarded.now, guarded.actor.clone());
    let reader = own(&actor);
    let read = guarded
        .write(move |db, row| {
            if !is_own(&row, own(&actor)?) {
                return Err(Error::NotFound(Notification::NAME));
            }
            let row = store::mark(db, row, now)?;
            let names = Names::of_all(db, row.other_company_id.into_iter())?;
            Ok(Found::version(row.version(), NotificationView::of(&row, &names)))
        })
        .await?;
    desk.seats.ring(reader?.user);
    Ok(read)
}

fn views(db: &mut Db, rows: &[Notification]) -> Result<Vec<NotificationView>> {
    let names = Names::of_all(db, rows.iter().filter_map(|row| row.other_company_id))?;
    Ok(rows.iter().map(|row| NotificationView::of(row, &names)).collect())
}

fn unread(db: &mut Db, own: Own) -> Result<UnreadView> {
    store::unread(db, own, MOST_COUNTED).map(UnreadView::of)
}
