//! `entente lock`: the lock job once, by hand.

use std::io::IsTerminal;

use anyhow::bail;
use indicatif::ProgressBar;

use crate::actions::jobs::{Locked, lock_due_and_tell};
use crate::config::Lanes;
use crate::db::migrate;
use crate::kernel::time::{Clock, Instant};

/// Locks what was due at a moment.
pub fn run(lanes: &Lanes, as_of: Option<Instant>) -> anyhow::Result<()> {
    let clock = Clock::System;
    if let Some(as_of) = as_of.filter(|as_of| *as_of > clock.now()) {
        bail!("{as_of} lies in the future; what locks then may still change until then");
    }
    migrate::check(&lanes.database.database_url)?;
    let pool = lanes.open()?;
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let tell = |done: &Locked| {
        bar.set_message(format!(
            "{} locked, {} wait for a batch or an answer",
            done.actions, done.waiting
        ));
        bar.tick();
    };
    let done = actix_web::rt::System::new().block_on(lock_due_and_tell(&pool, &clock, as_of, tell));
    bar.finish_and_clear();
    let Locked { until, actions, waiting } = done?;
    println!("as of {until}: {actions} actions locked, {waiting} wait for a batch or an answer");
    Ok(())
}
