//! The progress of a batch as it happens, as server-sent events.
//!
//! The first event is the state as it is, so that whoever lost the line connects anew and has missed
//! nothing. Bells tell of work in this process; a look every second tells of work elsewhere, and
//! whether the reader still may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::Stream;
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};

use super::rows::Batch;
use super::worker::Bells;
use crate::error::{Error, Result};
use crate::kernel::id::CompanyId;

/// How many may watch at a time, of one company and in one server.
pub const MOST_WATCHERS: usize = 50;
/// How patient a watcher is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How often to look where no bell rings.
    pub look: Duration,
    /// How long a line may be silent before a sign of life is sent.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { look: Duration::from_secs(1), silence: Duration::from_secs(15) }
    }
}

/// Who watches, by company.
#[derive(Debug, Clone, Default)]
pub struct Seats(Arc<Mutex<HashMap<CompanyId, usize>>>);

/// One watcher's place, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    company: CompanyId,
}

impl Seats {
    /// A place, unless all of the company's are taken.
    pub fn take(&self, company: CompanyId) -> Result<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let watching = taken.entry(company).or_default();
        if *watching >= MOST_WATCHERS {
            return Err(Error::TooMany {
                code: "too_many_streams",
                detail: format!(
                    "your company has {MOST_WATCHERS} event streams open; poll instead"
                ),
            });
        }
        *watching = watching.saturating_add(1);
        Ok(Seat { seats: self.clone(), company })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watching) = taken.get_mut(&self.company) {
            *watching = watching.saturating_sub(1);
            if *watching == 0 {
                taken.remove(&self.company);
            }
        }
    }
}

impl FromRequest for Seats {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Error::internal(anyhow::anyhow!("no seats were mounted"));
        std::future::ready(request.app_data::<Self>().cloned().ok_or_else(missing))
    }
}

/// The events of a batch, from now until it has ended or waits to be confirmed, the server stops, or a look is refused. `View` is
/// what they tell.
pub fn progress<View, Look>(
    look: Look,
    bells: Bells,
    patience: Patience,
    seat: Seat,
) -> impl Stream<Item = Result<Bytes>>
where
    Look: AsyncFn() -> Result<Batch>,
    View: for<'a> From<&'a Batch> + Serialize,
{
    let (told, spoke) = (None, Instant::now());
    let watcher = Watcher { look, data: data::<View>, bells, patience, told, over: false, spoke };
    futures_util::stream::unfold((watcher, seat), |(mut watcher, seat)| async {
        let next = watcher.next().await?;
        Some((Ok(next), (watcher, seat)))
    })
}

struct Watcher<Look> {
    look: Look,
    /// What an event tells of a batch.
    data: fn(&Batch) -> String,
    bells: Bells,
    patience: Patience,
    /// The version that was told last.
    told: Option<i64>,
    /// The last event is out.
    over: bool,
    /// When something was last sent.
    spoke: Instant,
}

impl<Look: AsyncFn() -> Result<Batch>> Watcher<Look> {
    async fn next(&mut self) -> Option<Bytes> {
        while !self.over && !self.bells.stopping.is_cancelled() {
            // Listen first and look then: a bell between the two is heard.
            let (progressed, ended) =
                (self.bells.progressed.notified(), self.bells.ended.notified());
            match (self.look)().await {
                Ok(batch) if self.told != Some(batch.version) => {
                    (self.told, self.over) = (Some(batch.version), batch.rests());
                    self.spoke = Instant::now();
                    return Some(event(&batch, &(self.data)(&batch)));
                }
                Ok(_) | Err(Error::Overloaded) => {}
                Err(Error::Internal(cause)) => {
                    log::error!("a batch that is watched cannot be read: {cause:#}");
                    return None;
                }
                // The session or the key has ended, or it may no longer see the batch.
                Err(_) => return None,
            }
            tokio::select! {
                () = progressed => {}
                () = ended => {}
                () = self.bells.stopping.cancelled() => {}
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

fn data<View: for<'a> From<&'a Batch> + Serialize>(batch: &Batch) -> String {
    serde_json::to_string(&View::from(batch)).unwrap_or_default()
}

/// One event; the version names it.
fn event(batch: &Batch, data: &str) -> Bytes {
    let name = if batch.rests() { batch.status.as_str() } else { "progress" };
    Bytes::from(format!("id: {}\nevent: {name}\ndata: {data}\n\n", batch.version))
}
