//! What actions come to, as it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use crate::actions::model::{FinanceStatus, Side, State};
use crate::actions::totals::{Total, Totals};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;

/// What the actions of a filter come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionsSummary)]
pub struct SummaryView {
    /// Those of your programs, and those your company earns from, each for itself.
    pub sides: Vec<SideView>,
}

/// What the actions of one side come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionsSummarySide)]
pub struct SideView {
    /// What your company is to these actions: a `brand` owes the payouts, a `partner` earns them.
    #[serde(rename = "as")]
    pub side: Side,
    /// How many were counted.
    pub count: i64,
    /// Whether the list goes on uncounted: then all figures are those of its first 10,000 actions.
    pub capped: bool,
    /// Where the list goes on uncounted: its order's moment of the last action that was looked at.
    #[schema(required)]
    pub counted_to: Option<Instant>,
    /// The sums of each currency.
    pub totals: Vec<CurrencyView>,
    /// The same by state and by how far payouts are.
    pub groups: Vec<GroupView>,
}

/// What the actions of one currency come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionsSummaryTotal)]
pub struct CurrencyView {
    /// The currency.
    pub currency: Currency,
    /// How many.
    pub count: i64,
    /// The sales together.
    pub sale_amount: Money,
    /// The payouts together.
    pub payout: Money,
}

/// What the actions of one state, finance status and currency come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionsSummaryGroup)]
pub struct GroupView {
    /// Where they stand.
    pub state: State,
    /// How far their payouts are.
    pub finance_status: FinanceStatus,
    /// The currency.
    pub currency: Currency,
    /// How many.
    pub count: i64,
    /// The sales together.
    pub sale_amount: Money,
    /// The payouts together.
    pub payout: Money,
}

impl SideView {
    /// The sums of a side, and where its list goes on uncounted.
    pub fn of(side: Side, totals: &Totals, counted_to: Option<Instant>) -> Self {
        Self {
            side,
            count: totals.currencies.values().map(|total| total.count).sum(),
            capped: counted_to.is_some(),
            counted_to,
            totals: totals.currencies.iter().map(|(of, total)| currency(*of, total)).collect(),
            groups: totals
                .groups
                .iter()
                .map(|((state, finance_status, currency), total)| GroupView {
                    state: *state,
                    finance_status: *finance_status,
                    currency: *currency,
                    count: total.count,
                    sale_amount: Money::of(total.sale_minor, *currency),
                    payout: Money::of(total.payout_minor, *currency),
                })
                .collect(),
        }
    }
}

fn currency(currency: Currency, total: &Total) -> CurrencyView {
    CurrencyView {
        currency,
        count: total.count,
        sale_amount: Money::of(total.sale_minor, currency),
        payout: Money::of(total.payout_minor, currency),
    }
}
