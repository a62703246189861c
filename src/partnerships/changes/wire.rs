//! What the doors of changes take and give.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Change, Op, OpState, Operation, Status};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{ChangeId, CompanyId, OperationId, PartnershipId, PersonId};
use crate::kernel::time::Instant;

/// A change to be proposed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPartnershipChange, example = json!({
    "reason": "Ada moves to another team.",
    "operations": [{ "op": "set_description", "description": "Shoes, and writing about them." }]
}))]
pub struct NewChange {
    /// Why; the other side reads it.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// What is to be different.
    #[schema(min_items = 1, max_items = 50)]
    pub operations: Vec<NewOperation>,
}

/// One thing that is to be different.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPartnershipChangeOperation)]
pub struct NewOperation {
    /// `offer_contact` offers a person of your company, `release_contact` takes back one that is
    /// assigned, whose ever; both take `person_id`. `set_description` takes `description`.
    pub op: Op,
    /// Whom it is about.
    #[schema(nullable = false)]
    pub person_id: Option<PersonId>,
    /// What both sides say of the partnership; an empty text takes it off.
    #[schema(max_length = 2000, nullable = false)]
    pub description: Option<String>,
}

/// A yes.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "comment": "Gladly." }))]
pub struct AcceptChange {
    /// Which operations: all of them if absent. The others are declined.
    #[schema(min_items = 1, max_items = 50, nullable = false)]
    pub operations: Option<Vec<OperationId>>,
    /// What the other side reads with it.
    #[schema(max_length = 2000, nullable = false)]
    pub comment: Option<String>,
}

/// A no.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "comment": "We would rather keep Ada." }))]
pub struct DeclineChange {
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    pub comment: String,
}

/// Nothing more to say.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct WithdrawChange {}

/// Which changes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesFilter {
    /// Only those in one of these states, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub status: Option<Vec<Status>>,
}

/// What one side proposes to change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipChange)]
pub struct ChangeView {
    /// Its id.
    pub id: ChangeId,
    /// Of which partnership.
    pub partnership_id: PartnershipId,
    /// Which side proposes it.
    pub proposed_by_company_id: CompanyId,
    /// How far it has come.
    pub status: Status,
    /// Why it was proposed.
    pub reason: String,
    /// What came with the answer.
    #[schema(required)]
    pub comment: Option<String>,
    /// What is to be different.
    pub operations: Vec<OperationView>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was answered, withdrawn or cancelled.
    #[schema(required)]
    pub decided_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
}

/// One thing that is to be different, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipChangeOperation)]
pub struct OperationView {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub op: Op,
    /// What became of it; `stale` where what it was about has changed meanwhile.
    pub state: OpState,
    /// Whom it is about.
    #[schema(required)]
    pub person_id: Option<PersonId>,
    /// The description it sets.
    #[schema(required)]
    pub description: Option<String>,
}

/// An operation that is wished for, and where in the body it is.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Such as `/operations/0`.
    pub place: String,
    /// What it does.
    pub op: Op,
    /// To whom.
    pub person_id: Option<PersonId>,
    /// The description it sets.
    pub description: Option<String>,
}

impl NewChange {
    /// What is wished for; or what is wrong with the fields of each.
    pub fn read(&self) -> Result<Vec<Wish>> {
        let (mut faults, mut seen) = (Vec::new(), HashSet::new());
        let mut wishes = Vec::new();
        for (number, one) in self.operations.iter().enumerate() {
            let place = format!("/operations/{number}");
            one.judge(&place, &mut faults);
            if !seen.insert((one.op == Op::SetDescription, one.person_id)) {
                faults.push(Fault::at(&place, "duplicate", "there is another one about the same"));
            }
            wishes.push(Wish {
                place,
                op: one.op,
                person_id: one.person_id,
                description: one.description.clone().filter(|text| !text.is_empty()),
            });
        }
        if faults.is_empty() { Ok(wishes) } else { Err(Error::Invalid(faults)) }
    }
}

impl NewOperation {
    /// Each kind takes one field, and not the other one's.
    fn judge(&self, place: &str, faults: &mut Vec<Fault>) {
        let person = ("person_id", self.person_id.is_some());
        let description = ("description", self.description.is_some());
        let (needed, other) = match self.op {
            Op::OfferContact | Op::ReleaseContact => (person, description),
            Op::SetDescription => (description, person),
        };
        if !needed.1 {
            let message = format!("{} takes {}", self.op, needed.0);
            faults.push(Fault::at(format!("{place}/{}", needed.0), "missing_field", message));
        }
        if other.1 {
            let message = format!("{} takes no {}", self.op, other.0);
            faults.push(Fault::at(format!("{place}/{}", other.0), "not_allowed", message));
        }
    }
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        Self {
            id: change.id,
            partnership_id: change.partnership_id,
            proposed_by_company_id: change.proposed_by_company_id,
            status: change.status,
            reason: change.reason,
            comment: change.comment,
            operations: change.operations.0.into_iter().map(OperationView::from).collect(),
            version: change.version,
            created_at: change.created_at,
            decided_at: change.decided_at,
            updated_at: change.updated_at,
        }
    }
}

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        let Operation { id, op, person_id, description, state, over: _ } = operation;
        Self { id, op, state, person_id, description }
    }
}
