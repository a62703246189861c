//! Rows of the record of what happened.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::kinds::EventKind;
use crate::db::schema::events;
use crate::kernel::document::Document;
use crate::kernel::id::{ApiKeyId, CompanyId, EventId, Id, Kind, UserId};
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;

/// Who did something; carried from the request to every row it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Doer {
    /// The user, if one signed in.
    pub user_id: Option<UserId>,
    /// The key, if a partner system called.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who acted for this one.
    pub delegate_user_id: Option<UserId>,
    /// From where. Rows that keep who did something do not keep this: what is done later in somebody's
    /// name comes from nowhere.
    #[serde(skip)]
    pub origin: Origin,
}

impl Doer {
    /// The system itself: a job, not a caller.
    pub const SYSTEM: Self =
        Self { user_id: None, api_key_id: None, delegate_user_id: None, origin: Origin::NOWHERE };
}

/// The id of any kind of thing.
#[derive(Debug)]
pub enum Anything {}

impl Kind for Anything {
    const PREFIX: &'static str = "any";
    const NAME: &'static str = "thing";
}

/// The id of any kind of thing, stored without its kind: the event's type tells.
pub type AnyId = Id<Anything>;

/// Forgets what kind of thing an id is of.
pub fn any<K: Kind>(id: Id<K>) -> AnyId {
    AnyId::from_uuid(id.uuid())
}

crate::words! {
    /// Who is told everything that happens, each at its own pace, and tells others.
    pub enum Follower {
        /// Tells the systems that asked to be told.
        Webhooks = "webhooks",
        /// Tells people.
        Notifications = "notifications",
    }
}

/// One thing that happened, written in the transaction that made it happen.
#[must_use = "what happened has to be written down"]
#[derive(Debug, Clone, PartialEq, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The company it happened in.
    pub company_id: CompanyId,
    /// The other company that may know, if any.
    pub other_company_id: Option<CompanyId>,
    /// What happened.
    pub kind: EventKind,
    /// What it happened to.
    pub object_id: AnyId,
    /// The object's version after it.
    pub sequence: i64,
    /// Changed fields, before and after: `{"state": ["pending", "reversed"]}`.
    pub changes: Document<Map<String, Value>>,
    /// The user who did it.
    pub user_id: Option<UserId>,
    /// The key that did it.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who did it on this one's behalf.
    pub delegate_user_id: Option<UserId>,
    /// When.
    pub at: Instant,
    /// From where, for the audit log alone.
    #[diesel(skip_insertion)]
    pub origin: Origin,
}

impl Event {
    /// Something happened to a thing of `company`, for the first time.
    pub fn new(kind: EventKind, object_id: AnyId, company_id: CompanyId, at: Instant) -> Self {
        Self {
            id: EventId::new(),
            company_id,
            other_company_id: None,
            kind,
            object_id,
            sequence: 1,
            changes: Document(Map::new()),
            user_id: None,
            api_key_id: None,
            delegate_user_id: None,
            at,
            origin: Origin::NOWHERE,
        }
    }

    /// Who did it.
    pub fn by(self, doer: Doer) -> Self {
        let Doer { user_id, api_key_id, delegate_user_id, origin } = doer;
        Self { user_id, api_key_id, delegate_user_id, origin, ..self }
    }

    /// The same, as it was said.
    pub fn doer(&self) -> Doer {
        let Self { user_id, api_key_id, delegate_user_id, origin, .. } = *self;
        Doer { user_id, api_key_id, delegate_user_id, origin }
    }

    /// The other company that may know.
    pub fn shared_with(self, other: CompanyId) -> Self {
        Self { other_company_id: Some(other), ..self }
    }

    /// The object's version after it.
    pub fn sequence(self, sequence: i64) -> Self {
        Self { sequence, ..self }
    }

    /// A field that changed, before and after; a field that did not is left out.
    pub fn changed(
        mut self,
        field: &str,
        before: impl Into<Value>,
        after: impl Into<Value>,
    ) -> Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.changes.0.insert(field.to_string(), Value::Array(vec![before, after]));
        }
        self
    }
}
