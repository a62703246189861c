//! Rows of histories.

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::db::schema::partnership_history;
use crate::kernel::document::Document;
use crate::kernel::id::{CompanyId, EventId, PartnershipId, UserId};
use crate::kernel::time::Instant;

/// Something that happened to a partnership.
#[derive(Debug, Clone, PartialEq, Queryable, Insertable)]
#[diesel(table_name = partnership_history, treat_none_as_default_value = false)]
pub struct Entry {
    /// The id of the event that told it.
    pub id: EventId,
    /// To which partnership.
    pub partnership_id: PartnershipId,
    /// The company that did it, or in which it happened.
    pub company_id: CompanyId,
    /// Whether both sides may know.
    pub shared: bool,
    /// What happened.
    pub kind: String,
    /// What changed, each with its value before and after.
    pub details: Document<Map<String, Value>>,
    /// The user who did it.
    pub user_id: Option<UserId>,
    /// The user of another company who did it on this one's behalf.
    pub delegate_user_id: Option<UserId>,
    /// When.
    pub at: Instant,
}
