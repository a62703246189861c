//! What the feed gives.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::AnyId;
use super::store::FeedRow;
use crate::kernel::id::{
    ActionKey, AdjustmentKey, ApiKeyId, ApiKeyKey, CompanyId, CompanyKey, ContractKey, EventId,
    EventTypeKey, Id, ImportKey, InquiryKey, Kind, PartnershipKey, ProgramKey, ReferralCodeKey,
    ReprocessingKey, ReversalKey, UserId, UserKey,
};
use crate::kernel::time::Instant;

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Its id; the same event has the same id wherever it is seen.
    pub id: EventId,
    /// What happened.
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
    /// The user who did it; null for another company's user, a key or the system.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The API key that did it; null for another company's key, a user or the system.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// When.
    pub at: Instant,
}

impl EventView {
    /// As `reader`'s people see it: who acted is told within a company only.
    pub fn to(reader: CompanyId, row: FeedRow) -> Self {
        let own = row.company_id == reader;
        Self {
            object_id: object_id(&row.kind, row.object_id),
            id: row.id,
            kind: row.kind,
            sequence: row.sequence,
            company_id: row.company_id,
            changes: row.changes.0,
            user_id: row.user_id.filter(|_| own),
            api_key_id: row.api_key_id.filter(|_| own),
            at: row.at,
        }
    }
}

/// The object's id with the prefix of its kind, which the event's type tells.
pub fn object_id(kind: &str, object: AnyId) -> String {
    fn of<K: Kind>(object: AnyId) -> String {
        Id::<K>::from_uuid(object.uuid()).to_string()
    }
    match kind.split('.').next() {
        Some("action") => of::<ActionKey>(object),
        Some("action_import") => of::<ImportKey>(object),
        Some("adjustment") => of::<AdjustmentKey>(object),
        Some("api_key") => of::<ApiKeyKey>(object),
        Some("company") => of::<CompanyKey>(object),
        Some("contract") => of::<ContractKey>(object),
        Some("event_type") => of::<EventTypeKey>(object),
        Some("inquiry") => of::<InquiryKey>(object),
        Some("partnership") => of::<PartnershipKey>(object),
        Some("program") => of::<ProgramKey>(object),
        Some("referral_code") => of::<ReferralCodeKey>(object),
        Some("reprocessing") => of::<ReprocessingKey>(object),
        Some("reversal") => of::<ReversalKey>(object),
        Some("user") => of::<UserKey>(object),
        _ => object.uuid().to_string(),
    }
}
