//! The only SQL that touches `api_keys`.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::model::ApiKey;
use crate::companies::model::Status;
use crate::db::schema::{api_keys, companies};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{ApiKeyId, CompanyId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

impl Find for ApiKey {
    type Id = ApiKeyId;
    const NAME: &'static str = "API key";

    fn look_for(db: &mut Db, id: ApiKeyId, reach: &Reach) -> Result<Option<Self>> {
        let own = api_keys::table.find(id).filter(api_keys::company_id.eq(reach.company));
        Ok(own.first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Those of these keys that are the caller's company's.
pub fn among(db: &mut Db, reach: &Reach, ids: &[ApiKeyId]) -> Result<Vec<ApiKey>> {
    let own = api_keys::table.filter(api_keys::company_id.eq(reach.company));
    Ok(own.filter(api_keys::id.eq_any(ids)).load(db)?)
}

/// A new key.
pub fn insert(db: &mut Db, key: &ApiKey) -> Result<()> {
    diesel::insert_into(api_keys::table).values(key).execute(db)?;
    Ok(())
}

/// A company's keys, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    after: Option<ApiKeyId>,
    limit: i64,
) -> Result<Page<ApiKey>> {
    let mut keys = api_keys::table
        .filter(api_keys::company_id.eq(reach.company))
        .order(api_keys::id.desc())
        .limit(limit + 1)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        keys = keys.filter(api_keys::id.lt(after));
    }
    Ok(Page::cut(keys.load(db)?, limit, |key: &ApiKey| key.id))
}

/// The names of a company's keys. Of others there are none: what a key is called is its company's own.
pub fn names(
    db: &mut Db,
    company: CompanyId,
    ids: &HashSet<ApiKeyId>,
) -> Result<HashMap<ApiKeyId, String>> {
    let named =
        api_keys::table.filter(api_keys::id.eq_any(ids)).filter(api_keys::company_id.eq(company));
    let rows: Vec<(ApiKeyId, String)> = named.select((api_keys::id, api_keys::name)).load(db)?;
    Ok(rows.into_iter().collect())
}

/// Stops a key, and gives whether it counted until now; stopping it twice changes nothing.
pub fn revoke(db: &mut Db, key: &ApiKey, now: Instant) -> Result<bool> {
    let live = api_keys::table.find(key.id).filter(api_keys::revoked_at.is_null());
    let stopped = diesel::update(live)
        .set((api_keys::revoked_at.eq(now), api_keys::version.eq(key.version + 1)))
        .execute(db)?;
    Ok(stopped == 1)
}

/// Replaces `before` by `after`, unless somebody else replaced it first. When it was last used is no
/// part of that.
pub fn advance(db: &mut Db, before: &ApiKey, after: ApiKey) -> Result<ApiKey> {
    let after = ApiKey { version: before.version.saturating_add(1), ..after };
    let unchanged = api_keys::table
        .find(before.id)
        .filter(api_keys::version.eq(before.version))
        .filter(api_keys::revoked_at.is_null());
    let replaced = diesel::update(unchanged)
        .set((
            api_keys::name.eq(&after.name),
            api_keys::expires_at.eq(after.expires_at),
            api_keys::hint.eq(&after.hint),
            api_keys::hash.eq(&after.hash),
            api_keys::previous_hint.eq(&after.previous_hint),
            api_keys::previous_hash.eq(&after.previous_hash),
            api_keys::previous_until.eq(after.previous_until),
            api_keys::version.eq(after.version),
        ))
        .execute(db)?;
    match replaced {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// The key that was not revoked and has, or had before, the secret with this digest; and the state of
/// its company.
pub fn look_for_live(db: &mut Db, hash: &[u8]) -> Result<Option<(ApiKey, Status)>> {
    Ok(api_keys::table
        .inner_join(companies::table.on(companies::id.eq(api_keys::company_id)))
        .filter(api_keys::hash.eq(hash).or(api_keys::previous_hash.eq(hash)))
        .filter(api_keys::revoked_at.is_null())
        .select((api_keys::all_columns, companies::status))
        .first(db)
        .optional()?)
}

/// A company's key, whatever it is worth, and the state of the company.
pub fn with_company(
    db: &mut Db,
    company: CompanyId,
    id: ApiKeyId,
) -> Result<Option<(ApiKey, Status)>> {
    Ok(api_keys::table
        .find(id)
        .inner_join(companies::table.on(companies::id.eq(api_keys::company_id)))
        .filter(api_keys::company_id.eq(company))
        .select((api_keys::all_columns, companies::status))
        .first(db)
        .optional()?)
}

/// Writes down when keys were last used. Another server may have seen one later, and said so before.
pub fn note_use(db: &mut Db, used: &HashMap<ApiKeyId, Instant>) -> Result<()> {
    for (id, at) in used {
        let earlier = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(at));
        let used = api_keys::table.find(id).filter(earlier);
        diesel::update(used).set(api_keys::last_used_at.eq(at)).execute(db)?;
    }
    Ok(())
}
