//! The only SQL that touches `email_changes`.

use diesel::prelude::*;

use super::model::EmailChange;
use super::rules;
use crate::db::schema::email_changes::dsl;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;

/// How often this person, and anybody for this address, has asked lately.
pub fn lately(db: &mut Db, user: UserId, email: &str, now: Instant) -> Result<(i64, i64)> {
    let since = now.minus(rules::WINDOW);
    let own = dsl::email_changes.filter(dsl::user_id.eq(user)).filter(dsl::created_at.gt(since));
    let own: i64 = own.count().get_result(db)?;
    let to_it = dsl::email_changes.filter(dsl::email.eq(email)).filter(dsl::created_at.gt(since));
    Ok((own, to_it.count().get_result(db)?))
}

/// Writes a wish down, after which no older one of the person counts.
pub fn ask(db: &mut Db, wish: &EmailChange) -> Result<()> {
    // Of two that are made at the same time the later one counts.
    dialect::locks::alone(db, wish.user_id.uuid().as_bytes())?;
    void(db, wish.user_id, wish.created_at)?;
    diesel::insert_into(dsl::email_changes).values(wish).execute(db)?;
    Ok(())
}

/// The wish whose token has this hash, if it counts.
pub fn look_for(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<EmailChange>> {
    let counts = dsl::email_changes.filter(dsl::hash.eq(hash)).filter(dsl::expires_at.gt(now));
    Ok(counts.first(db).optional()?)
}

/// Uses a token up; what was wished, if it counted until now.
pub fn use_up(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<EmailChange>> {
    let Some(wish) = look_for(db, hash, now)? else { return Ok(None) };
    let shown = dsl::email_changes.filter(dsl::hash.eq(hash));
    let used = diesel::update(shown).set(dsl::hash.eq(None::<Vec<u8>>)).execute(db)?;
    Ok((used == 1).then_some(wish))
}

/// Lets no wish of a person count any longer.
pub fn void(db: &mut Db, user: UserId, now: Instant) -> Result<()> {
    let open = dsl::email_changes
        .filter(dsl::user_id.eq(user))
        .filter(dsl::created_at.gt(now.minus(rules::KEPT)))
        .filter(dsl::hash.is_not_null());
    diesel::update(open).set(dsl::hash.eq(None::<Vec<u8>>)).execute(db)?;
    Ok(())
}

/// Deletes wishes of the day before yesterday.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let old = dsl::email_changes.filter(dsl::created_at.lt(now.minus(rules::KEPT)));
    Ok(diesel::delete(old).execute(db)?)
}
