//! What actions come to: day by day, for whom it concerns, and always what the rows come to.

mod any_sequence;
mod doors;
mod sums;

use std::time::{Duration, Instant};

use entente::performance::{jobs, verify};
use serde_json::Value;

use crate::cast::deal::run;
use crate::cast::http::Caller;
use crate::cast::tables::texts;
use crate::cast::world::World;

/// Takes what there is into the sums of days, a few entries at a time. On PostgreSQL what an older
/// transaction of the whole server keeps open stays beyond them.
fn fold(world: &World) {
    run(world, async |pool| while jobs::once(pool, 3).await.expect("it adds up") {});
}

/// The same, until nothing is beyond the sums.
fn fold_all(world: &World) {
    let place = match world.database_url.starts_with("sqlite://") {
        true => "seq",
        false => "txid::text::bigint",
    };
    let left = format!(
        "SELECT CAST(count(*) AS TEXT) AS text FROM action_updates \
         WHERE {place} > (SELECT turn FROM performance_places WHERE book = 'updates')"
    );
    let began = Instant::now();
    loop {
        fold(world);
        if texts(world, &left) == ["0"] {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "something is never added up");
    }
}

/// What is wrong with the sums.
fn wrong(world: &World) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    let tell = |wrong: Vec<String>| found.borrow_mut().extend(wrong);
    let report = run(world, async |pool| verify::verify(pool, tell).await).expect("it compares");
    assert_eq!(usize::try_from(report.differences), Ok(found.borrow().len()));
    found.into_inner()
}

/// `actions pending/approved/reversed/locked tracked sale lost payout`.
fn line(figures: &Value) -> String {
    let count = |name: &str| figures[name].as_i64().expect("a count");
    let amount = |name: &str| figures[name]["amount"].as_str().expect("an amount").to_string();
    format!(
        "{} {}/{}/{}/{} {} {} {} {}",
        count("actions"),
        count("pending"),
        count("approved"),
        count("reversed_count"),
        count("locked"),
        amount("tracked_amount"),
        amount("sale_amount"),
        amount("reversed_amount"),
        amount("payout"),
    )
}

/// The figures of the one currency there is.
fn only(answer: &Value) -> &Value {
    let currencies = answer["currencies"].as_array().expect("currencies");
    assert_eq!(currencies.len(), 1, "{answer}");
    &currencies[0]
}

/// `day: figures` of each day with actions, and the totals, which are their sum.
fn days(caller: &Caller, path: &str) -> Vec<String> {
    let answer = caller.get(path, 200);
    let own = only(&answer);
    adds_up(&own["totals"], own["series"].as_array().expect("a series"));
    let of = own["series"].as_array().expect("a series").iter();
    let days = of.filter(|day| day["actions"] != 0 || day["adjustments"] != 0);
    let days = days.map(|day| format!("{}: {}", day["from"].as_str().expect("a day"), line(day)));
    days.chain([line(&own["totals"])]).collect()
}

/// Totals are the sum of their series, to the last unit.
fn adds_up(totals: &Value, series: &[Value]) {
    for (name, total) in totals.as_object().expect("figures") {
        if ["reversal_rate", "average_order"].contains(&name.as_str()) {
            continue;
        }
        let sum: i128 = series.iter().map(|one| minor(&one[name])).sum();
        assert_eq!(minor(total), sum, "{name}");
    }
}

/// A count, or an amount in minor units.
fn minor(value: &Value) -> i128 {
    let text = value["amount"].as_str().map(|amount| amount.replace('.', ""));
    text.map_or_else(
        || value.as_i64().expect("a count").into(),
        |text| text.parse().expect("units"),
    )
}
