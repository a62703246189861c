//! Rows of batches, their stored bytes, their lines and the references they have claimed.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::formats::Layout;
use super::guard::model::Excess;
use super::model::{LineCode, Mode, OnAmbiguous, Operation, Outcome, Purpose, Status, Warning};
use crate::actions::model::{Action, Channel};
use crate::db::schema::{external_refs, reversal_lines, reversal_parts, reversals};
use crate::events::model::{Doer, Event};
use crate::kernel::document::Document;
use crate::kernel::id::{
    ActionId, AdjustmentId, ApiKeyId, CompanyId, EventTypeId, ItemId, ProgramId, ReversalId, UserId,
};
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::Instant;

/// What the submitter of a batch may do, as it was when the batch was received. Whatever a limit
/// keeps out of sight does not exist for the batch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Authority {
    /// Approve, restore, reset and increases; without it a line only lowers.
    pub may_raise: bool,
    /// Claw back beside actions that have locked.
    #[serde(default)]
    pub may_claw_back: bool,
    /// Only actions of these programs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub programs: Option<Vec<ProgramId>>,
    /// Only actions of these event types.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_types: Option<Vec<EventTypeId>>,
    /// The company that submits on the brand's behalf, if one does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grantee: Option<Grantee>,
    /// The user of another company who submits on the brand's behalf.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delegate_user_id: Option<UserId>,
}

/// A company that the brand lets submit for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grantee {
    /// Which.
    pub company: CompanyId,
    /// The brand's programs in which it is paid itself: of these it reaches its own actions alone.
    pub paid_in: Vec<ProgramId>,
}

impl Grantee {
    /// Whether it can see actions of this program that this partner is paid for.
    pub fn admits(&self, program: ProgramId, partner: CompanyId) -> bool {
        partner == self.company || !self.paid_in.contains(&program)
    }

    /// The same company, paid wherever either of the two is.
    pub fn or_paid_in(mut self, more: &[ProgramId]) -> Self {
        let new = more.iter().filter(|program| !self.paid_in.contains(program));
        let new: Vec<ProgramId> = new.copied().collect();
        self.paid_in.extend(new);
        self
    }
}

impl Authority {
    /// How far the submitter's hand reaches in its company.
    pub fn reach(&self, company: CompanyId) -> Reach {
        fn limit<Id: Clone>(ids: Option<&Vec<Id>>) -> Limit<Id> {
            ids.map_or(Limit::All, |ids| Limit::Only(ids.clone()))
        }
        let (programs, event_types) = (self.programs.as_ref(), self.event_types.as_ref());
        Reach {
            programs: limit(programs),
            event_types: limit(event_types),
            ..Reach::whole(company)
        }
    }

    /// Whether the submitter can see this action at all.
    pub fn admits(&self, action: &Action) -> bool {
        let Self { programs, event_types, .. } = self;
        programs.as_ref().is_none_or(|ids| ids.contains(&action.program_id))
            && event_types.as_ref().is_none_or(|ids| ids.contains(&action.event_type_id))
            && self.admits_partner(action.program_id, action.partner_company_id)
    }

    /// Whether what a partner is paid for in a program is the submitter's business.
    pub fn admits_partner(&self, program: ProgramId, partner: CompanyId) -> bool {
        self.grantee.as_ref().is_none_or(|grantee| grantee.admits(program, partner))
    }
}

/// A batch of reversals: what was received, how it is to be done, and how far it has come.
#[derive(Debug, Clone, PartialEq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = reversals, treat_none_as_default_value = false)]
pub struct Batch {
    /// Its id.
    pub id: ReversalId,
    /// The brand.
    pub company_id: CompanyId,
    /// The user who submitted it.
    pub user_id: Option<UserId>,
    /// The key that did.
    pub api_key_id: Option<ApiKeyId>,
    /// What the submitter may do.
    pub authority: Document<Authority>,
    /// The door it came through.
    pub channel: Channel,
    /// What becomes of it if lines are faulty.
    pub mode: Mode,
    /// What an order id means that several actions have.
    pub on_ambiguous: OnAmbiguous,
    /// What lines mean that name no event type.
    pub event_type_id: Option<EventTypeId>,
    /// How its bytes are to be read.
    pub layout: Document<Layout>,
    /// What the file was called.
    pub file_name: Option<String>,
    /// How many bytes were received.
    pub size_bytes: i64,
    /// The digest of bytes, event type and options.
    pub digest: Vec<u8>,
    /// The earlier batch it repeats.
    pub duplicate_of: Option<ReversalId>,
    /// Where it stands.
    pub status: Status,
    /// Why it was rejected, for machines.
    pub code: Option<String>,
    /// Why it was rejected, for people.
    pub detail: Option<String>,
    /// Where in the file, if somewhere.
    pub fault_line: Option<i32>,
    /// How many lines it has; unknown until it was read once.
    pub total: Option<i32>,
    /// Lines done.
    pub applied: i32,
    /// Lines that changed nothing.
    pub unchanged: i32,
    /// Lines equal to an earlier one.
    pub duplicate: i32,
    /// Lines that could not be done.
    pub rejected: i32,
    /// Counts its changes from 1.
    pub version: i64,
    /// When its last byte was durable; decides whether it was in time.
    pub received_at: Instant,
    /// When a worker first took it.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub completed_at: Option<Instant>,
    /// What its lines are.
    pub purpose: Purpose,
    /// The guards it was beyond when it was read.
    pub over_guards: Option<Document<Vec<Excess>>>,
    /// Until when somebody may confirm it all the same.
    pub confirm_by: Option<Instant>,
    /// When somebody did.
    pub confirmed_at: Option<Instant>,
    /// Who.
    pub confirmed_by_user_id: Option<UserId>,
    /// The company that submitted it on the brand's behalf, if one did.
    pub submitted_by_company_id: Option<CompanyId>,
}

impl AsRef<Self> for Batch {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Batch {
    /// Who submitted it.
    pub fn doer(&self) -> Doer {
        Doer {
            user_id: self.user_id,
            api_key_id: self.api_key_id,
            delegate_user_id: self.authority.0.delegate_user_id,
            ..Doer::SYSTEM
        }
    }

    /// The company whose batch it is: the one that submitted it.
    pub fn submitter(&self) -> CompanyId {
        self.submitted_by_company_id.unwrap_or(self.company_id)
    }

    /// What happened to it, told to whoever submitted it, too.
    pub fn telling(&self, event: Event) -> Event {
        match self.submitted_by_company_id {
            None => event,
            Some(submitter) => event.shared_with(submitter),
        }
    }

    /// Whether nothing will happen to it any more.
    pub fn is_over(&self) -> bool {
        match self.status {
            Status::Received | Status::Processing | Status::NeedsConfirmation => false,
            Status::Completed | Status::Rejected | Status::Cancelled => true,
        }
    }

    /// Whether nothing will happen to it by itself: nobody has to wait at the line for that.
    pub fn rests(&self) -> bool {
        self.is_over() || self.status == Status::NeedsConfirmation
    }

    /// Whether nothing became of any of its lines yet.
    pub fn is_untouched(&self) -> bool {
        [self.applied, self.unchanged, self.duplicate, self.rejected] == [0; 4]
    }
}

/// A stretch of a batch's bytes, exactly as they came.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = reversal_parts, treat_none_as_default_value = false)]
pub struct Part {
    /// The batch; its row comes after its last part.
    pub reversal_id: ReversalId,
    /// Counts from 0.
    pub part: i32,
    /// When it was stored.
    pub stored_at: Instant,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What became of one line.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = reversal_lines, treat_none_as_default_value = false)]
pub struct LineRow {
    /// The batch.
    pub reversal_id: ReversalId,
    /// The number of its record: a header is 1.
    pub line: i32,
    /// Where its record begins in the unpacked input.
    pub byte_offset: i64,
    /// How long the record is.
    pub byte_length: i32,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was rejected.
    pub code: Option<LineCode>,
    /// The same for people.
    pub detail: Option<String>,
    /// What it asked for, if it could be read.
    pub operation: Option<Operation>,
    /// The action it is about, if one was found.
    pub action_id: Option<ActionId>,
    /// The version it gave the action.
    pub version: Option<i64>,
    /// What is worth knowing.
    pub warnings: Option<Document<Vec<Warning>>>,
    /// What it became beside an action that had locked.
    pub adjustment_id: Option<AdjustmentId>,
}

/// A return's own id, used up by the line that was applied under it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = external_refs, treat_none_as_default_value = false)]
pub struct Claim {
    /// The brand.
    pub company_id: CompanyId,
    /// The id in the brand's books.
    pub external_ref: String,
    /// The action it was used for.
    pub action_id: ActionId,
    /// The item it was used for; [`whole_action`] if all of it.
    pub item_id: ItemId,
    /// The digest of what the line asked for.
    pub digest: Vec<u8>,
    /// When.
    pub claimed_at: Instant,
}

/// Stands for the whole action where a key needs an item.
pub fn whole_action() -> ItemId {
    ItemId::from_uuid(uuid::Uuid::nil())
}
