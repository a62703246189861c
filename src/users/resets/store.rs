//! The only SQL that touches `password_resets`.

use diesel::prelude::*;

use super::model::PasswordReset;
use super::rules;
use crate::db::schema::password_resets::dsl;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::kernel::id::{PasswordResetId, SessionId, UserId};
use crate::kernel::time::Instant;
use crate::users::emails::store as emails;
use crate::users::store as users;

/// Writes a wish down, unless there were too many for this address lately.
pub fn ask(db: &mut Db, email: &str, now: Instant) -> Result<()> {
    let since = now.minus(rules::WINDOW);
    let lately =
        dsl::password_resets.filter(dsl::email.eq(email)).filter(dsl::created_at.gt(since));
    if !rules::is_heard(lately.count().get_result(db)?) {
        return Ok(());
    }
    let wish = PasswordReset {
        id: PasswordResetId::new(),
        email: email.to_string(),
        created_at: now,
        answered_at: None,
        user_id: None,
        hash: None,
        expires_at: None,
    };
    diesel::insert_into(dsl::password_resets).values(&wish).execute(db)?;
    Ok(())
}

/// Wishes that were not answered yet, the oldest first.
pub fn unanswered(db: &mut Db, most: i64) -> Result<Vec<PasswordReset>> {
    Ok(dsl::password_resets
        .filter(dsl::answered_at.is_null())
        .order((dsl::created_at, dsl::id))
        .limit(most)
        .load(db)?)
}

/// Takes it upon oneself to answer a wish; whether nobody else has.
pub fn answer(db: &mut Db, id: PasswordResetId, now: Instant) -> Result<bool> {
    let open = dsl::password_resets.find(id).filter(dsl::answered_at.is_null());
    Ok(diesel::update(open).set(dsl::answered_at.eq(now)).execute(db)? == 1)
}

/// Makes a token count for a user, and no older one.
pub fn open(
    db: &mut Db,
    (id, user): (PasswordResetId, UserId),
    hash: &[u8],
    until: Instant,
) -> Result<()> {
    // Of two that are made at the same time the later one counts.
    dialect::locks::alone(db, user.uuid().as_bytes())?;
    void(db, user)?;
    diesel::update(dsl::password_resets.find(id))
        .set((dsl::user_id.eq(user), dsl::hash.eq(hash), dsl::expires_at.eq(until)))
        .execute(db)?;
    Ok(())
}

/// Whose token has this hash, if it counts.
pub fn look_for(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<UserId>> {
    let counts = dsl::password_resets.filter(dsl::hash.eq(hash)).filter(dsl::expires_at.gt(now));
    let user: Option<Option<UserId>> = counts.select(dsl::user_id).first(db).optional()?;
    Ok(user.flatten())
}

/// Uses a token up; whose it was, if it counted until now.
pub fn use_up(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<UserId>> {
    let Some(user) = look_for(db, hash, now)? else { return Ok(None) };
    let shown = dsl::password_resets.filter(dsl::hash.eq(hash));
    let used = diesel::update(shown).set(dsl::hash.eq(None::<Vec<u8>>)).execute(db)?;
    Ok((used == 1).then_some(user))
}

/// Lets no token of a user count any longer.
pub fn void(db: &mut Db, user: UserId) -> Result<()> {
    let open = dsl::password_resets.filter(dsl::user_id.eq(user)).filter(dsl::hash.is_not_null());
    diesel::update(open).set(dsl::hash.eq(None::<Vec<u8>>)).execute(db)?;
    Ok(())
}

/// Gives a user another password, and ends every sign-in with the old one but that in which it was
/// changed. Whoever knew the old one may have asked for another address: that ends too.
pub fn change_password(
    db: &mut Db,
    (user, but): (UserId, Option<SessionId>),
    hash: &str,
    now: Instant,
) -> Result<()> {
    users::change_password(db, user, hash, now)?;
    users::revoke_all_but(db, user, but, now)?;
    emails::void(db, user, now)?;
    void(db, user)
}

/// Deletes wishes of yesterday.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let old = dsl::password_resets.filter(dsl::created_at.lt(now.minus(rules::KEPT)));
    Ok(diesel::delete(old).execute(db)?)
}
