//! Figures as CSV: a row for each stretch of each currency, with the one that it is compared with.

use super::wire::{ComparedStretchView, FiguresView, PerformanceView, StretchView};
use crate::http::csv::{self, Cell};
use crate::kernel::money::Money;

const COLUMNS: &[&str] = &[
    "currency",
    "from",
    "to",
    "actions",
    "pending",
    "approved",
    "reversed_count",
    "locked",
    "tracked_amount",
    "sale_amount",
    "reversed_amount",
    "payout",
    "reversal_rate",
    "average_order",
    "adjustments",
    "adjusted_amount",
    "adjusted_payout",
    "compared_from",
    "compared_to",
    "compared_actions",
    "compared_reversed_count",
    "compared_sale_amount",
    "compared_reversed_amount",
    "compared_payout",
];

/// The whole file: it has as many rows as the answer has stretches.
pub fn table(view: &PerformanceView) -> Vec<u8> {
    let mut text = Vec::new();
    csv::header(&mut text, COLUMNS);
    for one in &view.currencies {
        let mut compared = one.comparison.iter().flat_map(|comparison| &comparison.series);
        let mut rows: Vec<(Option<&StretchView>, Option<&ComparedStretchView>)> =
            one.series.iter().map(|stretch| (Some(stretch), compared.next())).collect();
        // A year before, February may have been longer.
        rows.extend(compared.map(|left| (None, Some(left))));
        for (stretch, beside) in rows {
            let cells = std::iter::once(Cell::plain(one.currency));
            csv::row(&mut text, cells.chain(own(stretch)).chain(other(beside)));
        }
    }
    text
}

fn own(stretch: Option<&StretchView>) -> Vec<Cell> {
    let figures = stretch.map(|one| &one.figures);
    let count = |value: fn(&FiguresView) -> i64| Cell::maybe(figures.map(value));
    let amount = |value: fn(&FiguresView) -> Money| {
        Cell::maybe(figures.map(|figures| value(figures).amount()))
    };
    vec![
        Cell::maybe(stretch.map(|one| one.from)),
        Cell::maybe(stretch.map(|one| one.to)),
        count(|figures| figures.actions),
        count(|figures| figures.pending),
        count(|figures| figures.approved),
        count(|figures| figures.reversed_count),
        count(|figures| figures.locked),
        amount(|figures| figures.tracked_amount),
        amount(|figures| figures.sale_amount),
        amount(|figures| figures.reversed_amount),
        amount(|figures| figures.payout),
        Cell::maybe(figures.and_then(|figures| figures.reversal_rate.clone())),
        Cell::maybe(figures.and_then(|figures| figures.average_order).map(Money::amount)),
        count(|figures| figures.adjustments),
        amount(|figures| figures.adjusted_amount),
        amount(|figures| figures.adjusted_payout),
    ]
}

fn other(compared: Option<&ComparedStretchView>) -> Vec<Cell> {
    let stretch = compared.map(|one| &one.stretch);
    let figures = stretch.map(|one| &one.figures);
    let amount = |value: fn(&FiguresView) -> Money| {
        Cell::maybe(figures.map(|figures| value(figures).amount()))
    };
    vec![
        Cell::maybe(stretch.map(|one| one.from)),
        Cell::maybe(stretch.map(|one| one.to)),
        Cell::maybe(figures.map(|figures| figures.actions)),
        Cell::maybe(figures.map(|figures| figures.reversed_count)),
        amount(|figures| figures.sale_amount),
        amount(|figures| figures.reversed_amount),
        amount(|figures| figures.payout),
    ]
}
