//! Whether whoever started a reprocessing still may: asked again in the transaction of every chunk.

use super::model::Reprocessing;
use super::policy::Reprocess;
use crate::access::Verb;
use crate::companies::model::Status;
use crate::db::Db;
use crate::error::Result;
use crate::kernel::time::Instant;
use crate::keys::store as keys;
use crate::users::store as users;

/// Why it may not go on, if it may not.
pub fn ended(db: &mut Db, row: &Reprocessing, now: Instant) -> Result<Option<&'static str>> {
    let company = row.company_id;
    let (may, status) = match (row.api_key_id, row.user_id) {
        (None, None) => return Ok(None),
        (Some(key), _) => {
            let found = keys::with_company(db, company, key)?;
            let Some((key, status)) = found.filter(|(key, _)| key.counts(now)) else {
                return Ok(Some("the API key that started it no longer counts"));
            };
            let has = |scope| key.scopes.0.contains(&scope);
            (Reprocess::SCOPE.is_some_and(has), status)
        }
        (None, Some(user)) => {
            let Some((role, status)) = users::role_in(db, company, user)? else {
                return Ok(Some("who started it has left the company"));
            };
            (role >= Reprocess::ROLE, status)
        }
    };
    Ok(match (may, status) {
        (false, _) => Some("who started it may no longer"),
        (true, Status::Active) => None,
        (true, Status::Suspended | Status::Deactivated) => Some("the company is no longer active"),
    })
}
