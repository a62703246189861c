//! What the doors of changes take and give.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Change, OfGrant, Op, OpState, Operation, Status};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{ChangeId, CompanyId, OperationId, PartnershipId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::{GrantKind, GrantLevel};
use crate::partnerships::grants::rules as grants;

/// A change to be proposed, or to be kept as a draft.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPartnershipChange, example = json!({
    "reason": "Ada moves to another team.",
    "operations": [{ "op": "set_description", "description": "Shoes, and writing about them." }]
}))]
pub struct NewChange {
    /// Why; the other side reads it. A draft may do without.
    #[schema(min_length = 1, max_length = 2000, nullable = false)]
    pub reason: Option<String>,
    /// What is to be different.
    #[schema(min_items = 1, max_items = 50)]
    pub operations: Vec<NewOperation>,
    /// Whether it waits, seen by your own side alone, until it is proposed.
    #[schema(nullable = false)]
    pub draft: Option<bool>,
}

/// What is to be different about a draft. What is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = PatchPartnershipChange, example = json!({
    "operations": [{ "op": "set_description", "description": "Shoes." }]
}))]
pub struct PatchChange {
    /// Why; null takes it off.
    #[schema(min_length = 1, max_length = 2000)]
    #[serde(default, with = "double_option")]
    pub reason: Option<Option<String>>,
    /// All that is to be different, in the place of what it was.
    #[schema(min_items = 1, max_items = 50, nullable = false)]
    pub operations: Option<Vec<NewOperation>>,
}

/// From now on the other side sees it.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = ProposePartnershipChange, example = json!({ "reason": "Ada moves to another team." }))]
pub struct ProposeChange {
    /// Why; what the draft has if absent.
    #[schema(min_length = 1, max_length = 2000, nullable = false)]
    pub reason: Option<String>,
}

/// One thing that is to be different.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPartnershipChangeOperation)]
pub struct NewOperation {
    /// `offer_contact` offers a person of your company, `release_contact` takes back one that is
    /// assigned, whose ever; both take `person_id`. `set_grant` and `revoke_grant` take `grant`.
    /// `set_description` takes `description`.
    pub op: Op,
    /// Whom it is about.
    #[schema(nullable = false)]
    pub person_id: Option<PersonId>,
    /// What is granted.
    #[schema(nullable = false)]
    pub grant: Option<GrantKind>,
    /// How far, for `set_grant`: the least level of the grant if absent.
    #[schema(nullable = false)]
    pub level: Option<GrantLevel>,
    /// The side whose data the grant opens: yours if absent. Either side may ask for a grant of the
    /// other one.
    #[schema(nullable = false)]
    pub granted_by_company_id: Option<CompanyId>,
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
    /// What your company proposes instead.
    #[schema(nullable = false)]
    pub counter: Option<Counter>,
}

/// What is proposed instead of a change that is declined.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PartnershipCounterProposal)]
pub struct Counter {
    /// Why; the other side reads it.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// What is to be different.
    #[schema(min_items = 1, max_items = 50)]
    pub operations: Vec<NewOperation>,
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
    /// Why it is proposed; a draft may have an empty one.
    pub reason: String,
    /// What came with the answer.
    #[schema(required)]
    pub comment: Option<String>,
    /// What is to be different.
    pub operations: Vec<OperationView>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was proposed; when it was begun, while it is a draft.
    pub created_at: Instant,
    /// When it was answered, withdrawn or cancelled.
    #[schema(required)]
    pub decided_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
    /// The change that was declined, and that this one is proposed instead of.
    #[schema(required)]
    pub counters_change_id: Option<ChangeId>,
    /// The change that was proposed instead of this one.
    #[schema(required)]
    pub countered_by_change_id: Option<ChangeId>,
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
    /// What is granted, or no more.
    #[schema(required)]
    pub grant: Option<GrantKind>,
    /// How far it is to go; null where the grant has no levels, or is revoked.
    #[schema(required)]
    pub level: Option<GrantLevel>,
    /// The side whose data the grant opens.
    #[schema(required)]
    pub granted_by_company_id: Option<CompanyId>,
    /// The description it sets.
    #[schema(required)]
    pub description: Option<String>,
}

/// An operation that is wished for, and where in the body it is.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The operation that it was before, in a draft.
    pub id: Option<OperationId>,
    /// Such as `/operations/0`.
    pub place: String,
    /// What it does.
    pub op: Op,
    /// To whom.
    pub person_id: Option<PersonId>,
    /// The description it sets.
    pub description: Option<String>,
    /// The grant that it sets or revokes.
    pub grant: Option<OfGrant>,
}

/// The two sides of a partnership.
pub type Sides = [CompanyId; 2];

/// What is wished for; or what is wrong with the fields of each. `list` is where they stand in the body,
/// and the first of the sides is the one that wishes.
pub fn read(list: &str, operations: &[NewOperation], sides: Sides) -> Result<Vec<Wish>> {
    let (mut faults, mut seen) = (Vec::new(), HashSet::new());
    let mut wishes = Vec::new();
    for (number, one) in operations.iter().enumerate() {
        let place = format!("{list}/{number}");
        one.judge(&place, &mut faults);
        let grant = one.grant(&place, sides, &mut faults);
        let about = grant.map(|grant| (grant.by, grant.kind));
        if !seen.insert((one.op == Op::SetDescription, one.person_id, about)) {
            faults.push(Fault::at(&place, "duplicate", "there is another one about the same"));
        }
        wishes.push(Wish {
            id: None,
            place,
            op: one.op,
            person_id: one.person_id,
            description: one.description.clone().filter(|text| !text.is_empty()),
            grant,
        });
    }
    if faults.is_empty() { Ok(wishes) } else { Err(Error::Invalid(faults)) }
}

/// The fault of proposing without a reason.
pub fn no_reason() -> Fault {
    Fault::at("/reason", "missing_field", "say why, for the other side")
}

impl NewChange {
    /// Whether it is not to be proposed yet.
    pub fn is_draft(&self) -> bool {
        self.draft.unwrap_or(false)
    }
}

impl NewOperation {
    /// Each kind takes its own fields, and no others.
    fn judge(&self, place: &str, faults: &mut Vec<Fault>) {
        let given = [
            ("person_id", self.person_id.is_some()),
            ("grant", self.grant.is_some()),
            ("level", self.level.is_some()),
            ("granted_by_company_id", self.granted_by_company_id.is_some()),
            ("description", self.description.is_some()),
        ];
        let (needed, more): (&str, &[&str]) = match self.op {
            Op::OfferContact | Op::ReleaseContact => ("person_id", &[]),
            Op::SetGrant => ("grant", &["level", "granted_by_company_id"]),
            Op::RevokeGrant => ("grant", &["granted_by_company_id"]),
            Op::SetDescription => ("description", &[]),
        };
        for (field, there) in given {
            let place = || format!("{place}/{field}");
            if field == needed && !there {
                let message = format!("{} takes {field}", self.op);
                faults.push(Fault::at(place(), "missing_field", message));
            } else if field != needed && there && !more.contains(&field) {
                let message = format!("{} takes no {field}", self.op);
                faults.push(Fault::at(place(), "not_allowed", message));
            }
        }
    }

    /// The grant it is about.
    fn grant(&self, place: &str, sides: Sides, faults: &mut Vec<Fault>) -> Option<OfGrant> {
        let kind = self.grant.filter(|_| self.op.is_about_grants())?;
        let [own, _] = sides;
        let by = self.granted_by_company_id.unwrap_or(own);
        if !sides.contains(&by) {
            let message = "a grant is given by one of the two sides";
            let place = format!("{place}/granted_by_company_id");
            faults.push(Fault::at(place, "unknown_company", message));
        }
        let level = grants::level(kind, self.level).unwrap_or_else(|none| {
            faults.push(Fault::at(format!("{place}/level"), "bad_level", none.to_string()));
            None
        });
        let level = level.filter(|_| self.op == Op::SetGrant);
        Some(OfGrant { kind, by, level, over: None })
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
            counters_change_id: change.counters_change_id,
            countered_by_change_id: change.countered_by_change_id,
        }
    }
}

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        let Operation { id, op, person_id, description, state, over: _, grant } = operation;
        Self {
            id,
            op,
            state,
            person_id,
            grant: grant.map(|grant| grant.kind),
            level: grant.and_then(|grant| grant.level),
            granted_by_company_id: grant.map(|grant| grant.by),
            description,
        }
    }
}
