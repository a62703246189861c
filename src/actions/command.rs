//! What can be asked of an action.

use serde::{Deserialize, Serialize};

use super::model::{AttributedBy, Verb};
use super::reasons::Reason;
use crate::contracts::model::Terms;
use crate::kernel::id::{CompanyId, ContractId, ItemId, TermsId};
use crate::kernel::time::Instant;

/// What somebody wants done to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// It is a sale. On a reversed action: the reversal was wrong.
    Approve,
    /// It is worth something else.
    Modify(Modify),
    /// It is worth nothing.
    Reverse {
        /// Why.
        reason: Reason,
    },
    /// The reversal was wrong.
    Restore,
    /// All that happened since tracking was wrong.
    Reset,
    /// Let it not lock yet.
    Hold {
        /// Why, for both sides to read.
        reason: String,
    },
    /// Let it lock again.
    Release,
    /// Nothing changes any more. Only the lock job says this.
    Lock {
        /// What `locked_at` becomes: its `locks_at`, or the later moment of its release.
        at: Instant,
    },
    /// The payout is due. Only the lock job says this.
    Clear {
        /// Up to when it looks.
        at: Instant,
    },
    /// Another partner earned it, or the same one under other terms.
    Reattribute(Box<Credit>),
}

impl Command {
    /// The name under which the ledger keeps it.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Approve => Verb::Approve,
            Self::Modify(_) => Verb::Modify,
            Self::Reverse { .. } => Verb::Reverse,
            Self::Restore => Verb::Restore,
            Self::Reset => Verb::Reset,
            Self::Hold { .. } => Verb::Hold,
            Self::Release => Verb::Release,
            Self::Lock { .. } => Verb::Lock,
            Self::Clear { .. } => Verb::Clear,
            Self::Reattribute(_) => Verb::Reattribute,
        }
    }

    /// What it makes different, if it is a modification.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Modify(modify) => Some(&modify.change),
            Self::Approve
            | Self::Reverse { .. }
            | Self::Restore
            | Self::Reset
            | Self::Hold { .. }
            | Self::Release
            | Self::Lock { .. }
            | Self::Clear { .. }
            | Self::Reattribute(_) => None,
        }
    }
}

/// Who is to be credited, and under what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The partner.
    pub partner_company_id: CompanyId,
    /// The contract.
    pub contract_id: ContractId,
    /// The version of its terms that was in force when the action occurred.
    pub terms_id: TermsId,
    /// What that version says.
    pub terms: Terms,
    /// What decided it.
    pub attributed_by: AttributedBy,
}

/// A change of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modify {
    /// Why.
    pub reason: Reason,
    /// Whether the caller means it if a value rises; the reason must agree.
    pub allow_increase: bool,
    /// What is to be different.
    pub change: Change,
}

/// What a modification makes different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// All that remains, together, is worth so many minor units. 0 is worth nothing and reverses
    /// nothing.
    Amount(i64),
    /// All that remains, together, is worth so many minor units more, or less.
    AmountDelta(i64),
    /// Single items, one step after the other.
    Items(Vec<ItemOperation>),
}

impl Change {
    /// The reasons that single steps give for themselves.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        let operations = match self {
            Self::Items(operations) => operations.as_slice(),
            Self::Amount(_) | Self::AmountDelta(_) => &[],
        };
        operations.iter().filter_map(|operation| operation.reason)
    }
}

/// One step on one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemOperation {
    /// Which item.
    pub target: Target,
    /// What about it.
    pub step: Step,
    /// Why, if for another reason than the whole.
    pub reason: Option<Reason>,
}

/// How a caller names an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// By its id.
    Id(ItemId),
    /// By the brand's article number, if only one item has it.
    Sku(String),
}

/// What can be done to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// So many remain; the amount follows in proportion. 0 reverses the item.
    SetQuantity(i64),
    /// What remains is worth so many minor units. 0 reverses nothing.
    SetAmount(i64),
    /// What remains is worth so many minor units more, or less.
    AdjustAmount(i64),
    /// None remain.
    Reverse,
    /// The item's reversal was wrong.
    Restore,
}
