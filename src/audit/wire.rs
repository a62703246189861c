//! What the audit log takes and gives.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::model::{Filter, Kinds};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::audit::Entry;
use crate::events::kinds::ObjectKind;
use crate::events::model::AnyId;
use crate::kernel::id::{
    ApiKeyId, AttachmentKey, AuditId, ChangeKey, CompanyId, Id, SessionId, SessionKey, UserId,
};
use crate::kernel::page::Page;
use crate::kernel::time::Instant;
use crate::keys::store as keys;
use crate::users::store as users;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Only what this user did.
    #[param(nullable = false)]
    pub user_id: Option<UserId>,
    /// Only what this API key did.
    #[param(nullable = false)]
    pub api_key_id: Option<ApiKeyId>,
    /// Only this type, or with `.*` all of one sort of thing: `action.reversed`, `action.*`.
    #[serde(rename = "type")]
    #[param(
        nullable = false,
        max_length = 100,
        pattern = "^[a-z_]+\\.([a-z_]+|\\*)$",
        example = "action.*"
    )]
    pub kind: Option<String>,
    /// Only what was done to this, whatever kind of thing it is.
    #[param(
        nullable = false,
        max_length = 40,
        pattern = "^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$",
        example = "act_01k5h2v7xnf8rtq3m9bcw4ze6a"
    )]
    pub object_id: Option<String>,
    /// Only what was done at this moment or later.
    #[param(nullable = false)]
    pub after: Option<Instant>,
    /// Only what was done before this moment.
    #[param(nullable = false)]
    pub before: Option<Instant>,
    /// Only what users of other companies did on your company's behalf; if false, only the rest.
    #[param(nullable = false)]
    pub delegated: Option<bool>,
    /// Only what was done in this delegated session, by others for your company or by your people for
    /// another one.
    #[param(nullable = false)]
    pub session_id: Option<SessionId>,
}

impl AuditFilter {
    /// What it asks for.
    pub fn read(&self) -> Result<Filter> {
        Ok(Filter {
            user: self.user_id,
            key: self.api_key_id,
            kinds: self.kind.as_deref().map(Kinds::read),
            object: self.object_id.as_deref().map(any_id).transpose()?,
            after: self.after,
            before: self.before,
            delegated: self.delegated,
            session: self.session_id,
        })
    }
}

/// The id of any kind of thing, as it is written for its own kind.
fn any_id(text: &str) -> Result<AnyId> {
    let number = text.rsplit_once('_').map(|(_, number)| number).unwrap_or_default();
    let bad = || Error::invalid(Fault::in_parameter("object_id", "bad_id", "this is no id"));
    format!("any_{number}").parse().map_err(|_| bad())
}

/// A person who is told of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditUser {
    /// The person's id.
    pub id: UserId,
    /// The person's name.
    pub name: String,
}

/// A company that is told of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditCompany {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
}

/// An API key that is told of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for; empty for another company's.
    pub name: String,
}

/// What somebody did in your company's name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct EntryView {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Instant,
    /// What was done: the type of the event, or what happened to a sign-in.
    #[serde(rename = "type")]
    #[schema(example = "action.reversed")]
    pub kind: String,
    /// The id of what it was done to.
    #[schema(example = "act_01k5h2v7xnf8rtq3m9bcw4ze6a")]
    pub object_id: String,
    /// The user who did it, or whose sign-in it was; null for a key.
    #[schema(required)]
    pub user: Option<AuditUser>,
    /// The API key that did it; null for a user.
    #[schema(required)]
    pub api_key: Option<AuditKey>,
    /// The user of another company who did it on your company's behalf.
    #[schema(required)]
    pub delegate: Option<AuditUser>,
    /// That one's company.
    #[schema(required)]
    pub delegate_company: Option<AuditCompany>,
    /// The company on whose behalf your own user did it: what was changed there is in its log.
    #[schema(required)]
    pub on_behalf_of: Option<AuditCompany>,
    /// The delegated session in which it was done.
    #[schema(required)]
    pub session_id: Option<SessionId>,
    /// From which address; null for what the server did later in somebody's name.
    #[schema(required, example = "203.0.113.9")]
    pub address: Option<String>,
    /// The `X-Request-Id` of the answer; null likewise.
    #[schema(required, example = "0199c4a1d0c37a6f8a53c1f5c0a4e7d2")]
    pub request_id: Option<String>,
    /// Changed fields, each with its value before and after.
    #[schema(example = json!({ "state": ["pending", "reversed"] }))]
    pub changes: Map<String, Value>,
}

/// Entries as they are shown, with the names of all who are in them.
pub fn named(db: &mut Db, page: Page<Entry>) -> Result<Page<EntryView>> {
    let entries = page.rows.iter();
    let people = entries.clone().flat_map(|entry| [entry.user_id, entry.delegate_user_id]);
    let people: HashSet<UserId> = people.flatten().collect();
    let systems: HashSet<ApiKeyId> = entries.filter_map(|entry| entry.api_key_id).collect();
    let sides = page.rows.iter();
    let sides = sides.flat_map(|entry| [entry.delegate_company_id, entry.on_behalf_of_company_id]);
    let sides: HashSet<CompanyId> = sides.flatten().collect();
    let companies = match sides.is_empty() {
        true => HashMap::new(),
        false => companies::names(db, sides.into_iter().collect())?,
    };
    let people = users::names(db, &people)?;
    let systems = match page.rows.first().map(|entry| entry.company_id) {
        Some(reader) => keys::names(db, reader, &systems)?,
        None => HashMap::new(),
    };
    let names = Names { people, systems, companies };
    Ok(page.map(|entry| names.shown(entry)))
}

struct Names {
    people: HashMap<UserId, String>,
    systems: HashMap<ApiKeyId, String>,
    companies: HashMap<CompanyId, String>,
}

impl Names {
    fn shown(&self, entry: Entry) -> EntryView {
        let user = |id: UserId| {
            let name = self.people.get(&id).cloned().unwrap_or_default();
            AuditUser { id, name }
        };
        let key = |id: ApiKeyId| {
            let name = self.systems.get(&id).cloned().unwrap_or_default();
            AuditKey { id, name }
        };
        let company = |id: CompanyId| {
            let name = self.companies.get(&id).cloned().unwrap_or_default();
            AuditCompany { id, name }
        };
        EntryView {
            id: entry.id,
            at: entry.at,
            object_id: shown_id(&entry.kind, entry.object_id),
            kind: entry.kind,
            user: entry.user_id.map(user),
            api_key: entry.api_key_id.map(key),
            delegate: entry.delegate_user_id.map(user),
            delegate_company: entry.delegate_company_id.map(company),
            on_behalf_of: entry.on_behalf_of_company_id.map(company),
            session_id: entry.session_id,
            address: entry.address.map(|address| address.to_string()),
            request_id: entry.request_id.map(|id| id.to_string()),
            changes: entry.changes.0,
        }
    }
}

/// The object's id with the prefix of its kind. Of sign-ins, files and drafts there are no events.
fn shown_id(kind: &str, object: AnyId) -> String {
    match kind.split('.').next() {
        Some("attachment") => Id::<AttachmentKey>::from_uuid(object.uuid()).to_string(),
        Some("session") => Id::<SessionKey>::from_uuid(object.uuid()).to_string(),
        Some("partnership_change") => Id::<ChangeKey>::from_uuid(object.uuid()).to_string(),
        word => match word.and_then(ObjectKind::parse) {
            Some(known) => known.shown(object),
            // A newer server may write down what this one does not know.
            None => object.uuid().to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::ActionId;

    #[test]
    fn an_id_of_anything_is_read_whatever_its_kind() {
        let action = ActionId::new();
        assert_eq!(any_id(&action.to_string()).unwrap().uuid(), action.uuid());
        for bad in
            ["", "act_", "act", "act_01k5h2v7xnf8rtq3m9bcw4ze6", "act_u1k5h2v7xnf8rtq3m9bcw4ze6a"]
        {
            assert!(any_id(bad).is_err(), "{bad}");
        }
    }
}
