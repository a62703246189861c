//! One adjustment, from the decision to the record.

use super::entry::{event, kept};
use super::model::Adjustment;
use super::rules::{Correction, adjust};
use super::store;
use crate::actions::model::{Action, Channel, Verb};
use crate::actions::reasons::Reason;
use crate::actions::rules::Why;
use crate::actions::store::grounds;
use crate::db::Db;
use crate::error::Result;
use crate::events::model::Doer;
use crate::events::store as events;
use crate::kernel::id::UpdateId;
use crate::kernel::time::Instant;

/// What a caller wants corrected, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub correction: Correction,
    /// For which reason.
    pub reason: Reason,
    /// The brand's own words.
    pub note: Option<String>,
}

/// Makes one; gives it. The action stays as it is.
pub fn make(
    db: &mut Db,
    action: &Action,
    asked: &Asked,
    doer: Doer,
    now: Instant,
) -> Result<Adjustment> {
    let last = store::last(db, action.id)?;
    let grounds = grounds(db, action)?;
    let adjusted = adjust(action, last.as_ref(), &asked.correction, &grounds.at(now))?;
    let why = Why {
        verb: Verb::Modify,
        reason: Some(asked.reason),
        note: asked.note.clone(),
        channel: Channel::Api,
        doer,
        reversal: None,
        at: now,
    };
    let adjustment = kept(UpdateId::new(), last.as_ref(), &adjusted, (asked.reason, &why));
    store::append(db, &adjustment)?;
    events::record(db, event(&adjustment, action.currency))?;
    Ok(adjustment)
}
