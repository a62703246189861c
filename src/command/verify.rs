//! `entente verify`: adds every ledger up again.

use std::io::IsTerminal;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use crate::actions::verify::{Report, Told, verify};
use crate::config::Lanes;
use crate::db::migrate;
use crate::performance::verify as performance;

/// Prints what differs; fails if anything does.
pub fn run(lanes: &Lanes) -> anyhow::Result<ExitCode> {
    migrate::check(&lanes.database.database_url)?;
    let pool = lanes.open()?;
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
            .with_style(ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}")?)
    } else {
        ProgressBar::hidden()
    };
    let tell = |told: Told| match told {
        Told::Looked(rows) => bar.inc(rows),
        Told::Difference(what) => bar.suspend(|| println!("{what}")),
    };
    let system = actix_web::rt::System::new();
    let report = system.block_on(verify(&pool, &tell));
    let of_day = |wrong: Vec<String>| {
        tell(Told::Looked(1));
        wrong.into_iter().map(Told::Difference).for_each(&tell);
    };
    let figures = system.block_on(performance::verify(&pool, of_day));
    bar.finish_and_clear();
    let Report { actions, updates, adjustments, batches, lines, differences } = report?;
    let figures = figures?;
    let differences = differences.saturating_add(figures.differences);
    println!(
        "{actions} actions, {updates} entries, {adjustments} adjustments, {batches} batches, {lines} \
         lines"
    );
    if differences == 0 {
        println!("everything adds up");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{differences} differences");
    Ok(ExitCode::FAILURE)
}
