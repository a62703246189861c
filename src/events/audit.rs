//! Who did what, from where: an entry beside every event that somebody brought about, and for what
//! happens to sign-ins, which are no events. What somebody does for another company has an entry in the
//! logs of both. The only place that writes `audit_entries`; the audit log reads and sweeps them.

use std::collections::{HashMap, HashSet};

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde_json::{Map, Value};

use super::model::{AnyId, Doer, Event};
use crate::db::Db;
use crate::db::schema::audit_entries;
use crate::error::Result;
use crate::kernel::document::Document;
use crate::kernel::id::{ApiKeyId, AuditId, CompanyId, SessionId, UserId};
use crate::kernel::origin::{Address, RequestId};
use crate::kernel::time::Instant;

/// What somebody did in the name of a company.
#[derive(Debug, Clone, PartialEq, Queryable, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// The company in whose name it was done.
    pub company_id: CompanyId,
    /// What was done: `action.reversed`.
    pub kind: String,
    /// What it was done to.
    pub object_id: AnyId,
    /// The user who did it.
    pub user_id: Option<UserId>,
    /// The key that did it.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who did it on this one's behalf.
    pub delegate_user_id: Option<UserId>,
    /// From which address.
    pub address: Option<Address>,
    /// By which request.
    pub request_id: Option<RequestId>,
    /// Changed fields, before and after.
    pub changes: Document<Map<String, Value>>,
    /// When.
    pub at: Instant,
    /// In which delegated session.
    pub session_id: Option<SessionId>,
    /// The company whose person acted for this one there.
    pub delegate_company_id: Option<CompanyId>,
    /// The company on whose behalf this one's person acted there.
    pub on_behalf_of_company_id: Option<CompanyId>,
}

/// Something that somebody did, on its way into the log: an event, or what happens to a sign-in.
#[derive(Debug)]
pub struct Deed {
    kind: &'static str,
    object_id: AnyId,
    company_id: CompanyId,
    doer: Doer,
    changes: Document<Map<String, Value>>,
    at: Instant,
    on_behalf_of: Option<CompanyId>,
}

impl Deed {
    /// What is no event.
    pub fn new(kind: &'static str, object_id: AnyId, of: (CompanyId, Doer), at: Instant) -> Self {
        let ((company_id, doer), changes) = (of, Document(Map::new()));
        Self { kind, object_id, company_id, doer, changes, at, on_behalf_of: None }
    }

    /// A field that changed, before and after.
    pub fn changed(mut self, field: &str, before: &str, after: &str) -> Self {
        if before != after {
            self.changes.0.insert(field.to_string(), serde_json::json!([before, after]));
        }
        self
    }
}

impl From<Event> for Deed {
    fn from(event: Event) -> Self {
        Self {
            kind: event.kind.as_str(),
            object_id: event.object_id,
            company_id: event.company_id,
            doer: event.doer(),
            changes: event.changes,
            at: event.at,
            on_behalf_of: None,
        }
    }
}

/// Writes down who did it, unless it was the system itself. What somebody did for another company is in
/// the logs of both.
pub fn write(db: &mut Db, deed: impl Into<Deed>) -> Result<()> {
    let deed: Deed = deed.into();
    let of_delegate = mirrored(&deed);
    keep(db, deed)?;
    of_delegate.map_or(Ok(()), |deed| keep(db, deed))
}

/// The same in the log of the one company alone.
pub fn write_alone(db: &mut Db, deed: Deed) -> Result<()> {
    keep(db, deed)
}

/// What somebody did for another company, for the log of the own one: who did what to what, and for
/// whom. What it changed there is the other company's.
fn mirrored(deed: &Deed) -> Option<Deed> {
    let company = deed.doer.origin.acting_company()?;
    let doer = Doer { user_id: deed.doer.delegate_user_id, delegate_user_id: None, ..deed.doer };
    Some(Deed {
        company_id: company,
        doer,
        on_behalf_of: Some(deed.company_id),
        changes: Document(Map::new()),
        ..*deed
    })
}

fn keep(db: &mut Db, deed: Deed) -> Result<()> {
    let Doer { user_id, api_key_id, delegate_user_id, origin } = deed.doer;
    if user_id.is_none() && api_key_id.is_none() && delegate_user_id.is_none() {
        return Ok(());
    }
    let delegation = origin.delegation;
    let entry = Entry {
        id: AuditId::new(),
        company_id: deed.company_id,
        kind: deed.kind.to_string(),
        object_id: deed.object_id,
        user_id,
        api_key_id,
        delegate_user_id,
        address: origin.address,
        request_id: origin.request_id,
        changes: deed.changes,
        at: deed.at,
        session_id: delegation.map(|delegation| delegation.session),
        delegate_company_id: origin.acting_company().filter(|_| deed.on_behalf_of.is_none()),
        on_behalf_of_company_id: deed.on_behalf_of,
    };
    diesel::insert_into(audit_entries::table).values(&entry).execute(db)?;
    Ok(())
}

/// How much was done in these sessions for these companies, of each that did anything. That a session
/// began or ended is nothing done in it.
pub fn done_in(
    db: &mut Db,
    companies: &HashSet<CompanyId>,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, i64>> {
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let counted: Vec<(Option<SessionId>, i64)> = audit_entries::table
        .filter(audit_entries::company_id.eq_any(companies))
        .filter(audit_entries::session_id.eq_any(sessions))
        .filter(audit_entries::delegate_user_id.is_not_null())
        .filter(audit_entries::session_id.ne(audit_entries::object_id.nullable()))
        .group_by(audit_entries::session_id)
        .select((audit_entries::session_id, count_star()))
        .load(db)?;
    Ok(counted.into_iter().filter_map(|(session, many)| Some((session?, many))).collect())
}

/// Whether a company's log has so many entries about a thing since then.
pub fn has_many(
    db: &mut Db,
    (company, object): (CompanyId, AnyId),
    since: Instant,
    many: i64,
) -> Result<bool> {
    let there = audit_entries::table
        .filter(audit_entries::company_id.eq(company))
        .filter(audit_entries::object_id.eq(object))
        .filter(audit_entries::at.ge(since))
        .order((audit_entries::at.desc(), audit_entries::id.desc()))
        .select(audit_entries::id)
        .offset(many.saturating_sub(1))
        .limit(1);
    Ok(there.first::<AuditId>(db).optional()?.is_some())
}
