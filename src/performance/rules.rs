//! Periods, what they are parted into, and what shares of things are. Pure.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy};

use super::model::{Compare, Figures, Interval, Period};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Day;

/// The most days that are told one by one.
pub const LONGEST_BY_DAY: i32 = 400;
/// The most days of a period: five years.
pub const LONGEST: i32 = 1_830;
/// How many days it is if nothing is said.
pub const USUAL: i32 = 30;

/// Why a period cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    /// It ends before it begins.
    #[error("the last day is before the first one")]
    Backwards,
    /// It is too long.
    #[error("a period has at most {0} days at this interval")]
    TooLong(i32),
}

impl Period {
    /// The days that end with one.
    pub fn last(days: i32, to: Day) -> Self {
        let back = Span::new().days(1_i32.saturating_sub(days));
        Self { from: to.date().saturating_add(back).into(), to }
    }

    /// How many days it has.
    pub fn days(self) -> i32 {
        let span = self.to.date() - self.from.date();
        span.get_days().saturating_add(1)
    }

    /// Whether it can be told at an interval.
    pub fn check(self, interval: Interval) -> Result<(), BadPeriod> {
        let longest = match interval {
            Interval::Day => LONGEST_BY_DAY,
            Interval::Week | Interval::Month | Interval::Quarter => LONGEST,
        };
        match self.days() {
            days if days < 1 => Err(BadPeriod::Backwards),
            days if days > longest => Err(BadPeriod::TooLong(longest)),
            _ => Ok(()),
        }
    }

    /// Its stretches, in order. The first and the last one are cut where the period begins and ends.
    pub fn stretches(self, interval: Interval) -> Vec<Self> {
        let mut stretches = Vec::new();
        let mut from = self.from.date();
        while from <= self.to.date() {
            let to = last_of(from, interval).min(self.to.date());
            stretches.push(Self { from: from.into(), to: to.into() });
            match to.tomorrow() {
                Ok(next) => from = next,
                Err(_) => break,
            }
        }
        stretches
    }

    /// Whether it consists of whole stretches.
    fn is_whole(self, interval: Interval) -> bool {
        let (from, to) = (self.from.date(), self.to.date());
        first_of(from, interval) == from && last_of(to, interval) == to
    }

    /// The period that it is compared with.
    ///
    /// Of whole months or quarters it is as many of them; of other periods as many days. A year before,
    /// weeks are compared with those of 52 weeks before, so that Mondays meet Mondays.
    pub fn compared(self, interval: Interval, compare: Compare) -> Option<Self> {
        let months = match interval {
            Interval::Day | Interval::Week => None,
            Interval::Month => Some(1),
            Interval::Quarter => Some(3),
        };
        let months = months.filter(|_| self.is_whole(interval));
        match (compare, months) {
            (Compare::None, _) => None,
            (Compare::PreviousPeriod, Some(each)) => {
                let many = i32::try_from(self.stretches(interval).len()).ok()?;
                let to = self.from.date().yesterday().ok()?;
                let from = moved(self.from, Span::new().months(-many.saturating_mul(each)))?;
                Some(Self { from, to: to.into() })
            }
            (Compare::PreviousPeriod, None) => self.earlier_by(Span::new().days(-self.days())),
            (Compare::PreviousYear, Some(_)) => {
                let from = moved(self.from, -1.year())?;
                let to = moved(self.to, -1.year())?.date().last_of_month();
                Some(Self { from, to: to.into() })
            }
            (Compare::PreviousYear, None) if interval == Interval::Week => {
                self.earlier_by(-52.weeks())
            }
            (Compare::PreviousYear, None) => self.earlier_by(-1.year()),
        }
    }

    fn earlier_by(self, span: Span) -> Option<Self> {
        Some(Self { from: moved(self.from, span)?, to: moved(self.to, span)? })
    }
}

fn moved(day: Day, span: Span) -> Option<Day> {
    day.date().checked_add(span).ok().map(Day::from)
}

/// The first day of the stretch that a day is in.
fn first_of(date: Date, interval: Interval) -> Date {
    match interval {
        Interval::Day => date,
        Interval::Week => {
            date.saturating_sub(i64::from(date.weekday().since(Weekday::Monday)).days())
        }
        Interval::Month => date.first_of_month(),
        Interval::Quarter => {
            let within = i64::from(date.month().saturating_sub(1)) % 3;
            date.first_of_month().saturating_sub(within.months())
        }
    }
}

/// The last day of the stretch that a day is in.
fn last_of(date: Date, interval: Interval) -> Date {
    let first = first_of(date, interval);
    match interval {
        Interval::Day => date,
        Interval::Week => first.saturating_add(6.days()),
        Interval::Month => first.last_of_month(),
        Interval::Quarter => first.saturating_add(2.months()).last_of_month(),
    }
}

/// Which share of actions is reversed, from 0 to 1 with four decimals, half-up; none of no actions.
pub fn reversal_rate(figures: &Figures) -> Option<Decimal> {
    let share = Decimal::from(figures.reversed).checked_div(Decimal::from(figures.actions))?;
    let mut share = share.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
    share.rescale(4);
    Some(share)
}

/// What the actions that count are worth each, half-up at the minor unit; nothing if none counts.
pub fn average_order(figures: &Figures, currency: Currency) -> Option<Money> {
    let many = i128::from(figures.actions.saturating_sub(figures.reversed));
    if many <= 0 {
        return None;
    }
    let twice = figures.sale_minor.checked_mul(2)?.checked_add(many)?;
    let minor = twice.div_euclid(many.checked_mul(2)?);
    i64::try_from(minor).ok().map(|minor| Money::of(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period(from: &str, to: &str) -> Period {
        Period { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    fn told(periods: &[Period]) -> Vec<String> {
        periods.iter().map(|one| format!("{}/{}", one.from, one.to)).collect()
    }

    #[test]
    fn stretches_begin_where_the_calendar_says_and_are_cut_at_the_ends() {
        let stretches = |from, to, interval| told(&period(from, to).stretches(interval));
        assert_eq!(
            stretches("2026-01-30", "2026-02-01", Interval::Day),
            ["2026-01-30/2026-01-30", "2026-01-31/2026-01-31", "2026-02-01/2026-02-01"]
        );
        // The first of January 2027 is a Friday: its week began in December.
        assert_eq!(
            stretches("2026-12-27", "2027-01-05", Interval::Week),
            ["2026-12-27/2026-12-27", "2026-12-28/2027-01-03", "2027-01-04/2027-01-05"]
        );
        assert_eq!(
            stretches("2024-02-10", "2024-03-31", Interval::Month),
            ["2024-02-10/2024-02-29", "2024-03-01/2024-03-31"]
        );
        assert_eq!(
            stretches("2026-02-01", "2026-07-01", Interval::Quarter),
            ["2026-02-01/2026-03-31", "2026-04-01/2026-06-30", "2026-07-01/2026-07-01"]
        );
    }

    #[test]
    fn whole_months_are_compared_with_whole_months() {
        let compared = |from, to, interval, compare| {
            period(from, to).compared(interval, compare).map(|other| told(&[other]).remove(0))
        };
        use {Compare::*, Interval::*};
        for (from, to, interval, compare, expected) in [
            ("2026-03-01", "2026-03-31", Month, PreviousPeriod, "2026-02-01/2026-02-28"),
            ("2026-03-01", "2026-05-31", Month, PreviousPeriod, "2025-12-01/2026-02-28"),
            ("2026-01-01", "2026-06-30", Quarter, PreviousPeriod, "2025-07-01/2025-12-31"),
            ("2026-03-02", "2026-03-31", Month, PreviousPeriod, "2026-01-31/2026-03-01"),
            ("2026-03-01", "2026-03-31", Day, PreviousPeriod, "2026-01-29/2026-02-28"),
            ("2026-03-09", "2026-03-15", Week, PreviousPeriod, "2026-03-02/2026-03-08"),
            ("2025-02-01", "2025-02-28", Month, PreviousYear, "2024-02-01/2024-02-29"),
            ("2024-02-01", "2024-02-29", Day, PreviousYear, "2023-02-01/2023-02-28"),
            ("2026-03-09", "2026-03-15", Week, PreviousYear, "2025-03-10/2025-03-16"),
        ] {
            let told = compared(from, to, interval, compare);
            assert_eq!(told.as_deref(), Some(expected), "{from} {to} {interval} {compare}");
        }
        assert_eq!(compared("2026-03-01", "2026-03-31", Month, Compare::None), Option::None);
    }

    #[test]
    fn a_period_has_an_end_behind_its_beginning_and_not_too_far() {
        let check = |from, to, interval| period(from, to).check(interval);
        assert_eq!(check("2026-03-01", "2026-03-01", Interval::Day), Ok(()));
        assert_eq!(check("2026-03-02", "2026-03-01", Interval::Day), Err(BadPeriod::Backwards));
        let long = ("2026-01-01", "2027-02-04");
        assert_eq!(check(long.0, long.1, Interval::Day), Ok(()));
        let longer = check("2026-01-01", "2027-02-05", Interval::Day);
        assert_eq!(longer, Err(BadPeriod::TooLong(LONGEST_BY_DAY)));
        assert_eq!(check("2022-01-01", "2026-12-31", Interval::Month), Ok(()));
        let longer = check("2020-01-01", "2026-12-31", Interval::Month);
        assert_eq!(longer, Err(BadPeriod::TooLong(LONGEST)));
        let last = Period::last(30, "2026-03-10".parse().unwrap());
        assert_eq!((told(&[last]), last.days()), (vec!["2026-02-09/2026-03-10".into()], 30));
    }

    proptest! {
        #[test]
        fn stretches_are_all_of_the_period_and_nothing_twice(
            begins in 0..20_000_i32, days in 1..900_i32, interval in 0..4_usize,
        ) {
            let interval = Interval::ALL[interval];
            let from = jiff::civil::date(1990, 1, 1) + begins.days();
            let whole = Period { from: from.into(), to: (from + (days - 1).days()).into() };
            let stretches = whole.stretches(interval);
            prop_assert_eq!(stretches.iter().map(|one| one.days()).sum::<i32>(), days);
            prop_assert_eq!(stretches[0].from, whole.from);
            for pair in stretches.windows(2) {
                prop_assert_eq!(pair[0].to.date().tomorrow().unwrap(), pair[1].from.date());
                prop_assert_eq!(first_of(pair[1].from.date(), interval), pair[1].from.date());
            }
            for compare in [Compare::PreviousPeriod, Compare::PreviousYear] {
                let other = whole.compared(interval, compare).unwrap();
                prop_assert!(other.days() >= 1 && other.from < whole.from);
                if compare == Compare::PreviousPeriod {
                    prop_assert_eq!(other.to.date().tomorrow().unwrap(), whole.from.date());
                }
            }
        }

        #[test]
        fn an_average_is_half_a_unit_from_the_truth_at_most(sale in 0..1_000_000_i64, many in 1..500_i64) {
            let figures = Figures { actions: many + 3, reversed: 3, sale_minor: sale.into(), ..Figures::default() };
            let average = average_order(&figures, "EUR".parse().unwrap()).unwrap().minor;
            prop_assert!((2 * (average * many - sale)).abs() <= many);
        }
    }

    #[test]
    fn shares_are_rounded_half_up_and_there_is_none_of_nothing() {
        let rate = |reversed, actions| {
            let figures = Figures { reversed, actions, ..Figures::default() };
            reversal_rate(&figures).map(|share| share.to_string())
        };
        assert_eq!(rate(0, 0), None);
        assert_eq!(rate(0, 3).as_deref(), Some("0.0000"));
        assert_eq!(rate(1, 3).as_deref(), Some("0.3333"));
        assert_eq!(rate(2, 3).as_deref(), Some("0.6667"));
        assert_eq!(rate(1, 20_000).as_deref(), Some("0.0001"));
        assert_eq!(rate(5, 5).as_deref(), Some("1.0000"));
        let euro: Currency = "EUR".parse().unwrap();
        let of = |actions, reversed, sale_minor| {
            let figures = Figures { actions, reversed, sale_minor, ..Figures::default() };
            average_order(&figures, euro).map(|money| money.amount())
        };
        assert_eq!(of(2, 0, 101).as_deref(), Some("0.51"));
        assert_eq!(of(3, 0, 100).as_deref(), Some("0.33"));
        assert_eq!(of(3, 3, 0), None);
    }
}
