//! What the doors of notifications take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Email, Kind, Notification, Own, Preference, Thing};
use super::rules::{self, MOST_COUNTED};
use super::store::Filter;
use super::{Names, phrases};
use crate::error::{Error, Fault, Result};
use crate::http::reply::Streams;
use crate::kernel::id::{CompanyId, EventId, NotificationId};
use crate::kernel::time::Instant;

/// Which notifications.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotificationsFilter {
    /// Only those that you have not read, or only those that you have.
    #[param(nullable = false)]
    pub unread: Option<bool>,
    /// Only those of one of these kinds, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub kind: Option<Vec<Kind>>,
}

impl From<NotificationsFilter> for Filter {
    fn from(asked: NotificationsFilter) -> Self {
        Self { unread: asked.unread, kinds: asked.kind }
    }
}

/// What you are told of something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Notification)]
pub struct NotificationView {
    /// Its id.
    pub id: NotificationId,
    /// What it is about; what you choose by.
    pub kind: Kind,
    /// What happened, in a sentence.
    #[schema(example = "Acme proposes a contract")]
    pub title: String,
    /// The event, as `GET /v1/events` lists it.
    pub event_id: EventId,
    /// What kind of thing it happened to.
    pub object_type: Thing,
    /// The id of what it happened to.
    #[schema(example = "ct_01k5h2v7xnf8rtq3m9bcw4ze6a")]
    pub object_id: String,
    /// The other company that it concerns.
    #[schema(required)]
    pub company: Option<OtherCompany>,
    /// When you were told.
    pub created_at: Instant,
    /// When you read it; null until then.
    #[schema(required)]
    pub read_at: Option<Instant>,
}

/// A company that something is shared with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NotificationCompany)]
pub struct OtherCompany {
    /// Its id.
    pub id: CompanyId,
    /// What it is called now.
    pub name: String,
}

/// How many you have not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UnreadNotifications)]
pub struct UnreadView {
    /// The number; at most 100.
    #[schema(maximum = 100)]
    pub count: usize,
    /// Whether there are more than that.
    pub capped: bool,
}

/// What a stream tells.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationNews)]
pub struct News<'a> {
    /// How many you have not read.
    pub unread: UnreadView,
    /// What you are told; null where only the number has changed.
    #[schema(required)]
    pub notification: Option<&'a NotificationView>,
}

/// Up to which notification you have read.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "before": "ntf_01k5h2v7xnf8rtq3m9bcw4ze6a" }))]
pub struct ReadAll {
    /// The newest one that you have seen: it is marked, and all before it. What you are told meanwhile
    /// stays unread.
    pub before: NotificationId,
}

/// A command without arguments.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ReadOne {}

/// How you want to be told of one kind.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationPreference)]
pub struct PreferenceView {
    /// Which kind.
    pub kind: Kind,
    /// Whether it is listed.
    pub in_app: bool,
    /// Whether letters come: each at once, one a day, or none.
    pub email: Email,
}

/// How you want to be told, kind by kind.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(
    as = NotificationPreferences,
    example = json!({ "preferences": [
        { "kind": "batch_done", "in_app": true, "email": "off" },
        { "kind": "contract_proposal", "in_app": true, "email": "daily" },
    ] })
)]
pub struct PreferencesView {
    /// One for each kind. What a request leaves out is as if nothing had been chosen.
    #[schema(max_items = 50)]
    pub preferences: Vec<PreferenceView>,
}

/// What a link in a letter says.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnsubscribeLink {
    /// Which letters end, and whose.
    #[param(max_length = 500, nullable = false, required = true)]
    pub token: Option<String>,
}

/// The same, where somebody only looks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnsubscribeQuestion {
    /// Which letters would end, and whose.
    #[param(max_length = 500, nullable = false)]
    pub token: Option<String>,
}

impl NotificationView {
    /// As its reader sees it.
    pub fn of(row: &Notification, names: &Names) -> Self {
        let other = row.other_company_id.and_then(|id| Some((id, names.of(id)?)));
        let object_type = rules::object(row.what);
        Self {
            id: row.id,
            kind: row.kind,
            title: phrases::title(row.what, other.map(|(_, name)| name)),
            event_id: row.event_id,
            object_type,
            object_id: object_type.shown(row.object_id),
            company: other.map(|(id, name)| OtherCompany { id, name: name.to_string() }),
            created_at: row.created_at,
            read_at: row.read_at,
        }
    }
}

impl UnreadView {
    /// A count that went no further than one above the most.
    pub fn of(counted: usize) -> Self {
        Self { count: counted.min(MOST_COUNTED), capped: counted > MOST_COUNTED }
    }
}

impl PreferencesView {
    /// What counts for somebody who has chosen this.
    pub fn of(chosen: &[Preference]) -> Self {
        let all = Kind::ALL.iter().map(|kind| {
            let rules::Choice { in_app, email } = rules::choice(*kind, chosen);
            PreferenceView { kind: *kind, in_app, email }
        });
        Self { preferences: all.collect() }
    }

    /// The rows to be kept, or everything that is wrong with the choice.
    pub fn rows(&self, own: Own) -> Result<Vec<Preference>> {
        let mut faults = Vec::new();
        for (index, one) in self.preferences.iter().enumerate() {
            let at = |field: &str| format!("/preferences/{index}/{field}");
            let before = self.preferences.iter().take(index);
            if before.into_iter().any(|other| other.kind == one.kind) {
                faults.push(Fault::at(at("kind"), "duplicate", "this kind is named twice"));
            }
            if rules::is_essential(one.kind) && !one.in_app {
                let message = format!("{} is always listed", one.kind);
                faults.push(Fault::at(at("in_app"), "essential", message));
            }
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let row = |one: &PreferenceView| Preference {
            user_id: own.user,
            company_id: own.company,
            kind: one.kind,
            in_app: one.in_app,
            email: one.email,
        };
        Ok(self.preferences.iter().map(row).collect())
    }
}

impl Streams for News<'_> {
    const EXAMPLE: &'static str = "\
id: 1790000000000000
event: unread
data: {\"unread\":{\"count\":0,\"capped\":false},\"notification\":null}

id: 1790000000000001
event: notification
data: {\"unread\":{\"count\":1,\"capped\":false},\
\"notification\":{\"id\":\"ntf_01k5h2v7xnf8rtq3m9bcw4ze6a\",\"kind\":\"contract_proposal\",\
\"title\":\"Acme proposes a contract\",\"event_id\":\"evn_01k5h2v7xnf8rtq3m9bcw4ze6a\",\
\"object_type\":\"contract\",\"object_id\":\"ct_01k5h2v7xnf8rtq3m9bcw4ze6a\",\
\"company\":{\"id\":\"co_01k5h2v7xnf8rtq3m9bcw4ze6a\",\"name\":\"Acme\"},\
\"created_at\":\"2026-01-31T09:30:00Z\",\"read_at\":null}}

";
}
