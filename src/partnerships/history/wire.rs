//! Histories as they are given.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::Entry;
use crate::kernel::id::{CompanyId, EventId, UserId};
use crate::kernel::time::Instant;

/// The company that did something.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryCompany {
    /// Its id.
    pub id: CompanyId,
    /// What it is called now.
    pub name: String,
}

/// The person of your company who did something.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryUser {
    /// The person's id.
    pub id: UserId,
    /// The person's name.
    pub name: String,
}

/// Something that happened to a partnership.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipHistoryEntry)]
pub struct EntryView {
    /// The id of the event that told it.
    pub id: EventId,
    /// What happened: the type of the event.
    #[serde(rename = "type")]
    #[schema(example = "partnership.accepted")]
    pub kind: String,
    /// When.
    pub at: Instant,
    /// Which side did it; where an offer has expired, the side that made it.
    pub company: HistoryCompany,
    /// Who of your company did it; null for the other side's people, and for what nobody did.
    #[schema(required)]
    pub user: Option<HistoryUser>,
    /// Whether only your side reads this entry.
    pub private: bool,
    /// Whether there is more to show.
    pub has_details: bool,
    /// What changed, each with its value before and after.
    #[schema(example = json!({ "status": ["offered", "active"] }))]
    pub details: Map<String, Value>,
}

impl EntryView {
    /// As `reader`'s people see it. `name` is the company's.
    pub fn to(reader: CompanyId, (entry, user): (Entry, Option<String>), name: String) -> Self {
        let own = entry.company_id == reader;
        let user = entry.user_id.zip(user).filter(|_| own);
        Self {
            id: entry.id,
            kind: entry.kind,
            at: entry.at,
            company: HistoryCompany { id: entry.company_id, name },
            user: user.map(|(id, name)| HistoryUser { id, name }),
            private: !entry.shared,
            has_details: !entry.details.0.is_empty(),
            details: entry.details.0,
        }
    }
}
