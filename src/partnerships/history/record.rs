//! Writes down what happens: the event, and the entry that stays.

use serde_json::{Map, Value};

use super::model::Entry;
use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::events::model::Event;
use crate::events::store as events;
use crate::kernel::document::Document;
use crate::kernel::id::PartnershipId;

/// An event about a partnership.
pub fn record(db: &mut Db, partnership: PartnershipId, event: Event) -> Result<()> {
    let details = event.changes.0.clone();
    record_beside(db, partnership, event, details)
}

/// An event about something else that concerns a partnership, with what its history says of it.
pub fn record_beside(
    db: &mut Db,
    partnership: PartnershipId,
    event: Event,
    details: Map<String, Value>,
) -> Result<()> {
    let entry = Entry {
        id: event.id,
        partnership_id: partnership,
        company_id: event.company_id,
        shared: event.other_company_id.is_some(),
        kind: event.kind.to_string(),
        details: Document(details),
        user_id: event.user_id,
        delegate_user_id: event.delegate_user_id,
        at: event.at,
    };
    store::append(db, &entry)?;
    events::record(db, event)
}
