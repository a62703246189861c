//! When a delivery is sent again, when an endpoint is left alone, and what it may be: pure.

use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimeParser;
use url::{Host, Url};

use super::address::is_public;
use super::model::{Delivery, DisabledReason, Endpoint, Failure, Status};
use crate::kernel::time::Instant;

#[cfg(test)]
mod tests;

/// How long a failed delivery waits for its next attempt: ten attempts within 72 hours.
pub const GAPS: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_secs(20 * 3_600 + 24 * 60 + 55),
];

/// How long an endpoint may ask to be left alone, where the gap is not longer anyway.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(1);
/// How long the secret before the present one signs too.
pub const ROTATION: SignedDuration = SignedDuration::from_hours(24);
/// The most endpoints of a company.
pub const MOST_ENDPOINTS: i64 = 20;
/// The most deliveries that are asked for again at once.
pub const MOST_AT_ONCE: i64 = 10_000;

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody needs that many.
    #[error("a company has at most {MOST_ENDPOINTS} webhook endpoints")]
    TooManyEndpoints,
    /// Nothing is sent there.
    #[error("the endpoint is disabled; enable it first")]
    Disabled,
    /// More than is done at once.
    #[error("this means more than {MOST_AT_ONCE} deliveries; take a shorter range")]
    TooManyDeliveries,
}

crate::refusal_codes!(Refusal {
    TooManyEndpoints => "too_many_webhook_endpoints",
    Disabled => "webhook_endpoint_disabled",
    TooManyDeliveries => "too_many_deliveries",
});

/// What came of sending a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came {
    /// When.
    pub at: Instant,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// How long the endpoint asks to be left alone.
    pub retry_after: Option<SignedDuration>,
}

impl Came {
    /// Whether the endpoint says that it is there no more.
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// How long after its failure number `tries` a delivery is sent again; not at all after the last.
///
/// `jitter` of 0 to 1,000 makes it up to a tenth longer, so that what failed together does not come
/// back together.
pub fn gap(tries: i32, jitter: i32) -> Option<SignedDuration> {
    let place = usize::try_from(tries.checked_sub(1)?).ok()?;
    let gap = GAPS.get(place)?;
    let part = gap.checked_mul(jitter.clamp(0, 1_000))?.checked_div(10_000)?;
    gap.checked_add(part)
}

/// The delivery after it was sent.
pub fn sent(delivery: &Delivery, came: &Came, jitter: i32) -> Delivery {
    let mut after = Delivery {
        attempts: delivery.attempts.saturating_add(1),
        last_status: came.status.map(i32::from),
        ..delivery.clone()
    };
    after.version = delivery.version.saturating_add(1);
    if came.failure.is_none() {
        return ended(after, Status::Succeeded, came.at);
    }
    after.tries = delivery.tries.saturating_add(1);
    match gap(after.tries, jitter) {
        Some(gap) => {
            let asked = came.retry_after.unwrap_or(SignedDuration::ZERO).min(LONGEST_ASKED);
            Delivery { due_at: Some(came.at.plus(gap.max(asked))), ..after }
        }
        None => ended(after, Status::Failed, came.at),
    }
}

/// The delivery whose event is no longer kept.
pub fn expired(delivery: &Delivery, now: Instant) -> Delivery {
    let version = delivery.version.saturating_add(1);
    ended(Delivery { version, ..delivery.clone() }, Status::Expired, now)
}

fn ended(delivery: Delivery, status: Status, now: Instant) -> Delivery {
    Delivery { status, due_at: None, finished_at: Some(now), ..delivery }
}

/// Since when nothing has got through, after some were sent: anything that does ends it.
pub fn failing_since(before: Option<Instant>, came: &[Came]) -> Option<Instant> {
    if came.iter().any(|came| came.failure.is_none()) {
        return None;
    }
    before.or(came.iter().map(|came| came.at).min())
}

/// Until when a failing endpoint is left alone after some were sent, whatever else is due there.
pub fn quiet_until(failing_since: Option<Instant>, came: &[Came], now: Instant) -> Option<Instant> {
    let failing_for = now.since(failing_since?);
    let asked = came.iter().filter_map(|came| came.retry_after).max().unwrap_or_default();
    Some(now.plus(pause(failing_for).max(asked.min(LONGEST_ASKED))))
}

/// How long a failing endpoint is left alone between two attempts.
fn pause(failing_for: SignedDuration) -> SignedDuration {
    let tenth = failing_for.checked_div(10).unwrap_or_default();
    tenth.clamp(SignedDuration::from_secs(1), SignedDuration::from_secs(60))
}

/// Whether an endpoint is to be disabled after some were sent.
pub fn verdict(
    failing_since: Option<Instant>,
    came: &[Came],
    patience: SignedDuration,
) -> Option<DisabledReason> {
    if came.iter().any(Came::is_gone) {
        return Some(DisabledReason::Gone);
    }
    let last = came.iter().map(|came| came.at).max()?;
    let long = failing_since.is_some_and(|since| last.since(since) >= patience);
    long.then_some(DisabledReason::Failing)
}

/// `enabled → disabled`.
pub fn disable(endpoint: &Endpoint, reason: DisabledReason, now: Instant) -> Endpoint {
    Endpoint { enabled: false, disabled_reason: Some(reason), updated_at: now, ..endpoint.clone() }
}

/// Another secret; the one before it counts for a while, and those before that no more.
pub fn rotate(endpoint: &Endpoint, sealed: Vec<u8>, now: Instant) -> Endpoint {
    Endpoint {
        previous_secret: Some(endpoint.secret.clone()),
        previous_until: Some(now.plus(ROTATION)),
        secret: sealed,
        updated_at: now,
        ..endpoint.clone()
    }
}

/// The secrets that sign at a moment, sealed, the present one first.
pub fn secrets(endpoint: &Endpoint, now: Instant) -> Vec<&[u8]> {
    let counts = endpoint.previous_until.is_some_and(|until| now < until);
    let previous = endpoint.previous_secret.as_deref().filter(|_| counts);
    [endpoint.secret.as_slice()].into_iter().chain(previous).collect()
}

/// How long a `Retry-After` asks for: seconds, or a date.
pub fn retry_after(header: &str, now: Instant) -> Option<SignedDuration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    static PARSER: DateTimeParser = DateTimeParser::new();
    let until = PARSER.parse_timestamp(header).ok()?;
    Some(Instant::from(until).since(now)).filter(|wait| wait.is_positive())
}

/// Why a URL is no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not a URL that can be sent to.
    #[error("a URL that begins with https://, without user and fragment")]
    Form,
    /// Not an address of the public internet, or no address at all.
    #[error("nothing on the public internet is reached by this name")]
    Refused,
}

impl Unfit {
    /// The stable code of the fault.
    pub fn code(self) -> &'static str {
        match self {
            Self::Form => "bad_format",
            Self::Refused => "target_refused",
        }
    }
}

/// Where a target is, as others may know it: what comes behind that may hold a secret.
pub fn origin(text: &str) -> String {
    Url::parse(text).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// Reads a target. Private ones, for development, may do without TLS.
pub fn target(text: &str, private: bool) -> Result<Url, Unfit> {
    let url = Url::parse(text).map_err(|_| Unfit::Form)?;
    let encrypted = url.scheme() == "https" || (private && url.scheme() == "http");
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !encrypted || !bare {
        return Err(Unfit::Form);
    }
    let public = match url.host() {
        None => return Err(Unfit::Form),
        Some(Host::Domain(_)) => true,
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
    };
    if public || private { Ok(url) } else { Err(Unfit::Refused) }
}
