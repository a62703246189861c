//! What a chunk needs to know of actions that have locked, and may be clawed back: their newest
//! adjustments, read together. Of all other actions nothing is read.
//!
//! An action may be closed while the lock job has not come by yet. A line then locks it first, in the
//! same transaction and by the job's own rule, unless a batch that came in time may still name it.

use std::collections::{HashMap, HashSet};

use super::beside::Beside;
use super::model::{LineCode, Mode};
use super::rows::Batch;
use super::rules::Folded;
use crate::actions::model::Action;
use crate::actions::overdue::{Locking, is_overdue, locking};
use crate::adjustments::model::Adjustment;
use crate::adjustments::store as adjustments;
use crate::contracts::model::{AfterLock, Terms};
use crate::db::Db;
use crate::error::Result;
use crate::kernel::id::{ActionId, TermsId};
use crate::kernel::time::Instant;

/// What is known of the actions of a chunk that may be clawed back.
#[derive(Debug, Default)]
pub struct Locked {
    actions: HashMap<ActionId, Option<Adjustment>>,
    locking: HashMap<ActionId, Locking>,
    /// Closed, and not to be locked yet.
    waiting: HashSet<ActionId>,
}

impl Locked {
    /// Looks; the caller holds the actions.
    pub fn of(
        db: &mut Db,
        batch: &Batch,
        actions: &[Action],
        terms: &HashMap<TermsId, Terms>,
        now: Instant,
    ) -> Result<Self> {
        let may_be_clawed_back = |action: &&Action| {
            let terms = terms.get(&action.terms_id);
            action.company_id == batch.company_id
                && terms.is_some_and(|terms| terms.after_lock == AfterLock::Clawback)
        };
        let candidates: Vec<&Action> = actions.iter().filter(may_be_clawed_back).collect();
        let is_locked = |action: &&&Action| action.locked_at.is_some();
        let ids: Vec<ActionId> =
            candidates.iter().filter(is_locked).map(|action| action.id).collect();
        let mut last = adjustments::last_of(db, &ids)?;
        let overdue = candidates.into_iter().filter(|one| is_overdue(one, batch.received_at));
        let overdue: Vec<Action> = overdue.cloned().collect();
        let mut waiting: HashSet<ActionId> = overdue.iter().map(|action| action.id).collect();
        let locked = locking(db, overdue, batch.mode != Mode::DryRun, now)?;
        waiting.retain(|id| !locked.iter().any(|one| one.after.id == *id));
        Ok(Self {
            actions: ids.into_iter().map(|id| (id, last.remove(&id))).collect(),
            locking: locked.into_iter().map(|one| (one.after.id, one)).collect(),
            waiting,
        })
    }

    /// The action with what is beside it, if it is to be clawed back and not changed.
    pub fn beside<'a>(&'a self, action: &'a Action) -> Option<Beside<'a>> {
        if let Some(Locking { after, .. }) = self.locking.get(&action.id) {
            return Some(Beside::new(after, None));
        }
        self.actions.get(&action.id).map(|last| Beside::new(action, last.clone()))
    }

    /// The lock that has to come first, if what its lines came to stands beside it.
    pub fn lock_for(&self, action: &Action, folded: &Folded) -> Option<Locking> {
        let needed = self.locking.get(&action.id).filter(|_| !folded.adjustments.is_empty());
        needed.cloned()
    }

    /// Says of lines that they came between an action's date and its lock.
    pub fn explain(&self, action: &Action, folded: &mut Folded) {
        if !self.waiting.contains(&action.id) {
            return;
        }
        let detail = format!(
            "the action closed at {} and waits for its lock: send the line again once it has locked",
            action.locks_at
        );
        let early = |code: Option<LineCode>| code == Some(LineCode::ActionLocked);
        let verdicts = folded.verdicts.iter_mut().filter(|verdict| early(verdict.code));
        verdicts.for_each(|verdict| verdict.detail = Some(detail.clone()));
    }
}
