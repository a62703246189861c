//! Rows and words of API keys.

use diesel::prelude::*;

use crate::db::schema::api_keys;
use crate::kernel::document::Document;
use crate::kernel::id::{ApiKeyId, CompanyId, EventTypeId, ProgramId, UserId};
use crate::kernel::time::Instant;

crate::words! {
    /// What a key may do.
    pub enum Scope {
        CompaniesRead = "companies:read",
        NotesRead = "notes:read",
        NotesWrite = "notes:write",
        PartnershipsRead = "partnerships:read",
        ProgramsRead = "programs:read",
        ProgramsWrite = "programs:write",
        ContractsRead = "contracts:read",
        CodesRead = "codes:read",
        CodesWrite = "codes:write",
        ActionsRead = "actions:read",
        ActionsWrite = "actions:write",
        AdjustmentsWrite = "adjustments:write",
        InquiriesRead = "inquiries:read",
        InquiriesWrite = "inquiries:write",
        ReversalsRead = "reversals:read",
        ReversalsWrite = "reversals:write",
        EventsRead = "events:read",
        AuditRead = "audit:read",
        WebhooksRead = "webhooks:read",
    }
}

/// A partner system's credential.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub company_id: CompanyId,
    /// What it is for, in the owner's words.
    pub name: String,
    /// The beginning of the secret, to tell keys apart.
    pub hint: String,
    /// SHA-256 of the secret.
    pub hash: Vec<u8>,
    /// What it may do.
    pub scopes: Document<Vec<Scope>>,
    /// The programs it is limited to.
    pub program_ids: Option<Document<Vec<ProgramId>>>,
    /// The event types it is limited to.
    pub event_type_ids: Option<Document<Vec<EventTypeId>>>,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Instant,
    /// Until when it counts.
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
}

impl ApiKey {
    /// Whether it counts at all.
    pub fn counts(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|until| now < until)
    }
}
