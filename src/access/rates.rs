//! Who may send how many requests: each key and each sign-in, each company, and at the open doors each
//! address. Counted in the memory of this server.

use std::fmt::Write;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use moka::sync::Cache;
use uuid::Uuid;

use super::actor::{Actor, Power};
use super::pace::{Meter, Pace};
use super::settings::RateLimits;
use crate::error::{Error, Result};
use crate::kernel::id::ApiKeyId;
use crate::kernel::origin::Address;
use crate::kernel::time::Instant;

/// The most meters of a kind: a few megabytes.
const MOST: u64 = 100_000;
/// Nobody's bucket is short after a minute without a request.
const FULL_AGAIN: Duration = Duration::from_secs(120);
/// Wrong secrets a minute of one key from one address.
const WRONG_OF_KEY: u32 = 10;
/// Wrong secrets a minute from one address, of whatever keys.
const WRONG_FROM_ADDRESS: u32 = 60;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Meters by whose they are.
struct Meters<K: Hash + Eq + Send + Sync + 'static>(Cache<K, Arc<Meter>>);

impl<K: Hash + Eq + Send + Sync + 'static> Meters<K> {
    fn new() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_idle(FULL_AGAIN).build())
    }

    fn of(&self, whose: K) -> Arc<Meter> {
        self.0.get_with(whose, Arc::default)
    }
}

/// Whose requests a limit counts.
#[derive(Clone, Copy)]
enum Of {
    Caller,
    Company,
    Address,
}

impl Of {
    /// As headers name it.
    const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Company => "company",
            Self::Address => "address",
        }
    }
}

/// One limit.
struct Level {
    of: Of,
    pace: Pace,
}

impl Level {
    fn new(of: Of, quota: u32) -> Option<Self> {
        Pace::per_minute(quota).map(|pace| Self { of, pace })
    }
}

/// Some levels, and the header that tells of them.
struct Policy {
    levels: Vec<Level>,
    told: Option<HeaderValue>,
}

impl Policy {
    fn of(levels: impl IntoIterator<Item = Option<Level>>) -> Self {
        let levels: Vec<Level> = levels.into_iter().flatten().collect();
        let told: Vec<String> = levels
            .iter()
            .map(|Level { of, pace }| format!("\"{}\";q={};w=60", of.name(), pace.quota()))
            .collect();
        let told = HeaderValue::from_str(&told.join(", ")).ok().filter(|_| !levels.is_empty());
        Self { levels, told }
    }

    /// Draws one from every meter, or from none.
    fn draw(&self, meters: &[Arc<Meter>], now: Instant) -> Result<(), i64> {
        let both = || self.levels.iter().zip(meters);
        for (number, (level, meter)) in both().enumerate() {
            if let Err(wait) = meter.draw(level.pace, now) {
                both().take(number).for_each(|(level, meter)| meter.put_back(level.pace));
                return Err(wait);
            }
        }
        Ok(())
    }

    /// Writes how full the meters are, beside what they hold.
    fn tell(&self, meters: &[Arc<Meter>], now: Instant, headers: &mut HeaderMap) {
        let Some(told) = &self.told else { return };
        let mut left = String::with_capacity(64);
        for (Level { of, pace }, meter) in self.levels.iter().zip(meters) {
            let (name, is) = (of.name(), meter.left(*pace, now));
            let comma = if left.is_empty() { "" } else { ", " };
            // Writing to a text cannot fail.
            let _ = write!(left, "{comma}\"{name}\";r={};t={}", is.requests, is.full_in);
        }
        headers.insert(RATE_LIMIT_POLICY, told.clone());
        if let Ok(left) = HeaderValue::from_str(&left) {
            headers.insert(RATE_LIMIT, left);
        }
    }
}

/// Counts requests.
pub(super) struct Rates {
    known: Policy,
    unknown: Policy,
    callers: Meters<Uuid>,
    companies: Meters<Uuid>,
    addresses: Meters<IpAddr>,
}

/// Whoever sends a request, by the meters that count it.
#[derive(Clone)]
pub(super) enum Sender {
    /// Nobody that is counted.
    Uncounted,
    /// Somebody with a credential.
    Known(Arc<[Arc<Meter>]>),
    /// Somebody at an open door.
    Unknown(Arc<Meter>),
}

impl Rates {
    pub(super) fn new(limits: RateLimits) -> Self {
        let caller = Level::new(Of::Caller, limits.rate_limit_per_minute);
        let company = Level::new(Of::Company, limits.rate_limit_company_per_minute);
        let address = Level::new(Of::Address, limits.rate_limit_address_per_minute);
        Self {
            known: Policy::of([caller, company]),
            unknown: Policy::of([address]),
            callers: Meters::new(),
            companies: Meters::new(),
            addresses: Meters::new(),
        }
    }

    /// The meters of an actor; looked for once as long as it is remembered.
    pub(super) fn of_actor(&self, actor: &Actor) -> Sender {
        let meters = self.known.levels.iter().map(|level| match level.of {
            Of::Company => self.companies.of(actor.reach.company.uuid()),
            Of::Caller => self.callers.of(caller(actor)),
            Of::Address => Arc::default(),
        });
        Sender::Known(meters.collect())
    }

    /// The meter of an address.
    pub(super) fn of_address(&self, address: Option<Address>) -> Sender {
        match address.filter(|_| !self.unknown.levels.is_empty()) {
            Some(address) => Sender::Unknown(self.addresses.of(neighbourhood(address))),
            None => Sender::Uncounted,
        }
    }

    /// Counts a request, or says after how many seconds it may come again.
    pub(super) fn draw(&self, sender: &Sender, now: Instant) -> Result<()> {
        let drawn = match sender {
            Sender::Uncounted => Ok(()),
            Sender::Known(meters) => self.known.draw(meters, now),
            Sender::Unknown(meter) => self.unknown.draw(std::slice::from_ref(meter), now),
        };
        drawn.map_err(|seconds| Error::TooFast { seconds })
    }

    /// Writes on an answer how many more there may be.
    pub(super) fn tell(&self, sender: &Sender, now: Instant, headers: &mut HeaderMap) {
        match sender {
            Sender::Uncounted => {}
            Sender::Known(meters) => self.known.tell(meters, now, headers),
            Sender::Unknown(meter) => self.unknown.tell(std::slice::from_ref(meter), now, headers),
        }
    }
}

/// A key is one caller, whatever secret or token it shows; so is a sign-in.
fn caller(actor: &Actor) -> Uuid {
    match (&actor.power, actor.doer.api_key_id) {
        (Power::Person { session, .. }, _) => session.uuid(),
        (Power::System { .. }, key) => key.map(|key| key.uuid()).unwrap_or_default(),
    }
}

/// Whoever has one address of IPv6 has all that begin with the same 64 bits.
fn neighbourhood(address: Address) -> IpAddr {
    match IpAddr::from(address) {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        IpAddr::V4(address) => address.into(),
    }
}

/// Counts wrong secrets: whoever guesses, or has forgotten to bring a new secret everywhere, waits. It
/// concerns the address that they come from: nobody keeps a key's owner out by it.
pub struct Mistakes {
    of_key: Option<Pace>,
    from_address: Option<Pace>,
    keys: Meters<(Option<IpAddr>, Option<ApiKeyId>)>,
    addresses: Meters<Option<IpAddr>>,
}

impl Default for Mistakes {
    fn default() -> Self {
        Self {
            of_key: Pace::per_minute(WRONG_OF_KEY),
            from_address: Pace::per_minute(WRONG_FROM_ADDRESS),
            keys: Meters::new(),
            addresses: Meters::new(),
        }
    }
}

impl Mistakes {
    /// Refuses whoever has made too many.
    pub fn permit(&self, who: (Option<Address>, Option<ApiKeyId>), now: Instant) -> Result<()> {
        for (pace, meter) in self.meters(who) {
            let left = meter.left(pace, now);
            if left.requests < 1 {
                let quota = i64::from(pace.quota());
                // Until the next one comes in, which is not longer than this.
                return Err(Error::TooFast { seconds: 60_i64.div_euclid(quota).max(1) });
            }
        }
        Ok(())
    }

    /// Counts one.
    pub fn note(&self, who: (Option<Address>, Option<ApiKeyId>), now: Instant) {
        for (pace, meter) in self.meters(who) {
            // Several at once may be one too many; they wait the next time.
            let _ = meter.draw(pace, now);
        }
    }

    fn meters(
        &self,
        (address, key): (Option<Address>, Option<ApiKeyId>),
    ) -> impl Iterator<Item = (Pace, Arc<Meter>)> {
        let address = address.map(neighbourhood);
        let of_key = self.of_key.map(|pace| (pace, self.keys.of((address, key))));
        let from = self.from_address.map(|pace| (pace, self.addresses.of(address)));
        of_key.into_iter().chain(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Instant {
        Instant::from_micros(1_800_000_000_000_000)
    }

    fn address(text: &str) -> Option<Address> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_network_of_one_owner_is_one_sender_and_others_are_others() {
        let rates = Rates::new(RateLimits { rate_limit_address_per_minute: 2, ..RateLimits::OFF });
        let draw = |from: &str| rates.draw(&rates.of_address(address(from)), noon()).is_ok();
        assert!(draw("2001:db8::1") && draw("2001:db8::ffff:2"));
        assert!(!draw("2001:db8:0:0:1::"), "the same network");
        assert!(draw("2001:db8:0:1::1"), "another network");
        assert!(draw("192.0.2.1") && draw("192.0.2.2") && draw("::ffff:192.0.2.1"));
        assert!(!draw("192.0.2.1") && draw("192.0.2.2"));
        for _ in 0..5 {
            assert!(rates.draw(&rates.of_address(None), noon()).is_ok(), "nobody is told apart");
        }
    }

    #[test]
    fn what_is_off_is_neither_counted_nor_told() {
        let rates = Rates::new(RateLimits::OFF);
        let (sender, mut headers) = (rates.of_address(address("192.0.2.1")), HeaderMap::new());
        for _ in 0..5 {
            assert!(rates.draw(&sender, noon()).is_ok());
        }
        rates.tell(&sender, noon(), &mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn wrong_secrets_are_counted_by_key_and_address_and_right_ones_are_not() {
        let (mistakes, key, other) = (Mistakes::default(), ApiKeyId::new(), ApiKeyId::new());
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..WRONG_OF_KEY {
            assert!(mistakes.permit((here, Some(key)), noon()).is_ok());
            mistakes.note((here, Some(key)), noon());
        }
        assert!(mistakes.permit((here, Some(key)), noon()).is_err());
        assert!(mistakes.permit((here, Some(other)), noon()).is_ok(), "another key");
        assert!(mistakes.permit((there, Some(key)), noon()).is_ok(), "its owner, elsewhere");
        let later = noon().plus(jiff::SignedDuration::from_secs(6));
        assert!(mistakes.permit((here, Some(key)), later).is_ok(), "one more comes in");
        for _ in 0..WRONG_FROM_ADDRESS {
            mistakes.note((there, Some(ApiKeyId::new())), noon());
        }
        assert!(mistakes.permit((there, None), noon()).is_err(), "whatever key it tries");
        assert!(mistakes.permit((there, Some(key)), noon()).is_err());
    }
}
