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
    /// The beginning of the secret that this one has followed.
    pub previous_hint: Option<String>,
    /// SHA-256 of that one.
    pub previous_hash: Option<Vec<u8>>,
    /// Until when it counts too.
    pub previous_until: Option<Instant>,
}

/// A secret that was just made, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its beginning, to tell secrets apart.
    pub hint: String,
    /// Its SHA-256.
    pub hash: Vec<u8>,
}

impl Scope {
    /// What a key with this scope may do, for people.
    pub const fn means(self) -> &'static str {
        match self {
            Self::CompaniesRead => "See the own company, and the cards of its partners.",
            Self::NotesRead => "See notes about companies that the own one works with.",
            Self::NotesWrite => "Write notes about them, and give them tags.",
            Self::PartnershipsRead => "See partnerships.",
            Self::ProgramsRead => "See programs, event types and reasons.",
            Self::ProgramsWrite => "Make and edit programs and event types.",
            Self::ContractsRead => "See contracts, and what an action would earn under them.",
            Self::CodesRead => "See coupon codes.",
            Self::CodesWrite => "Give coupon codes to partners, and take them back.",
            Self::ActionsRead => "See actions, their ledgers, adjustments, imports and exports.",
            Self::ActionsWrite => "Track actions, and decide about them.",
            Self::AdjustmentsWrite => "Correct what has locked.",
            Self::InquiriesRead => "See inquiries about actions.",
            Self::InquiriesWrite => "Open inquiries, take them back, and answer them.",
            Self::ReversalsRead => "See batches and the results of their lines.",
            Self::ReversalsWrite => "Submit batches, and stop them.",
            Self::EventsRead => "Follow what happens.",
            Self::AuditRead => "Read who did what, and from where.",
            Self::WebhooksRead => "See webhook endpoints and what was sent to them.",
        }
    }
}

impl ApiKey {
    /// Whether it counts at all.
    pub fn counts(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|until| now < until)
    }
}
