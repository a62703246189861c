//! Figures of actions: what they come to, over which days, and for whom.

use std::collections::BTreeMap;

use crate::kernel::id::{CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::Currency;
use crate::kernel::reach::Reach;
use crate::kernel::time::{Day, Zone};

crate::words! {
    /// As what a company is looked at: it brings customers, or they are brought to it.
    pub enum Side as PerformanceSide { Partner = "partner", Brand = "brand" }
}

crate::words! {
    /// How long the stretches are that a period is parted into.
    pub enum Interval {
        Day = "day",
        /// From Monday to Sunday.
        Week = "week",
        Month = "month",
        Quarter = "quarter",
    }
}

crate::words! {
    /// With which other period one is compared.
    pub enum Compare {
        None = "none",
        /// The one that ends the day before.
        PreviousPeriod = "previous_period",
        /// The same days of the year before.
        PreviousYear = "previous_year",
    }
}

crate::words! {
    /// What is followed entry by entry: the ledgers of actions, and what is corrected beside them.
    pub enum Book { Updates = "updates", Adjustments = "adjustments" }
}

/// Some days in a row, the first and the last of them included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Period {
    /// Whether a day is one of them.
    pub fn has(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }

    /// All days of both, and those between them.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// What some actions come to. Sums of amounts are wider than amounts: any number of the largest ones can
/// be added up and taken away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many there are.
    pub actions: i64,
    /// How many of them are approved.
    pub approved: i64,
    /// How many are reversed.
    pub reversed: i64,
    /// How many have locked.
    pub locked: i64,
    /// How many adjustments were made beside them.
    pub adjustments: i64,
    /// Their sales as they were tracked.
    pub tracked_minor: i128,
    /// Their sales as they stand.
    pub sale_minor: i128,
    /// Their payouts as they stand.
    pub payout_minor: i128,
    /// What has been taken off what was tracked.
    pub lost_minor: i128,
    /// By how much adjustments change the sales.
    pub adjusted_sale_minor: i128,
    /// By how much adjustments change the payouts.
    pub adjusted_payout_minor: i128,
}

impl Figures {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            actions: self.actions.saturating_add(other.actions),
            approved: self.approved.saturating_add(other.approved),
            reversed: self.reversed.saturating_add(other.reversed),
            locked: self.locked.saturating_add(other.locked),
            adjustments: self.adjustments.saturating_add(other.adjustments),
            tracked_minor: self.tracked_minor.saturating_add(other.tracked_minor),
            sale_minor: self.sale_minor.saturating_add(other.sale_minor),
            payout_minor: self.payout_minor.saturating_add(other.payout_minor),
            lost_minor: self.lost_minor.saturating_add(other.lost_minor),
            adjusted_sale_minor: self.adjusted_sale_minor.saturating_add(other.adjusted_sale_minor),
            adjusted_payout_minor: self
                .adjusted_payout_minor
                .saturating_add(other.adjusted_payout_minor),
        }
    }

    /// Whether they are those of no action at all.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// How many are neither approved nor reversed.
    pub fn pending(&self) -> i64 {
        self.actions.saturating_sub(self.approved).saturating_sub(self.reversed)
    }
}

/// What the actions of each day come to, by currency: currencies are never added to each other.
pub type Days = BTreeMap<Currency, BTreeMap<Day, Figures>>;

/// Whose actions are meant, of one side of them. The tenant comes first: no figures are of nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What the company is to the actions.
    pub side: Side,
    /// The company.
    pub company: CompanyId,
    /// Which companies are on the other side; whichever, if nothing is said.
    pub others: Option<Vec<CompanyId>>,
    /// Only those of this program.
    pub program: Option<ProgramId>,
    /// Only those of this event type.
    pub event_type: Option<EventTypeId>,
    /// How far the caller's hand reaches.
    pub reach: Reach,
    /// When they occurred.
    pub period: Period,
}

/// What is kept for itself of the actions of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The partner who is credited; all of the program's together, if nothing is said.
    pub partner_company_id: Option<CompanyId>,
    /// The brand.
    pub company_id: CompanyId,
    /// The day, in the program's zone.
    pub day: Day,
    /// The program.
    pub program_id: ProgramId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// What their amounts are counted in.
    pub currency: Currency,
}

/// A program whose figures somebody may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its id.
    pub id: ProgramId,
    /// Its brand.
    pub company_id: CompanyId,
    /// What its contracts pay in unless they say otherwise.
    pub currency: Currency,
    /// Where its days begin.
    pub time_zone: Zone,
    /// Whether the reader gets those of all partners; of its own company alone, if not.
    pub is_whole: bool,
}
