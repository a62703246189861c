//! What is to be done to many actions, as it is asked for.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::lines::Order;
use crate::actions::model::{FinanceStatus, Side, State, Verb};
use crate::actions::reasons::Reason;
use crate::actions::store::Filter;
use crate::actions::wire::{ActionsFilter, reason_of};
use crate::error::{Error, Fault, Place, Result};
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId};
use crate::kernel::time::Instant;
use crate::reversals::model::{Mode, Operation};

crate::words! {
    /// What can be done to many actions.
    pub enum BulkOperation {
        Approve = "approve",
        Reverse = "reverse",
        Restore = "restore",
        Reset = "reset",
    }
}

/// The same for many actions. One of `action_ids` and `filter` is there.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "operation": "reverse", "reason": "ITEM_RETURNED",
    "action_ids": ["act_01k5h2v7xnf8rtq3m9bcw4ze6a"]
}))]
pub struct BulkChange {
    /// What is to be done.
    pub operation: BulkOperation,
    /// Why; for `reverse` alone, which needs one.
    #[schema(min_length = 1, max_length = 64, example = "ITEM_RETURNED")]
    pub reason: Option<String>,
    /// Your own words; not for the partner. The reason OTHER needs them.
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
    /// The actions.
    #[schema(min_items = 1, max_items = 1000)]
    pub action_ids: Option<Vec<ActionId>>,
    /// Those of your actions that this means, 10,000 at most.
    pub filter: Option<BulkFilter>,
    /// How many `filter` means; if it means more or fewer by now, nothing is done.
    #[schema(minimum = 1, maximum = 10_000)]
    pub expected_count: Option<i64>,
    /// What becomes of the batch if lines are faulty.
    #[schema(default = "best_effort", nullable = false)]
    pub mode: Option<Mode>,
}

/// Which of your own actions: as in the filters of the list.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "state": ["pending"], "locks_before": "2026-04-01T00:00:00Z" }))]
pub struct BulkFilter {
    /// Of this program.
    pub program_id: Option<ProgramId>,
    /// Of this event type.
    pub event_type_id: Option<EventTypeId>,
    /// Credited to this partner.
    pub partner_company_id: Option<CompanyId>,
    /// In one of these states.
    #[schema(min_items = 1, max_items = 3)]
    pub state: Option<Vec<State>>,
    /// Locked ones only, or only others.
    pub locked: Option<bool>,
    /// Held ones only, or only others.
    pub held: Option<bool>,
    /// With this order id.
    #[schema(min_length = 1, max_length = 64)]
    pub order_id: Option<String>,
    /// With this coupon code, however it is written.
    #[schema(min_length = 1, max_length = 64)]
    pub code: Option<String>,
    /// Occurred at this moment or later.
    pub occurred_after: Option<Instant>,
    /// Occurred before this moment.
    pub occurred_before: Option<Instant>,
    /// With a payout that is so far.
    pub finance_status: Option<FinanceStatus>,
    /// Locks at this moment or later.
    pub locks_after: Option<Instant>,
    /// Locks before this moment.
    pub locks_before: Option<Instant>,
    /// Reported after it would have locked, or only others.
    pub late: Option<bool>,
    /// Last reversed or modified for this reason.
    pub reason: Option<Reason>,
    /// Of customers with exactly this status.
    #[schema(min_length = 1, max_length = 64)]
    pub customer_status: Option<String>,
    /// With this label of the partner's: its name, which is plain here, a colon, and its value.
    #[schema(max_length = 320, pattern = "^[A-Za-z0-9_.-]{1,64}:.", example = "campaign:spring")]
    pub sub_id: Option<String>,
}

/// Which actions are meant.
#[derive(Debug, Clone)]
pub enum Meant {
    /// Those with these ids.
    Named(Vec<ActionId>),
    /// Those of a filter, if they are that many.
    Filtered(Box<Filter>, i64),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What to do to each.
    pub order: Order,
    /// What becomes of the batch if lines are faulty.
    pub mode: Mode,
    /// To which.
    pub meant: Meant,
}

impl BulkChange {
    /// What it asks for, or everything that is wrong with it.
    pub fn read(self, now: Instant) -> Result<Asked> {
        let mut faults = Vec::new();
        let order = self.order(&mut faults);
        let mode = self.mode.unwrap_or(Mode::BestEffort);
        let meant = meant(self.action_ids, self.filter, self.expected_count, now, &mut faults);
        match meant.filter(|_| faults.is_empty()) {
            Some(meant) => Ok(Asked { order, mode, meant }),
            None => Err(Error::Invalid(faults)),
        }
    }

    fn order(&self, faults: &mut Vec<Fault>) -> Order {
        let unfit = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
        let mut say = |place: &str, code: &'static str, message: String| {
            faults.push(Fault::at(place, code, message));
        };
        let (operation, reason) = match (self.operation, &self.reason) {
            (BulkOperation::Reverse, Some(text)) => {
                let reason = reason_of(Verb::Reverse, text, self.note.as_ref(), faults);
                (Operation::Reverse, reason)
            }
            (BulkOperation::Reverse, None) => {
                say("/reason", "missing_field", "reverse needs a reason".into());
                (Operation::Reverse, None)
            }
            (other, reason) => {
                if reason.is_some() {
                    say("/reason", "not_allowed", format!("{other} takes no reason"));
                }
                if self.note.as_ref().is_some_and(|note| note.contains(unfit)) {
                    say("/note", "bad_characters", "no control characters".into());
                }
                (other.as_operation(), None)
            }
        };
        Order { operation, reason, note: self.note.clone() }
    }
}

impl BulkOperation {
    fn as_operation(self) -> Operation {
        match self {
            Self::Approve => Operation::Approve,
            Self::Reverse => Operation::Reverse,
            Self::Restore => Operation::Restore,
            Self::Reset => Operation::Reset,
        }
    }
}

fn meant(
    ids: Option<Vec<ActionId>>,
    filter: Option<BulkFilter>,
    expected: Option<i64>,
    now: Instant,
    faults: &mut Vec<Fault>,
) -> Option<Meant> {
    match (ids, filter, expected) {
        (Some(ids), None, None) => Some(Meant::Named(ids)),
        (None, Some(filter), Some(expected)) => {
            Some(Meant::Filtered(Box::new(filter.read(now, faults)?), expected))
        }
        (Some(_), None, Some(_)) => {
            let message = "action_ids are as many as they are";
            faults.push(Fault::at("/expected_count", "not_allowed", message));
            None
        }
        (None, Some(_), None) => {
            let message = "a filter needs the number of actions that it is expected to mean";
            faults.push(Fault::at("/expected_count", "missing_field", message));
            None
        }
        (None, None, _) | (Some(_), Some(_), _) => {
            let message = "give action_ids or filter, and only one";
            faults.push(Fault::at("", "one_of_fields", message));
            None
        }
    }
}

impl BulkFilter {
    fn read(self, now: Instant, faults: &mut Vec<Fault>) -> Option<Filter> {
        let filter = ActionsFilter {
            program_id: self.program_id,
            event_type_id: self.event_type_id,
            brand_company_id: None,
            partner_company_id: self.partner_company_id,
            state: self.state,
            locked: self.locked,
            held: self.held,
            order_id: self.order_id,
            code: self.code,
            occurred_after: self.occurred_after,
            occurred_before: self.occurred_before,
            finance_status: self.finance_status,
            locks_after: self.locks_after,
            locks_before: self.locks_before,
            late: self.late,
            reason: self.reason,
            customer_status: self.customer_status,
            sub_id: self.sub_id,
            side: Some(Side::Brand),
            sort: None,
        };
        match filter.read(now) {
            Ok(filter) => Some(filter),
            Err(Error::Invalid(found)) => {
                faults.extend(found.into_iter().map(in_filter));
                None
            }
            Err(_) => None,
        }
    }
}

/// A fault of a query parameter, where the same stands in a body.
fn in_filter(fault: Fault) -> Fault {
    let place = match fault.place {
        Place::Parameter(name) => Place::Pointer(format!("/filter/{name}")),
        other => other,
    };
    Fault { place, ..fault }
}
