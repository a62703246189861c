//! What the doors of contracts take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    After, AfterLock, ClearingRule, Contract, FixedPer, InquiryDefault, LockRule, Payout, Rate,
    Status, TermsStatus, Version,
};
use super::rules;
use super::store::Whole;
use super::terms::Asked;
use crate::kernel::id::{CompanyId, ContractId, EventTypeId, ProgramId, TermsId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::reach::Reach;
use crate::kernel::time::{Day, Instant};
use crate::kernel::wire::MoneyView;

/// A contract to be proposed to a partner.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "program_id": "prg_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "payouts": [{ "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "percent": "7.5" }],
    "lock": { "after": "month", "months": 0, "days": 27 }
}))]
pub struct NewContract {
    /// The program, one of yours.
    pub program_id: ProgramId,
    /// Who will earn.
    pub partner_company_id: CompanyId,
    /// What payouts are counted in: the program's currency.
    pub currency: Option<Currency>,
    /// The first day, in the program's zone; the day of acceptance if absent. It may have passed.
    pub starts_on: Option<Day>,
    /// The last day, in the program's zone.
    pub ends_on: Option<Day>,
    /// One rate for each event type that earns.
    #[schema(min_items = 1, max_items = 100)]
    pub payouts: Vec<NewPayout>,
    /// When actions lock.
    pub lock: LockTerms,
    /// When a locked payout becomes due; at the lock if absent.
    pub clearing: Option<SpanTerms>,
    /// What may still happen after the lock; `forbid` if absent.
    pub after_lock: Option<AfterLock>,
    /// For how many days after the lock you may claw back, where `after_lock` lets you; 90 if absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub clawback_days: Option<i32>,
    /// For how many days you may hold an action before its hold ends by itself; 60 if absent.
    #[schema(minimum = 1, maximum = 365)]
    pub hold_days: Option<i32>,
    /// For how many days you may answer an inquiry; 30 if absent.
    #[schema(minimum = 1, maximum = 90)]
    pub inquiry_days: Option<i32>,
    /// What becomes of an inquiry that you do not answer; `decline` if absent.
    pub inquiry_default: Option<InquiryDefault>,
}

/// Other terms for a contract that runs.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "starts_on": "2026-07-01",
    "payouts": [{ "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "percent": "8.25" }],
    "lock": { "after": "day", "months": 0, "days": 15 }
}))]
pub struct NewContractVersion {
    /// The first day, in the program's zone; the moment of acceptance if absent or earlier.
    pub starts_on: Option<Day>,
    /// One rate for each event type that earns.
    #[schema(min_items = 1, max_items = 100)]
    pub payouts: Vec<NewPayout>,
    /// When actions lock.
    pub lock: LockTerms,
    /// When a locked payout becomes due; at the lock if absent.
    pub clearing: Option<SpanTerms>,
    /// What may still happen after the lock; `forbid` if absent.
    pub after_lock: Option<AfterLock>,
    /// For how many days after the lock you may claw back, where `after_lock` lets you; 90 if absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub clawback_days: Option<i32>,
    /// For how many days you may hold an action before its hold ends by itself; 60 if absent.
    #[schema(minimum = 1, maximum = 365)]
    pub hold_days: Option<i32>,
    /// For how many days you may answer an inquiry; 30 if absent.
    #[schema(minimum = 1, maximum = 90)]
    pub inquiry_days: Option<i32>,
    /// What becomes of an inquiry that you do not answer; `decline` if absent.
    pub inquiry_default: Option<InquiryDefault>,
}

/// What one event type earns: a percentage of the amount, or a fixed amount.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "percent": "7.5" }))]
pub struct NewPayout {
    /// The event type, of the program.
    pub event_type_id: EventTypeId,
    /// Percent of the amount of each item: a decimal number from 0 to 100 with at most 4 decimals.
    #[schema(max_length = 20, example = "7.5")]
    pub percent: Option<String>,
    /// A fixed amount in the contract's currency, with at most the currency's decimals.
    #[schema(max_length = 30, example = "5.00")]
    pub fixed: Option<String>,
    /// For each what the fixed amount is paid; for the action if absent.
    pub fixed_per: Option<FixedPer>,
}

/// When actions lock: `{after, months, days}` or `{open_ended: true}`.
///
/// A dated rule is the local midnight after the day or month of the event ends, so many months and
/// then so many days later. The open-ended one is the midnight after an action was approved or
/// reversed, and 730 days after tracking at the latest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "after": "month", "months": 0, "days": 27 }))]
pub struct LockTerms {
    /// The end of which span it counts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub after: Option<After>,
    /// Months to add first; 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 24, nullable = false)]
    pub months: Option<i32>,
    /// Days to add then; 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 366, nullable = false)]
    pub days: Option<i32>,
    /// No date until the action is approved or reversed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub open_ended: Option<bool>,
}

/// The local midnight after a day or month ends, so many months and then so many days later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "after": "day", "months": 0, "days": 30 }))]
pub struct SpanTerms {
    /// The end of which span it counts from.
    pub after: After,
    /// Months to add first.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 24)]
    pub months: i32,
    /// Days to add then.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 366)]
    pub days: i32,
}

/// A command without arguments.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ContractCommand {}

/// Which contracts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContractFilter {
    /// Only those of this program.
    #[param(nullable = false)]
    pub program_id: Option<ProgramId>,
    /// Only those of this partner.
    #[param(nullable = false)]
    pub partner_company_id: Option<CompanyId>,
    /// Only those in one of these states, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub status: Option<Vec<Status>>,
    /// The most entries of the page; 50 if absent.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; the first page if absent.
    #[param(max_length = 500, nullable = false)]
    pub cursor: Option<String>,
}

/// What a brand pays one partner in one program.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contract)]
pub struct ContractView {
    /// Its id.
    pub id: ContractId,
    /// How far it has come.
    pub status: Status,
    /// The program.
    pub program_id: ProgramId,
    /// Who pays.
    pub brand_company_id: CompanyId,
    /// Who earns.
    pub partner_company_id: CompanyId,
    /// What payouts are counted in.
    pub currency: Currency,
    /// The first day, in the program's zone.
    #[schema(required)]
    pub starts_on: Option<Day>,
    /// The last day, in the program's zone.
    #[schema(required)]
    pub ends_on: Option<Day>,
    /// The terms in force now; null if nothing earns now.
    #[schema(required)]
    pub terms: Option<ContractVersionView>,
    /// Every version of the terms, by number.
    pub versions: Vec<ContractVersionView>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was answered or withdrawn.
    #[schema(required)]
    pub answered_at: Option<Instant>,
    /// When it ended.
    #[schema(required)]
    pub ended_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
}

/// One version of a contract's terms.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ContractVersion)]
pub struct ContractVersionView {
    /// Its id.
    pub id: TermsId,
    /// Counts from 1 within the contract.
    pub number: i32,
    /// How far it has come.
    pub status: TermsStatus,
    /// The first day it asks for, in the program's zone.
    #[schema(required)]
    pub starts_on: Option<Day>,
    /// From when it counts for events; null until accepted.
    #[schema(required)]
    pub in_force_from: Option<Instant>,
    /// One rate for each event type that earns; a limited API key sees those of its event types.
    pub payouts: Vec<PayoutTermsView>,
    /// When actions lock.
    pub lock: LockTerms,
    /// When a locked payout becomes due; at the lock if null.
    #[schema(required)]
    pub clearing: Option<SpanTerms>,
    /// What may still happen after the lock.
    pub after_lock: AfterLock,
    /// For how many days after the lock the brand may claw back, where `after_lock` lets it.
    pub clawback_days: i32,
    /// For how many days the brand may hold an action before its hold ends by itself.
    pub hold_days: i32,
    /// For how many days the brand may answer an inquiry.
    pub inquiry_days: i32,
    /// What becomes of an inquiry that the brand does not answer.
    pub inquiry_default: InquiryDefault,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was answered or withdrawn.
    #[schema(required)]
    pub answered_at: Option<Instant>,
}

/// What one event type earns: `percent` or `fixed`, the other is null.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PayoutTerms)]
pub struct PayoutTermsView {
    /// The event type.
    pub event_type_id: EventTypeId,
    /// Percent of the amount of each item.
    #[schema(required, example = "7.5")]
    pub percent: Option<String>,
    /// A fixed amount.
    #[schema(required)]
    pub fixed: Option<MoneyView>,
    /// For each what the fixed amount is paid.
    #[schema(required)]
    pub fixed_per: Option<FixedPer>,
}

impl NewContract {
    /// The terms it asks for.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            payouts: &self.payouts,
            lock: &self.lock,
            clearing: self.clearing.as_ref(),
            after_lock: self.after_lock,
            hold_days: self.hold_days,
            clawback_days: self.clawback_days,
            inquiry_days: self.inquiry_days,
            inquiry_default: self.inquiry_default,
        }
    }
}

impl NewContractVersion {
    /// The terms it asks for.
    pub fn asked(&self) -> Asked<'_> {
        Asked {
            payouts: &self.payouts,
            lock: &self.lock,
            clearing: self.clearing.as_ref(),
            after_lock: self.after_lock,
            hold_days: self.hold_days,
            clawback_days: self.clawback_days,
            inquiry_days: self.inquiry_days,
            inquiry_default: self.inquiry_default,
        }
    }
}

impl ContractView {
    /// As somebody with this reach sees it at `now`.
    pub fn to(reach: &Reach, whole: Whole, now: Instant) -> Self {
        let Whole { contract, zone, versions } = whole;
        let shown = |version: &Version| ContractVersionView::to(reach, &contract, version);
        let terms = rules::in_force(&versions, &contract, &zone, now).map(shown);
        Self {
            terms,
            versions: versions.iter().map(shown).collect(),
            id: contract.id,
            status: contract.status,
            program_id: contract.program_id,
            brand_company_id: contract.brand_company_id,
            partner_company_id: contract.partner_company_id,
            currency: contract.currency,
            starts_on: contract.starts_on,
            ends_on: contract.ends_on,
            version: contract.version,
            created_at: contract.created_at,
            answered_at: contract.answered_at,
            ended_at: contract.ended_at,
            updated_at: contract.updated_at,
        }
    }
}

impl ContractVersionView {
    fn to(reach: &Reach, contract: &Contract, version: &Version) -> Self {
        let terms = &version.terms.0;
        let within = |payout: &&Payout| reach.event_types.admits(payout.event_type_id);
        let payouts = terms.payouts.iter().filter(within);
        Self {
            id: version.id,
            number: version.number,
            status: version.status,
            starts_on: version.starts_on,
            in_force_from: version.in_force_from,
            payouts: payouts.map(|payout| payout_view(payout, contract.currency)).collect(),
            lock: terms.lock.into(),
            clearing: terms.clearing.map(Into::into),
            after_lock: terms.after_lock,
            clawback_days: terms.clawback_days,
            hold_days: terms.hold_days,
            inquiry_days: terms.inquiry_days,
            inquiry_default: terms.inquiry_default,
            created_at: version.created_at,
            answered_at: version.answered_at,
        }
    }
}

fn payout_view(payout: &Payout, currency: Currency) -> PayoutTermsView {
    let (percent, fixed, fixed_per) = match payout.rate {
        Rate::Percent(percent) => (Some(percent.normalize().to_string()), None, None),
        Rate::Fixed { minor, per } => (None, Some(Money::of(minor, currency).into()), Some(per)),
    };
    PayoutTermsView { event_type_id: payout.event_type_id, percent, fixed, fixed_per }
}

impl From<LockRule> for LockTerms {
    fn from(rule: LockRule) -> Self {
        match rule {
            LockRule::After { after, months, days } => Self {
                after: Some(after),
                months: Some(months),
                days: Some(days),
                open_ended: None,
            },
            LockRule::OpenEnded => Self { open_ended: Some(true), ..Self::default() },
        }
    }
}

impl From<ClearingRule> for SpanTerms {
    fn from(rule: ClearingRule) -> Self {
        Self { after: rule.after, months: rule.months, days: rule.days }
    }
}
