//! Rows and words of contracts: what a partner earns, and until when that may change.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::db::schema::{contract_terms, contracts};
use crate::kernel::document::Document;
use crate::kernel::id::{CompanyId, ContractId, EventTypeId, ProgramId, TermsId};
use crate::kernel::money::Currency;
use crate::kernel::time::{Day, Instant};

crate::words! {
    /// How far a contract has come.
    pub enum Status as ContractStatus {
        Proposed = "proposed",
        Active = "active",
        Declined = "declined",
        Withdrawn = "withdrawn",
        Ended = "ended",
    }
}

crate::words! {
    /// How far one version of the terms has come.
    pub enum TermsStatus as ContractVersionStatus {
        Proposed = "proposed",
        Accepted = "accepted",
        Declined = "declined",
        Withdrawn = "withdrawn",
    }
}

crate::words! {
    /// What a fixed payout is paid for.
    pub enum FixedPer { Action = "action", Item = "item", Unit = "unit" }
}

crate::words! {
    /// The end of which span the lock rule counts from.
    pub enum After { Day = "day", Month = "month" }
}

crate::words! {
    /// What may still happen to a locked action.
    pub enum AfterLock { Forbid = "forbid", Clawback = "clawback" }
}

crate::words! {
    /// What becomes of an inquiry that the brand does not answer.
    pub enum InquiryDefault { Accept = "accept", Decline = "decline" }
}

/// What one event earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// So many percent of the amount, half-up per item.
    Percent(Decimal),
    /// A fixed amount, in minor units of the contract's currency.
    Fixed {
        /// Minor units.
        minor: i64,
        /// For each what.
        per: FixedPer,
    },
}

/// When an action locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockRule {
    /// At a local midnight, counted from the end of the event's day or month.
    After {
        /// The end of which span.
        after: After,
        /// Months to add first; the day of the month is clamped.
        months: i32,
        /// Days to add then.
        days: i32,
    },
    /// Only once approved or reversed; 730 days after tracking at the latest.
    OpenEnded,
}

/// When a locked payout becomes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearingRule {
    /// The end of which span, after the lock.
    pub after: After,
    /// Months to add first.
    pub months: i32,
    /// Days to add then.
    pub days: i32,
}

/// The rate of one event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// What is paid for.
    pub event_type_id: EventTypeId,
    /// How much.
    pub rate: Rate,
}

/// Everything two companies agreed on in one version of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// One rate for each event type that earns.
    pub payouts: Vec<Payout>,
    /// When actions lock.
    pub lock: LockRule,
    /// When a locked payout becomes due; at the lock if absent.
    pub clearing: Option<ClearingRule>,
    /// What may still happen after the lock.
    pub after_lock: AfterLock,
    /// For how many days the brand may hold an action; terms from before there was an end have the
    /// usual one.
    #[serde(default = "usual_hold_days")]
    pub hold_days: i32,
    /// For how many days after the lock the brand may claw back, where it may at all; older terms
    /// have the usual ones.
    #[serde(default = "usual_clawback_days")]
    pub clawback_days: i32,
    /// For how many days the brand may answer an inquiry; older terms have the usual ones.
    #[serde(default = "usual_inquiry_days")]
    pub inquiry_days: i32,
    /// What becomes of an inquiry that it does not answer.
    #[serde(default = "usual_inquiry_default")]
    pub inquiry_default: InquiryDefault,
}

/// How long a hold lasts if nobody ends it and the terms say nothing.
pub const USUAL_HOLD_DAYS: i32 = 60;
/// How long after the lock a brand may claw back if the terms do not say.
pub const USUAL_CLAWBACK_DAYS: i32 = 90;
/// How long a brand may answer an inquiry if the terms do not say.
pub const USUAL_INQUIRY_DAYS: i32 = 30;
/// What silence means if the terms do not say.
pub const USUAL_INQUIRY_DEFAULT: InquiryDefault = InquiryDefault::Decline;

fn usual_hold_days() -> i32 {
    USUAL_HOLD_DAYS
}

fn usual_clawback_days() -> i32 {
    USUAL_CLAWBACK_DAYS
}

fn usual_inquiry_days() -> i32 {
    USUAL_INQUIRY_DAYS
}

fn usual_inquiry_default() -> InquiryDefault {
    USUAL_INQUIRY_DEFAULT
}

impl Terms {
    /// The rate of an event type, if it earns under these terms.
    pub fn rate(&self, event_type: EventTypeId) -> Option<Rate> {
        self.payouts
            .iter()
            .find(|payout| payout.event_type_id == event_type)
            .map(|found| found.rate)
    }
}

/// What a brand pays one partner in one program.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = contracts, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// The program.
    pub program_id: ProgramId,
    /// Who pays.
    pub brand_company_id: CompanyId,
    /// Who earns.
    pub partner_company_id: CompanyId,
    /// What payouts are counted in.
    pub currency: Currency,
    /// How far it has come.
    pub status: Status,
    /// The first day, in the program's zone.
    pub starts_on: Option<Day>,
    /// The last day, in the program's zone.
    pub ends_on: Option<Day>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
    /// When the partner answered.
    pub answered_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
}

/// One version of a contract's terms.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = contract_terms, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Version {
    /// Its id; actions pin it.
    pub id: TermsId,
    /// The contract.
    pub contract_id: ContractId,
    /// Counts from 1 within the contract.
    pub number: i32,
    /// How far it has come.
    pub status: TermsStatus,
    /// What it says.
    pub terms: Document<Terms>,
    /// The first day it asks for, in the program's zone.
    pub starts_on: Option<Day>,
    /// From when it counts for events, once accepted.
    pub in_force_from: Option<Instant>,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was answered.
    pub answered_at: Option<Instant>,
}

impl Contract {
    /// The side that is not `company`.
    pub fn other_side(&self, company: CompanyId) -> CompanyId {
        if company == self.brand_company_id {
            self.partner_company_id
        } else {
            self.brand_company_id
        }
    }
}
