//! Figures as they are asked for and shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Compare, Days, Figures, Interval, Period, Side};
use super::rules::{self, BadPeriod, USUAL};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::{Day, Instant, Zone};

/// Over which days.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeriodFilter {
    /// The first day, which counts; 29 days before the last one if absent.
    #[param(nullable = false)]
    pub from: Option<Day>,
    /// The last day, which counts too; today, in UTC, if absent. With `day` a period has at most 400 days,
    /// else at most 1,830.
    #[param(nullable = false)]
    pub to: Option<Day>,
    /// Into which stretches the period is parted: `day` if absent. Weeks begin on Monday. The first and
    /// the last stretch are cut where the period begins and ends.
    #[param(nullable = false, inline)]
    pub interval: Option<Interval>,
    /// With what it is compared: with nothing if absent. `previous_period` ends the day before: as many
    /// whole months or quarters where the period consists of them and `interval` says so, else as many
    /// days. `previous_year` has the same dates a year before; by week, the weeks of 52 weeks before.
    #[param(nullable = false, inline)]
    pub compare: Option<Compare>,
}

/// Which actions of a company.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompanyFilter {
    /// As what the company is looked at: as a `partner`, which brings customers, if absent; or as a
    /// `brand`, by its own programs.
    #[serde(rename = "as")]
    #[param(nullable = false, inline)]
    pub side: Option<Side>,
    /// Only actions of this program.
    #[param(nullable = false)]
    pub program_id: Option<ProgramId>,
    /// Only actions of this event type.
    #[param(nullable = false)]
    pub event_type_id: Option<EventTypeId>,
}

/// Which actions of a program.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProgramFilter {
    /// Only actions that are credited to this partner.
    #[param(nullable = false)]
    pub partner_company_id: Option<CompanyId>,
    /// Only actions of this event type.
    #[param(nullable = false)]
    pub event_type_id: Option<EventTypeId>,
}

/// A period as it was asked for, and the one that it is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The period.
    pub period: Period,
    /// Its stretches.
    pub interval: Interval,
    /// What it is compared with.
    pub compared: Option<Period>,
}

impl Span {
    /// All days that are asked for.
    pub fn whole(&self) -> Period {
        self.compared.map_or(self.period, |other| self.period.with(other))
    }
}

impl PeriodFilter {
    /// What it asks for.
    pub fn read(&self, now: Instant) -> Result<Span> {
        let to = self.to.unwrap_or_else(|| now.day_in(&Zone::utc()));
        let from = self.from.unwrap_or(Period::last(USUAL, to).from);
        let (period, interval) = (Period { from, to }, self.interval.unwrap_or(Interval::Day));
        let faulty = |bad: BadPeriod| {
            let place = if self.to.is_some() { "to" } else { "from" };
            Error::invalid(Fault::in_parameter(place, "out_of_range", bad.to_string()))
        };
        period.check(interval).map_err(faulty)?;
        let compared = period.compared(interval, self.compare.unwrap_or(Compare::None));
        Ok(Span { period, interval, compared })
    }
}

/// What some actions come to. Each counts to the day on which it occurred, whatever became of it later.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PerformanceFigures)]
pub struct FiguresView {
    /// How many actions there are, reversed ones too.
    #[schema(minimum = 0)]
    pub actions: i64,
    /// How many are pending.
    #[schema(minimum = 0)]
    pub pending: i64,
    /// How many are approved.
    #[schema(minimum = 0)]
    pub approved: i64,
    /// How many are reversed.
    #[schema(minimum = 0)]
    pub reversed_count: i64,
    /// How many have locked.
    #[schema(minimum = 0)]
    pub locked: i64,
    /// The sales as they were tracked.
    pub tracked_amount: Money,
    /// The sales as they stand: a reversed action counts as nothing.
    pub sale_amount: Money,
    /// What was taken off what was tracked: all of reversed actions, and of others what was returned.
    pub reversed_amount: Money,
    /// The payouts as they stand.
    pub payout: Money,
    /// Which share of the actions is reversed, from 0 to 1 with four decimals, rounded half-up; null of
    /// no actions.
    #[schema(required, pattern = r"^[01]\.[0-9]{4}$", example = "0.0417")]
    pub reversal_rate: Option<String>,
    /// What an action that is not reversed is worth on average, rounded half-up; null if there is none.
    #[schema(required)]
    pub average_order: Option<Money>,
    /// How many adjustments were made beside locked actions.
    #[schema(minimum = 0)]
    pub adjustments: i64,
    /// By how much they change the sales; below zero for clawbacks. `sale_amount` is without it.
    pub adjusted_amount: Money,
    /// By how much they change the payouts, likewise. `payout` is without it.
    pub adjusted_payout: Money,
}

/// What some days come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PerformanceStretch)]
pub struct StretchView {
    /// The first day, in the program's zone.
    pub from: Day,
    /// The last day, which counts too.
    pub to: Day,
    /// What they come to.
    #[serde(flatten)]
    pub figures: FiguresView,
}

/// By how much figures are above those they are compared with; below zero, below.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PerformanceDifference)]
pub struct DifferenceView {
    /// Of the number of actions.
    pub actions: i64,
    /// Of the number of reversed ones.
    pub reversed_count: i64,
    /// Of the sales as they stand.
    pub sale_amount: Money,
    /// Of what was taken off them.
    pub reversed_amount: Money,
    /// Of the payouts.
    pub payout: Money,
}

/// A stretch of the period that is compared with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PerformanceComparedStretch)]
pub struct ComparedStretchView {
    /// What it comes to.
    #[serde(flatten)]
    pub stretch: StretchView,
    /// By how much the stretch at the same place of `series` is above it; null if there is none.
    #[schema(required)]
    pub difference: Option<DifferenceView>,
}

/// What the period that is compared with comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PerformanceComparison)]
pub struct ComparisonView {
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// What it comes to: the sum of its `series`.
    pub totals: FiguresView,
    /// By how much the period that was asked for is above it.
    pub difference: DifferenceView,
    /// Its stretches. The first one is compared with the first one of the period, and so on.
    pub series: Vec<ComparedStretchView>,
}

/// What the actions of one currency come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PerformanceCurrency)]
pub struct CurrencyView {
    /// The currency.
    pub currency: Currency,
    /// What the period comes to: the sum of `series`.
    pub totals: FiguresView,
    /// Every stretch of the period, in order, those without actions too.
    pub series: Vec<StretchView>,
    /// The period it is compared with, if one was asked for.
    #[schema(required)]
    pub comparison: Option<ComparisonView>,
}

/// What actions come to over a period.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Performance)]
pub struct PerformanceView {
    /// The first day.
    pub from: Day,
    /// The last day, which counts too.
    pub to: Day,
    /// Into which stretches it is parted.
    pub interval: Interval,
    /// The figures of each currency that there are actions in; of one without any, if there are none.
    pub currencies: Vec<CurrencyView>,
}

/// What a company brought to your programs within 30 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RecentPerformance)]
pub struct RecentView {
    /// The currency.
    pub currency: Currency,
    /// How many actions there are, reversed ones too.
    #[schema(minimum = 0)]
    pub actions: i64,
    /// The sales as they stand.
    pub sale_amount: Money,
    /// The payouts as they stand.
    pub payout: Money,
    /// Which share of the actions is reversed, from 0 to 1 with four decimals; null of no actions.
    #[schema(required, pattern = r"^[01]\.[0-9]{4}$", example = "0.0417")]
    pub reversal_rate: Option<String>,
}

impl RecentView {
    /// The figures of each currency; nothing if an amount is too large to be told.
    pub fn all(found: BTreeMap<Currency, Figures>) -> Option<Vec<Self>> {
        let one = |(currency, figures): (Currency, Figures)| {
            Some(Self {
                currency,
                actions: figures.actions,
                sale_amount: money(figures.sale_minor, currency)?,
                payout: money(figures.payout_minor, currency)?,
                reversal_rate: rules::reversal_rate(&figures).map(|share| share.to_string()),
            })
        };
        found.into_iter().map(one).collect()
    }
}

fn money(minor: i128, currency: Currency) -> Option<Money> {
    i64::try_from(minor).ok().map(|minor| Money::of(minor, currency))
}

impl FiguresView {
    fn of(figures: &Figures, currency: Currency) -> Option<Self> {
        let money = |minor| money(minor, currency);
        Some(Self {
            actions: figures.actions,
            pending: figures.pending(),
            approved: figures.approved,
            reversed_count: figures.reversed,
            locked: figures.locked,
            tracked_amount: money(figures.tracked_minor)?,
            sale_amount: money(figures.sale_minor)?,
            reversed_amount: money(figures.lost_minor)?,
            payout: money(figures.payout_minor)?,
            reversal_rate: rules::reversal_rate(figures).map(|share| share.to_string()),
            average_order: rules::average_order(figures, currency),
            adjustments: figures.adjustments,
            adjusted_amount: money(figures.adjusted_sale_minor)?,
            adjusted_payout: money(figures.adjusted_payout_minor)?,
        })
    }
}

impl DifferenceView {
    fn of(own: &Figures, other: &Figures, currency: Currency) -> Option<Self> {
        let amount = |one: i128, other: i128| money(one.checked_sub(other)?, currency);
        Some(Self {
            actions: own.actions.saturating_sub(other.actions),
            reversed_count: own.reversed.saturating_sub(other.reversed),
            sale_amount: amount(own.sale_minor, other.sale_minor)?,
            reversed_amount: amount(own.lost_minor, other.lost_minor)?,
            payout: amount(own.payout_minor, other.payout_minor)?,
        })
    }
}

/// Stretches with what they come to, and all of them together.
struct Series {
    stretches: Vec<(Period, Figures)>,
    totals: Figures,
}

impl Series {
    fn of(days: &BTreeMap<Day, Figures>, period: Period, interval: Interval) -> Self {
        let sum = |stretch: Period| {
            let within = days.range(stretch.from..=stretch.to);
            within.fold(Figures::default(), |sum, (_, figures)| sum.plus(*figures))
        };
        let stretches = period.stretches(interval).into_iter().map(|one| (one, sum(one)));
        let stretches: Vec<_> = stretches.collect();
        let totals = stretches.iter().fold(Figures::default(), |sum, (_, one)| sum.plus(*one));
        Self { stretches, totals }
    }
}

fn stretch((period, figures): &(Period, Figures), currency: Currency) -> Option<StretchView> {
    let Period { from, to } = *period;
    Some(StretchView { from, to, figures: FiguresView::of(figures, currency)? })
}

impl CurrencyView {
    fn of(days: &BTreeMap<Day, Figures>, span: &Span, currency: Currency) -> Option<Self> {
        let own = Series::of(days, span.period, span.interval);
        let comparison = match span.compared {
            None => None,
            Some(period) => {
                Some(ComparisonView::of(&own, (days, period, span.interval), currency)?)
            }
        };
        Some(Self {
            currency,
            totals: FiguresView::of(&own.totals, currency)?,
            series: own
                .stretches
                .iter()
                .map(|one| stretch(one, currency))
                .collect::<Option<_>>()?,
            comparison,
        })
    }
}

impl ComparisonView {
    fn of(
        own: &Series,
        (days, period, interval): (&BTreeMap<Day, Figures>, Period, Interval),
        currency: Currency,
    ) -> Option<Self> {
        let other = Series::of(days, period, interval);
        let mut beside = own.stretches.iter();
        let compared = |one: &(Period, Figures)| {
            let difference = match beside.next() {
                None => None,
                Some((_, figures)) => Some(DifferenceView::of(figures, &one.1, currency)?),
            };
            Some(ComparedStretchView { stretch: stretch(one, currency)?, difference })
        };
        Some(Self {
            from: period.from,
            to: period.to,
            totals: FiguresView::of(&other.totals, currency)?,
            difference: DifferenceView::of(&own.totals, &other.totals, currency)?,
            series: other.stretches.iter().map(compared).collect::<Option<_>>()?,
        })
    }
}

impl PerformanceView {
    /// Figures of days, told by stretches. Where there are none, they are those of no action, in the
    /// usual currency.
    pub fn of(span: &Span, days: &Days, usual: Currency) -> Result<Self> {
        let mut currencies: BTreeSet<Currency> = days.keys().copied().collect();
        if currencies.is_empty() {
            currencies.insert(usual);
        }
        let none = BTreeMap::new();
        let one = |currency| {
            CurrencyView::of(days.get(&currency).unwrap_or(&none), span, currency).ok_or_else(
                || {
                    let message = "the amounts are too large to add up";
                    Error::invalid(Fault::at("", "out_of_range", message))
                },
            )
        };
        Ok(Self {
            from: span.period.from,
            to: span.period.to,
            interval: span.interval,
            currencies: currencies.into_iter().map(one).collect::<Result<_>>()?,
        })
    }
}
