//! A person's notifications as they come, as server-sent events.
//!
//! The first event says how many are unread. Whoever lost the line says which one came last, and is
//! told of all since. A bell tells of what happens in this process; a look every few seconds tells of
//! work elsewhere, and whether the reader still may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, dev::Payload};
use futures_util::Stream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::desk::Desk;
use super::wire::{News, NotificationView, UnreadView};
use crate::error::{Error, Result};
use crate::kernel::id::UserId;
use crate::reversals::watch::Patience;

/// How many streams a person may have open at a time, at one server.
pub const MOST_STREAMS: usize = 10;
/// How patient a stream is: others may have told, or the reader may have lost his role.
pub const PATIENCE: Patience =
    Patience { look: Duration::from_secs(3), silence: Duration::from_secs(15) };

/// How many streams a person has open, and the bell that they listen to.
type Open = HashMap<UserId, (usize, Arc<Notify>)>;

/// Who watches.
#[derive(Debug, Clone, Default)]
pub struct Seats(Arc<Mutex<Open>>);

/// One stream's place, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    user: UserId,
    /// Rings when this server has told the person something, or the person has read something here.
    bell: Arc<Notify>,
}

impl Seats {
    /// A place, unless all of the person's are taken.
    pub fn take(&self, user: UserId) -> Result<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (open, bell) = taken.entry(user).or_default();
        if *open >= MOST_STREAMS {
            return Err(Error::TooMany {
                code: "too_many_streams",
                detail: format!("you have {MOST_STREAMS} event streams open; close one"),
            });
        }
        *open = open.saturating_add(1);
        Ok(Seat { seats: self.clone(), user, bell: Arc::clone(bell) })
    }

    /// Lets the streams of a person look at once.
    pub fn ring(&self, user: UserId) {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bell)) = taken.get(&user) {
            bell.notify_waiters();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((open, _)) = taken.get_mut(&self.user) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

/// Which notification a client that connects anew has seen last, by `Last-Event-ID`; nothing for one
/// that begins.
#[derive(Debug, Clone, Copy)]
pub struct Resumed(pub Option<i64>);

impl actix_web::FromRequest for Resumed {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let last = request.headers().get("Last-Event-ID").and_then(|value| value.to_str().ok());
        let number = last.and_then(|text| text.trim().parse().ok()).filter(|number| *number >= 0);
        std::future::ready(Ok(Self(number)))
    }
}

/// What one look finds.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The number of the newest that was found, or of where to go on from.
    pub place: i64,
    /// How many are unread.
    pub unread: UnreadView,
    /// What came since the place that was asked for, each with its number, in order.
    pub news: Vec<(i64, NotificationView)>,
}

/// The events, from now on or from where the reader was, until the server stops or a look is refused. A
/// look is asked for what came after a place.
pub fn stream<Look>(
    look: Look,
    desk: Desk,
    (Resumed(place), patience): (Resumed, Patience),
    seat: Seat,
) -> impl Stream<Item = Result<Bytes>>
where
    Look: AsyncFn(Option<i64>) -> Result<Seen>,
{
    let (told, spoke) = (None, Instant::now());
    let watcher = Watcher { look, desk, patience, seat, place, told, spoke };
    futures_util::stream::unfold(watcher, |mut watcher| async {
        let next = watcher.next().await?;
        Some((Ok(next), watcher))
    })
}

struct Watcher<Look> {
    look: Look,
    desk: Desk,
    patience: Patience,
    seat: Seat,
    /// What came after it was not told yet.
    place: Option<i64>,
    /// How many were said to be unread.
    told: Option<UnreadView>,
    /// When something was last sent.
    spoke: Instant,
}

impl<Look: AsyncFn(Option<i64>) -> Result<Seen>> Watcher<Look> {
    async fn next(&mut self) -> Option<Bytes> {
        while !self.desk.stopping.is_cancelled() {
            // Listen first and look then: a bell between the two is heard.
            let bell = Arc::clone(&self.seat.bell);
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            match (self.look)(self.place).await {
                Ok(seen) if self.told != Some(seen.unread) || !seen.news.is_empty() => {
                    (self.place, self.told) = (Some(seen.place), Some(seen.unread));
                    self.spoke = Instant::now();
                    return Some(written(&seen));
                }
                Ok(seen) => self.place = Some(seen.place),
                Err(Error::Overloaded) => {}
                Err(Error::Internal(cause)) => {
                    log::error!("notifications that are watched cannot be read: {cause:#}");
                    return None;
                }
                // The session has ended, or the person no longer belongs to the company.
                Err(_) => return None,
            }
            tokio::select! {
                () = rung => {}
                () = self.desk.stopping.cancelled() => {}
                () = sleep(self.patience.look) => {}
                () = sleep_until(self.spoke + self.patience.silence) => {
                    self.spoke = Instant::now();
                    return Some(Bytes::from_static(b": still there\n\n"));
                }
            }
        }
        None
    }
}

/// One event for each notification, or one that says how many are unread.
fn written(seen: &Seen) -> Bytes {
    let event = |number: i64, name: &str, news: &News<'_>| {
        let data = serde_json::to_string(news).unwrap_or_default();
        format!("id: {number}\nevent: {name}\ndata: {data}\n\n")
    };
    let unread = seen.unread;
    let told = seen.news.iter().map(|(number, notification)| {
        event(*number, "notification", &News { unread, notification: Some(notification) })
    });
    let text: String = told.collect();
    if text.is_empty() {
        return event(seen.place, "unread", &News { unread, notification: None }).into();
    }
    text.into()
}
