//! Events as they are asked for and given.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::actions::wire::ActionView;
use crate::adjustments::wire::AdjustmentView;
use crate::codes::wire::ReferralCodeView;
use crate::companies::wire::CompanyView;
use crate::contracts::wire::ContractView;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::{EventKind, ObjectKind};
use crate::events::model::AnyId;
use crate::events::pattern::Pattern;
use crate::events::store::{FeedRow, Filter};
use crate::inquiries::wire::InquiryView;
use crate::kernel::id::{ApiKeyId, CompanyId, EventId, UserId};
use crate::kernel::time::Instant;
use crate::keys::wire::ApiKeyView;
use crate::partnerships::invitations::wire::PartnershipInvitationView;
use crate::partnerships::wire::PartnershipView;
use crate::people::wire::PersonView;
use crate::programs::wire::{EventTypeView, ProgramView};
use crate::relations::notes::wire::NoteView;
use crate::relations::wire::AccountOwnerView;
use crate::reprocessings::wire::ReprocessingView;
use crate::reversals::imports::wire::ImportView;
use crate::reversals::wire::ReversalView;
use crate::users::delegations::wire::DelegatedSessionView;
use crate::users::invitations::wire::InvitationView;
use crate::users::memberships::wire::MemberView;
use crate::users::wire::UserView;
use crate::webhooks::wire::WebhookEndpointView;

/// Which events.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsFilter {
    /// Only events of these types, as a comma list: `action.reversed`, or `action.*` for all of
    /// actions.
    #[serde(rename = "type")]
    #[param(nullable = false, style = Form, explode = false, example = json!(["action.*", "reversal.completed"]))]
    pub kinds: Option<Vec<String>>,
    /// Only events about this thing, whatever it is.
    #[param(nullable = false, max_length = 40, example = "act_01k5h2v7xnf8rtq3m9bcw4ze6a")]
    pub object_id: Option<String>,
}

impl EventsFilter {
    /// As the store takes it, or every fault of it.
    pub fn read(&self) -> Result<Filter> {
        let mut faults = Vec::new();
        let kinds = self.kinds.as_ref().map(|texts| kinds(texts, &mut faults));
        let object = self.object_id.as_ref().and_then(|id| object(id, &mut faults));
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(Filter { object, kinds: kinds.filter(|kinds| kinds.len() < EventKind::ALL.len()) })
    }
}

/// The types that any of these patterns means, each once.
fn kinds(texts: &[String], faults: &mut Vec<Fault>) -> Vec<EventKind> {
    let mut patterns = Vec::new();
    for text in texts {
        match Pattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(no) => faults.push(Fault::in_parameter("type", "unknown_value", no.to_string())),
        }
    }
    let meant = |kind: &EventKind| patterns.iter().any(|one| one.matches(kind.as_str()));
    EventKind::ALL.iter().copied().filter(meant).collect()
}

fn object(id: &str, faults: &mut Vec<Fault>) -> Option<AnyId> {
    let found = ObjectKind::of(id).map(|(_, id)| id);
    if found.is_none() {
        let prefixes: Vec<_> = ObjectKind::ALL.iter().map(|one| one.prefix()).collect();
        let message = format!("an id that begins with one of {}", prefixes.join("_, ") + "_");
        faults.push(Fault::in_parameter("object_id", "bad_format", message));
    }
    found
}

crate::words! {
    /// Who did something, as far as the reader is told.
    pub enum ActedBy {
        /// A person of the company, or one who acted for it.
        User = "user",
        /// An API key of the company.
        ApiKey = "api_key",
        /// The system itself: a job, a date, silence.
        System = "system",
        /// Somebody of the other company.
        OtherCompany = "other_company",
    }
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Its id; the same event has the same id wherever it is seen.
    pub id: EventId,
    /// What happened. New types may come: skip what you do not know.
    #[serde(rename = "type")]
    #[schema(example = "action.reversed")]
    pub kind: String,
    /// The id of what it happened to.
    #[schema(example = "act_01k5h2v7xnf8rtq3m9bcw4ze6a")]
    pub object_id: String,
    /// The object's version after it.
    pub sequence: i64,
    /// The company it happened in.
    pub company_id: CompanyId,
    /// Changed fields, each with its value before and after.
    #[schema(example = json!({ "state": ["pending", "reversed"] }))]
    pub changes: Map<String, Value>,
    /// What it happened to, as the API shows it to you now: its `version`, where it has one, is
    /// `sequence`, or higher if more has happened since. Null if you may not see it, or no longer.
    #[serde(serialize_with = "plainly")]
    #[schema(value_type = Option<ObjectView>, required)]
    pub object: Option<Arc<ObjectView>>,
    /// Who did it.
    pub acted_by: ActedBy,
    /// The user who did it; null for another company's user, a key or the system.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The API key that did it; null for another company's key, a user or the system.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who did it on your company's behalf.
    #[schema(required)]
    pub delegate_user_id: Option<UserId>,
    /// When.
    pub at: Instant,
}

/// What an event is about, as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = EventObject)]
pub enum ObjectView {
    /// An action.
    Action(ActionView),
    /// A company.
    Company(CompanyView),
    /// The time in which somebody looks after another company.
    AccountOwner(AccountOwnerView),
    /// A note about another company.
    Note(NoteView),
    /// A person of the company.
    User(UserView),
    /// An invitation to the company.
    Invitation(InvitationView),
    /// A person's place in the company.
    Membership(MemberView),
    /// A session in which somebody of one company acts for another.
    DelegatedSession(DelegatedSessionView),
    /// An API key, without its secret.
    ApiKey(ApiKeyView),
    /// A webhook endpoint, without its secret.
    WebhookEndpoint(WebhookEndpointView),
    /// A person of the company, who may stand on partnerships.
    Person(PersonView),
    /// A partnership.
    Partnership(PartnershipView),
    /// A partnership that is offered to an address.
    PartnershipInvitation(PartnershipInvitationView),
    /// A program.
    Program(ProgramView),
    /// An event type.
    EventType(EventTypeView),
    /// A contract.
    Contract(ContractView),
    /// A coupon code.
    ReferralCode(ReferralCodeView),
    /// An adjustment.
    Adjustment(AdjustmentView),
    /// A reprocessing.
    Reprocessing(ReprocessingView),
    /// An inquiry.
    Inquiry(InquiryView),
    /// A batch of reversals.
    Reversal(ReversalView),
    /// An import of actions.
    ActionImport(ImportView),
}

fn plainly<S: Serializer>(object: &Option<Arc<ObjectView>>, to: S) -> Result<S::Ok, S::Error> {
    object.as_deref().serialize(to)
}

impl EventView {
    /// As `reader`'s people see it: who acted is told within a company only.
    pub fn to(reader: CompanyId, row: FeedRow, object: Option<Arc<ObjectView>>) -> Self {
        let own = row.company_id == reader;
        let FeedRow { user_id, api_key_id, delegate_user_id, .. } = row;
        let kind = EventKind::parse(&row.kind);
        let object_id = kind.map(|kind| kind.object().shown(row.object_id));
        Self {
            // A newer server may write types that this one does not know.
            object_id: object_id.unwrap_or_else(|| row.object_id.uuid().to_string()),
            id: row.id,
            sequence: row.sequence,
            company_id: row.company_id,
            object,
            acted_by: match (user_id.or(delegate_user_id), api_key_id) {
                (None, None) => ActedBy::System,
                (Some(_), _) | (_, Some(_)) if !own => ActedBy::OtherCompany,
                (_, Some(_)) => ActedBy::ApiKey,
                (Some(_), None) => ActedBy::User,
            },
            user_id: user_id.filter(|_| own),
            api_key_id: api_key_id.filter(|_| own),
            delegate_user_id: delegate_user_id.filter(|_| own),
            changes: row.changes.0,
            at: row.at,
            kind: row.kind,
        }
    }
}
