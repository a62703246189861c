//! Moments, zones and the clock. Rules never ask the clock; they are told the time.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arrayvec::ArrayString;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::column::At;
use crate::db::MultiBackend;

/// How long somebody may keep the server waiting for a body.
#[derive(Debug, Clone, Copy)]
pub struct Patience(pub Duration);

/// A moment in UTC, to the microsecond: what both engines can keep.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = At)]
pub struct Instant(i64);

/// Microseconds from the Unix epoch to PostgreSQL's, 2000-01-01.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// Years 1 to 9999: what jiff, RFC 3339 and both engines agree on.
const EARLIEST: i64 = -62_135_596_800_000_000;
const LATEST: i64 = 253_402_207_200_000_000;

/// The longest is `2026-01-31T09:30:00.123456Z`.
const ROOM: usize = 32;
static PRINTER: DateTimePrinter = DateTimePrinter::new();

impl Instant {
    /// The moment `micros` microseconds after 1970 began, held within the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(EARLIEST, LATEST))
    }

    /// Microseconds since 1970 began.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The same moment, for calendar arithmetic.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// As RFC 3339 writes it, in UTC. A page shows hundreds of moments: this takes no memory from the
    /// heap.
    fn text(self) -> ArrayString<ROOM> {
        let mut text = ArrayString::new();
        // Cannot fail: there is room for every moment.
        let _ = PRINTER.print_timestamp(&self.timestamp(), StdFmtWrite(&mut text));
        text
    }

    /// That much later; clamped at the ends of time.
    pub fn plus(self, duration: SignedDuration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// That much earlier; clamped at the ends of time.
    pub fn minus(self, duration: SignedDuration) -> Self {
        self.plus(-duration)
    }

    /// The day it is in a zone.
    pub fn day_in(self, zone: &Zone) -> Day {
        Day(self.timestamp().to_zoned(zone.rules()).date())
    }

    /// From `earlier` until this moment; negative if it is the other way round.
    pub fn since(self, earlier: Self) -> SignedDuration {
        SignedDuration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl From<Timestamp> for Instant {
    fn from(stamp: Timestamp) -> Self {
        Self::from_micros(stamp.as_microsecond())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let stamp: Timestamp = text
            .parse()
            .map_err(|_| "a moment looks like 2026-01-31T09:30:00Z (RFC 3339)".to_string())?;
        Ok(stamp.into())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-01-31T09:30:00Z"])
            .into()
    }
}

impl utoipa::ToSchema for Instant {}

impl ToSql<At, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &(self.0 - POSTGRES_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<At, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl ToSql<At, MultiBackend> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((At, self));
        Ok(IsNull::No)
    }
}

impl FromSql<At, Pg> for Instant {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(bytes.as_bytes().try_into()?);
        Ok(Self::from_micros(micros.saturating_add(POSTGRES_EPOCH)))
    }
}

impl FromSql<At, Sqlite> for Instant {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_micros(<i64 as FromSql<BigInt, Sqlite>>::from_sql(bytes)?))
    }
}

impl FromSql<At, MultiBackend> for Instant {
    fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, At>()
    }
}

/// A time zone by its IANA name, known to exist.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Zone(String);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self("UTC".to_string())
    }

    /// The IANA name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone's rules. A name that was accepted stays known: the table is compiled in.
    pub fn rules(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let zone = TimeZone::get(name).ok();
        let known = zone.as_ref().and_then(|zone| zone.iana_name());
        known
            .map(|known| Self(known.to_string()))
            .ok_or_else(|| "a time zone has an IANA name, such as Europe/Berlin".to_string())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Zone {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("time-zone".into())))
            .max_length(Some(64))
            .examples(["Europe/Berlin"])
            .into()
    }
}

impl utoipa::ToSchema for Zone {}

crate::text_column!(Zone);

/// A calendar day, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Day(jiff::civil::Date);

impl From<jiff::civil::Date> for Day {
    fn from(date: jiff::civil::Date) -> Self {
        Self(date)
    }
}

impl Day {
    /// The same day, for calendar arithmetic.
    pub fn date(self) -> jiff::civil::Date {
        self.0
    }

    /// The next day; the last one of all has none, and stays.
    #[must_use]
    pub fn after(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// The day before; the first one of all has none, and stays.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.yesterday().unwrap_or(self.0))
    }

    /// The first moment of this day in a zone.
    pub fn begins(self, zone: &Zone) -> Instant {
        start_of_day(self.0, zone)
    }

    /// The first moment after this day in a zone.
    pub fn ends(self, zone: &Zone) -> Instant {
        start_of_day(self.after().0, zone)
    }
}

/// The first instant of a day: midnight, or where a zone skips midnight, the first that exists.
pub fn start_of_day(day: jiff::civil::Date, zone: &Zone) -> Instant {
    match day.to_zoned(zone.rules()) {
        Ok(midnight) => midnight.timestamp().into(),
        Err(_) => Instant::from_micros(LATEST),
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = text.parse().map_err(|_| "a day looks like 2026-01-31".to_string())?;
        Ok(Self(day))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Day {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .examples(["2026-01-31"])
            .into()
    }
}

impl utoipa::ToSchema for Day {}

crate::text_column!(Day);

/// What time it is. The system's in life, set by hand in tests.
#[derive(Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands where it was set.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until it is moved.
    pub fn manual(at: Instant) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The present moment.
    #[allow(clippy::disallowed_methods, reason = "everybody else asks this clock")]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => Timestamp::now().into(),
            Self::Manual(micros) => Instant::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock to `at`; the system's does not move for anybody.
    pub fn set(&self, at: Instant) {
        if let Self::Manual(micros) = self {
            micros.store(at.micros(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_instant_reads_back_as_it_was_written(micros in EARLIEST..LATEST) {
            let at = Instant::from_micros(micros);
            prop_assert_eq!(at.to_string().parse::<Instant>(), Ok(at));
        }
    }

    #[test]
    fn an_offset_is_turned_into_utc() {
        let at: Instant = "2020-09-10T10:42:38-07:00".parse().unwrap();
        assert_eq!(at.to_string(), "2020-09-10T17:42:38Z");
    }

    #[test]
    fn an_unknown_zone_is_refused_and_a_known_one_keeps_its_name() {
        assert!("Europe/Nowhere".parse::<Zone>().is_err());
        assert_eq!("europe/berlin".parse::<Zone>().unwrap().as_str(), "Europe/Berlin");
    }
}
