//! The only SQL that touches `registrations`.

use diesel::prelude::*;

use super::model::Registration;
use super::rules;
use crate::db::Db;
use crate::db::schema::registrations::dsl;
use crate::error::Result;
use crate::kernel::time::Instant;

/// Whether one more of this address is heard.
pub fn is_heard(db: &mut Db, email: &str, now: Instant) -> Result<bool> {
    let since = now.minus(rules::WINDOW);
    let lately = dsl::registrations.filter(dsl::email.eq(email)).filter(dsl::created_at.gt(since));
    Ok(rules::is_heard(lately.count().get_result(db)?))
}

/// Writes one down.
pub fn insert(db: &mut Db, registration: &Registration) -> Result<()> {
    diesel::insert_into(dsl::registrations).values(registration).execute(db)?;
    Ok(())
}

/// The newest of an address that can still be confirmed.
pub fn newest(db: &mut Db, email: &str, now: Instant) -> Result<Option<Registration>> {
    let open = dsl::registrations
        .filter(dsl::email.eq(email))
        .filter(dsl::hash.is_not_null())
        .filter(dsl::expires_at.gt(now))
        .order(dsl::created_at.desc());
    Ok(open.first(db).optional()?)
}

/// The one whose token has this hash, if it counts.
pub fn look_for(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<Registration>> {
    let counts = dsl::registrations.filter(dsl::hash.eq(hash)).filter(dsl::expires_at.gt(now));
    Ok(counts.first(db).optional()?)
}

/// Uses a token up, and all others of the same address; the registration, if it counted until now.
pub fn use_up(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<Registration>> {
    let Some(found) = look_for(db, hash, now)? else { return Ok(None) };
    let open =
        dsl::registrations.filter(dsl::email.eq(&found.email)).filter(dsl::hash.is_not_null());
    let spent = (dsl::hash.eq(None::<Vec<u8>>), dsl::password_hash.eq(""));
    let used = diesel::update(open).set(spent).execute(db)?;
    Ok((used > 0).then_some(found))
}

/// Deletes what was asked for the day before yesterday.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let old = dsl::registrations.filter(dsl::created_at.lt(now.minus(rules::KEPT)));
    Ok(diesel::delete(old).execute(db)?)
}
