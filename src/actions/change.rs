//! One command on one action, from the decision to the ledger.

use super::model::{Action, Channel};
use super::news;
use super::reasons::Reason;
use super::rules::{Command, Decision, Why, decide, entry, item_by_item};
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
    let after = match decide(&before, &asked.command, &grounds.at(now))? {
        Decision::Unchanged => return Ok(before),
        Decision::Changed(after) => after,
    };
    store::advance(db, &before, &after)?;
    let why = Why {
        verb: asked.command.verb(),
        reason: asked.reason,
        note: asked.note.clone(),
        channel: Channel::Api,
        doer,
        reversal: None,
        at: now,
    };
    let entry = entry(UpdateId::new(), Some(&before), &after, &why);
    let entry = item_by_item(entry, &before, asked.command.change());
    store::append(db, &entry)?;
    events::record(db, news::event(&entry, after.currency))?;
    Ok(after)
}
