//! One command on one action, from the decision to the ledger.

use super::model::{Action, Channel};
use super::news;
use super::reasons::Reason;
use super::rules::{Command, Decision, Setting, Why, decide, entries, item_by_item};
use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::events::model::Doer;
use crate::events::store as events;
use crate::kernel::id::UpdateId;
use crate::kernel::time::Instant;

/// What a caller wants done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub command: Command,
    /// For which reason.
    pub reason: Option<Reason>,
    /// The brand's own words.
    pub note: Option<String>,
}

impl Asked {
    /// A command that needs no reason.
    pub fn plainly(command: Command) -> Self {
        Self { command, reason: None, note: None }
    }
}

/// Carries out what was asked; gives the action as it is then. What changes nothing leaves no
/// trace.
pub fn carry_out(
    db: &mut Db,
    before: Action,
    asked: &Asked,
    doer: Doer,
    now: Instant,
) -> Result<Action> {
    let grounds = store::grounds_for(db, &before, &asked.command)?;
    let setting = grounds.at(now);
    write_down(db, before, asked, doer, &setting)
}

/// The same, of what was in time because of something that happened at `at`.
pub fn carry_out_as_of(
    db: &mut Db,
    before: Action,
    asked: &Asked,
    doer: Doer,
    (at, now): (Instant, Instant),
) -> Result<Action> {
    let grounds = store::grounds_for(db, &before, &asked.command)?;
    let setting = Setting { at, ..grounds.at(now) };
    write_down(db, before, asked, doer, &setting)
}

fn write_down(
    db: &mut Db,
    before: Action,
    asked: &Asked,
    doer: Doer,
    setting: &Setting<'_>,
) -> Result<Action> {
    let after = match decide(&before, &asked.command, setting)? {
        Decision::Unchanged => return Ok(before),
        Decision::Changed(after) => after,
    };
    store::advance(db, &before, &after)?;
    if matches!(asked.command, Command::Reattribute(_)) {
        store::credit(db, std::slice::from_ref(&after))?;
    }
    let why = Why {
        verb: asked.command.verb(),
        reason: asked.reason,
        note: asked.note.clone(),
        channel: Channel::of_calls_by(doer),
        doer,
        reversal: None,
        at: setting.now,
    };
    for entry in entries(UpdateId::new, &before, &after, &why) {
        let entry = item_by_item(entry, &before, asked.command.change());
        store::append(db, &entry)?;
        events::record(db, news::event(&entry, after.currency).by(doer))?;
    }
    Ok(after)
}
