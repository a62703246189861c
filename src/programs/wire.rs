//! What the doors of programs and event types take and give.

use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{EventKind, EventType, Program, ReversalGuard};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::{Instant, Zone};
use crate::kernel::wire::MoneyView;

/// A program to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Acme shop", "currency": "EUR", "time_zone": "Europe/Berlin"
}))]
pub struct NewProgram {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it counts and pays in.
    pub currency: Currency,
    /// Where its days begin: lock dates are midnights there.
    pub time_zone: Zone,
}

/// A change of a program (JSON merge patch): what is absent stays, what is null is cleared. The
/// currency is for ever.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Acme shop, Europe" }))]
pub struct PatchProgram {
    /// Its name.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Where its days begin, for actions that come; those that are there keep their dates.
    #[schema(nullable = false)]
    pub time_zone: Option<Zone>,
    /// What one person alone may add to the payout of a locked action, in the program's currency; a
    /// make-good of more waits until a second person approves it. Null for no limit.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 40, example = "50.00")]
    pub make_good_limit: Option<Option<String>>,
    /// From what size on a batch of reversals waits until somebody of your company confirms it. Null
    /// for no guard.
    #[serde(default, with = "double_option")]
    #[schema(value_type = Option<ReversalGuardView>)]
    pub reversal_guard: Option<Option<ReversalGuardView>>,
}

/// What a batch of reversals may be about in a program before somebody has to confirm it: one with
/// more of either waits.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReversalGuard, example = json!({ "lines": 10000, "payout_percent": 20 }))]
pub struct ReversalGuardView {
    /// The most lines.
    #[schema(minimum = 1, maximum = 5000000)]
    pub lines: i32,
    /// The most of the payout of the program that is open, neither locked nor reversed, in percent.
    #[schema(minimum = 1, maximum = 100)]
    pub payout_percent: i32,
}

impl From<ReversalGuard> for ReversalGuardView {
    fn from(guard: ReversalGuard) -> Self {
        let ReversalGuard { lines, payout_percent } = guard;
        Self { lines, payout_percent }
    }
}

/// A program.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Program)]
pub struct ProgramView {
    /// Its id.
    pub id: ProgramId,
    /// The brand that runs it.
    pub brand_company_id: CompanyId,
    /// Its name.
    pub name: String,
    /// What it counts and pays in.
    pub currency: Currency,
    /// Where its days begin.
    pub time_zone: Zone,
    /// What one person alone may add to the payout of a locked action; null for no limit, and for
    /// partners.
    #[schema(required)]
    pub make_good_limit: Option<MoneyView>,
    /// From what size on a batch of reversals has to be confirmed; null for no guard, and for partners.
    #[schema(required)]
    pub reversal_guard: Option<ReversalGuardView>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// An event type to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Online sale", "code": "SALE", "kind": "sale" }))]
pub struct NewEventType {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Your own short name for it, unique within your company; batch files may use it for the id.
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    pub code: String,
    /// What it counts.
    pub kind: EventKind,
    /// Days within which an order id may not repeat; for ever if absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub dedup_days: Option<i32>,
}

/// A change of an event type (JSON merge patch): what is absent stays, what is null is cleared.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "dedup_days": 90 }))]
pub struct PatchEventType {
    /// Its name.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Days within which an order id may not repeat; null for ever.
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 3650)]
    pub dedup_days: Option<Option<i32>>,
}

/// What a program counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventType)]
pub struct EventTypeView {
    /// Its id.
    pub id: EventTypeId,
    /// The program.
    pub program_id: ProgramId,
    /// The brand that runs the program.
    pub brand_company_id: CompanyId,
    /// Its name.
    pub name: String,
    /// The brand's own short name for it.
    pub code: String,
    /// What it counts.
    pub kind: EventKind,
    /// Days within which an order id may not repeat; null for ever.
    #[schema(required)]
    pub dedup_days: Option<i32>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl NewProgram {
    /// The program as it begins: nothing has locked yet.
    pub fn made(self, brand: CompanyId, now: Instant) -> Program {
        Program {
            id: ProgramId::new(),
            company_id: brand,
            name: self.name,
            currency: self.currency,
            time_zone: self.time_zone,
            lock_horizon: now,
            version: 1,
            created_at: now,
            updated_at: now,
            make_good_limit_minor: None,
            guard_lines: None,
            guard_payout_percent: None,
        }
    }
}

impl PatchProgram {
    /// The program with the change made.
    pub fn apply(self, mut program: Program, now: Instant) -> Result<Program> {
        if let Some(limit) = self.make_good_limit {
            let read = |text: String| amount("/make_good_limit", &text, program.currency);
            program.make_good_limit_minor = limit.map(read).transpose()?;
        }
        if let Some(guard) = self.reversal_guard {
            program.guard_lines = guard.as_ref().map(|guard| guard.lines);
            program.guard_payout_percent = guard.map(|guard| guard.payout_percent);
        }
        program.name = self.name.unwrap_or(program.name);
        program.time_zone = self.time_zone.unwrap_or(program.time_zone);
        program.updated_at = now;
        Ok(program)
    }
}

/// An amount of zero or more, in minor units.
fn amount(at: &'static str, text: &str, currency: Currency) -> Result<i64> {
    let invalid = |code, message: String| Error::invalid(Fault::at(at, code, message));
    let money = Money::parse(text, currency).map_err(|bad| invalid(bad.code(), bad.to_string()))?;
    if money.minor < 0 {
        return Err(invalid("out_of_range", "an amount is zero or more".into()));
    }
    Ok(money.minor)
}

impl NewEventType {
    /// The event type as it begins.
    pub fn made(self, program: &Program, now: Instant) -> EventType {
        EventType {
            id: EventTypeId::new(),
            company_id: program.company_id,
            program_id: program.id,
            name: self.name,
            code: self.code,
            kind: self.kind,
            dedup_days: self.dedup_days,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

impl PatchEventType {
    /// The event type with the change made.
    pub fn apply(self, mut event_type: EventType, now: Instant) -> EventType {
        event_type.name = self.name.unwrap_or(event_type.name);
        event_type.dedup_days = self.dedup_days.unwrap_or(event_type.dedup_days);
        event_type.updated_at = now;
        event_type
    }
}

impl ProgramView {
    /// As `reader`'s people see it.
    pub fn to(reader: CompanyId, program: Program) -> Self {
        let own = program.company_id == reader;
        Self {
            make_good_limit: program.make_good_limit().filter(|_| own).map(Into::into),
            reversal_guard: program.reversal_guard().filter(|_| own).map(Into::into),
            id: program.id,
            brand_company_id: program.company_id,
            name: program.name,
            currency: program.currency,
            time_zone: program.time_zone,
            version: program.version,
            created_at: program.created_at,
            updated_at: program.updated_at,
        }
    }
}

impl From<EventType> for EventTypeView {
    fn from(event_type: EventType) -> Self {
        Self {
            id: event_type.id,
            program_id: event_type.program_id,
            brand_company_id: event_type.company_id,
            name: event_type.name,
            code: event_type.code,
            kind: event_type.kind,
            dedup_days: event_type.dedup_days,
            version: event_type.version,
            created_at: event_type.created_at,
            updated_at: event_type.updated_at,
        }
    }
}
