//! What actions come to together: sums by state, payout and currency. Pure.

use std::collections::BTreeMap;

use super::model::{FinanceStatus, State};
use super::rules::payout_status;
use super::store::Figures;
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;

/// How many, and what they are worth together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub count: i64,
    /// The sales together.
    pub sale_minor: i64,
    /// The payouts together.
    pub payout_minor: i64,
}

/// What is summed up for itself.
pub type Group = (State, FinanceStatus, Currency);

/// Sums, none of them of two currencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// By state, payout and currency.
    pub groups: BTreeMap<Group, Total>,
    /// By currency.
    pub currencies: BTreeMap<Currency, Total>,
}

/// Adds figures up, as they stand now; nothing if a sum is beyond 64 bits.
pub fn totals(figures: &[Figures], now: Instant) -> Option<Totals> {
    let mut totals = Totals::default();
    for row in figures {
        let status = payout_status(row.held, row.cleared_at, now);
        totals.groups.entry((row.state, status, row.currency)).or_default().add(row)?;
        totals.currencies.entry(row.currency).or_default().add(row)?;
    }
    Some(totals)
}

impl Total {
    fn add(&mut self, row: &Figures) -> Option<()> {
        self.count = self.count.checked_add(1)?;
        self.sale_minor = self.sale_minor.checked_add(row.sale_minor)?;
        self.payout_minor = self.payout_minor.checked_add(row.payout_minor)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::ActionId;

    fn row(state: State, currency: &str, sale_minor: i64) -> Figures {
        let (occurred_at, locks_at) = (Instant::from_micros(0), Instant::from_micros(0));
        Figures {
            id: ActionId::new(),
            occurred_at,
            locks_at,
            state,
            held: false,
            cleared_at: None,
            currency: currency.parse().unwrap(),
            sale_minor,
            payout_minor: sale_minor / 10,
        }
    }

    #[test]
    fn currencies_are_never_added_to_each_other() {
        let now = Instant::from_micros(0);
        let rows = [
            row(State::Pending, "EUR", 1_000),
            row(State::Pending, "EUR", 500),
            row(State::Approved, "EUR", 70),
            row(State::Pending, "JPY", 9),
        ];
        let totals = totals(&rows, now).unwrap();
        let euro: Currency = "EUR".parse().unwrap();
        let euros = Total { count: 3, sale_minor: 1_570, payout_minor: 157 };
        assert_eq!(totals.currencies[&euro], euros);
        let pending = (State::Pending, FinanceStatus::Pending, euro);
        let two = Total { count: 2, sale_minor: 1_500, payout_minor: 150 };
        assert_eq!(totals.groups[&pending], two);
        assert_eq!(totals.groups.len(), 3);
    }

    #[test]
    fn what_is_held_or_due_is_told_apart() {
        let now = Instant::from_micros(5);
        let held = Figures { held: true, ..row(State::Pending, "EUR", 1) };
        let due = |at| Figures {
            cleared_at: Some(Instant::from_micros(at)),
            ..row(State::Approved, "EUR", 1)
        };
        let totals = totals(&[held, due(5), due(6)], now).unwrap();
        let statuses: Vec<_> = totals.groups.keys().map(|(_, status, _)| *status).collect();
        assert_eq!(statuses, [FinanceStatus::Held, FinanceStatus::Pending, FinanceStatus::Due]);
    }

    #[test]
    fn a_sum_beyond_all_bounds_is_none() {
        let rows = [row(State::Pending, "EUR", i64::MAX), row(State::Approved, "EUR", i64::MAX)];
        assert_eq!(totals(&rows, Instant::from_micros(0)), None);
        assert!(totals(&rows[..1], Instant::from_micros(0)).is_some());
    }
}
