//! The only SQL that touches `users`, `memberships`, `sessions` and `refresh_tokens`.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::{Membership, RefreshToken, Role, Session, Standing, User};
use crate::companies::model::Status;
use crate::db::Db;
use crate::db::schema::{companies, memberships, refresh_tokens, second_factors, sessions, users};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;

/// A new person, with a place in a company.
pub fn insert(db: &mut Db, user: &User, membership: &Membership) -> Result<()> {
    insert_alone(db, user)?;
    diesel::insert_into(memberships::table).values(membership).execute(db)?;
    Ok(())
}

/// A new person; their address must be free.
pub fn insert_alone(db: &mut Db, user: &User) -> Result<()> {
    match diesel::insert_into(users::table).values(user).execute(db) {
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            let message = "somebody registered with this address";
            Err(Error::invalid(Fault::at("/email", "email_taken", message)))
        }
        Err(other) => Err(other.into()),
    }
}

/// The person with this address, which is in lower case.
pub fn look_for_email(db: &mut Db, email: &str) -> Result<Option<User>> {
    Ok(users::table.filter(users::email.eq(email)).first(db).optional()?)
}

/// A person.
pub fn find(db: &mut Db, id: UserId) -> Result<User> {
    users::table.find(id).first(db).optional()?.ok_or(Error::NotFound("user"))
}

/// Those of these people who belong to a company.
pub fn among(db: &mut Db, company: CompanyId, ids: &[UserId]) -> Result<Vec<User>> {
    Ok(users::table
        .inner_join(memberships::table.on(memberships::user_id.eq(users::id)))
        .filter(memberships::company_id.eq(company))
        .filter(users::id.eq_any(ids))
        .select(users::all_columns)
        .load(db)?)
}

/// The names of people.
pub fn names(db: &mut Db, ids: &HashSet<UserId>) -> Result<HashMap<UserId, String>> {
    let named = users::table.filter(users::id.eq_any(ids)).select((users::id, users::name));
    Ok(named.load::<(UserId, String)>(db)?.into_iter().collect())
}

/// Gives a person another name.
pub fn rename(db: &mut Db, id: UserId, name: &str, now: Instant) -> Result<User> {
    diesel::update(users::table.find(id))
        .set((
            users::name.eq(name),
            users::updated_at.eq(now),
            users::version.eq(users::version + 1),
        ))
        .execute(db)?;
    find(db, id)
}

/// Gives a person another password.
pub fn change_password(db: &mut Db, id: UserId, hash: &str, now: Instant) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((
            users::password_hash.eq(hash),
            users::updated_at.eq(now),
            users::version.eq(users::version + 1),
        ))
        .execute(db)?;
    Ok(())
}

/// Gives a person an address that letters are known to reach them at.
pub fn change_email(db: &mut Db, id: UserId, email: &str, now: Instant) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((
            users::email.eq(email),
            users::email_confirmed_at.eq(now),
            users::updated_at.eq(now),
            users::version.eq(users::version + 1),
        ))
        .execute(db)?;
    Ok(())
}

/// Notes that a letter has reached a person, if that was not known.
pub fn confirm_email(db: &mut Db, id: UserId, now: Instant) -> Result<()> {
    let unknown = users::table.find(id).filter(users::email_confirmed_at.is_null());
    diesel::update(unknown).set(users::email_confirmed_at.eq(now)).execute(db)?;
    Ok(())
}

/// Counts a change of how a person signs in.
pub fn touch(db: &mut Db, id: UserId, now: Instant) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((users::updated_at.eq(now), users::version.eq(users::version + 1)))
        .execute(db)?;
    Ok(())
}

/// A person's companies, the oldest membership first.
pub fn memberships_of(db: &mut Db, user: UserId) -> Result<Vec<Membership>> {
    Ok(memberships::table
        .filter(memberships::user_id.eq(user))
        .order(memberships::id)
        .limit(200)
        .load(db)?)
}

/// What a person may do in a company, and the company's state; nothing if they are no member.
pub fn role_in(db: &mut Db, company: CompanyId, user: UserId) -> Result<Option<(Role, Status)>> {
    Ok(memberships::table
        .inner_join(companies::table.on(companies::id.eq(memberships::company_id)))
        .filter(memberships::company_id.eq(company))
        .filter(memberships::user_id.eq(user))
        .select((memberships::role, companies::status))
        .first(db)
        .optional()?)
}

/// Begins a sign-in with its first refresh token.
pub fn begin(db: &mut Db, session: &Session, token: &RefreshToken) -> Result<()> {
    diesel::insert_into(sessions::table).values(session).execute(db)?;
    append(db, token)
}

/// Adds a link to a session's chain.
pub fn append(db: &mut Db, token: &RefreshToken) -> Result<()> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(db)?;
    Ok(())
}

/// The refresh token with this hash, and its session.
pub fn look_for_refresh(db: &mut Db, hash: &[u8]) -> Result<Option<(RefreshToken, Session)>> {
    let token: Option<RefreshToken> =
        refresh_tokens::table.filter(refresh_tokens::hash.eq(hash)).first(db).optional()?;
    let Some(token) = token else { return Ok(None) };
    let session = sessions::table.find(token.session_id).first(db)?;
    Ok(Some((token, session)))
}

/// Marks a refresh token as used; whether it was not yet.
pub fn use_up(db: &mut Db, token: &RefreshToken, now: Instant) -> Result<bool> {
    let unused = refresh_tokens::table.find(token.id).filter(refresh_tokens::used_at.is_null());
    Ok(diesel::update(unused).set(refresh_tokens::used_at.eq(now)).execute(db)? == 1)
}

/// Notes from where a session is kept alive, and by what.
pub fn note_refresh(db: &mut Db, session: SessionId, origin: Origin, now: Instant) -> Result<()> {
    diesel::update(sessions::table.find(session))
        .set((
            sessions::seen_at.eq(now),
            sessions::address.eq(origin.address),
            sessions::agent.eq(origin.agent),
        ))
        .execute(db)?;
    Ok(())
}

/// Ends all sign-ins of a person, but one.
pub fn revoke_all_but(
    db: &mut Db,
    user: UserId,
    but: Option<SessionId>,
    now: Instant,
) -> Result<()> {
    let live =
        sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::revoked_at.is_null());
    // A new id is no session's.
    let stays = but.unwrap_or_default();
    diesel::update(live.filter(sessions::id.ne(stays)))
        .set(sessions::revoked_at.eq(now))
        .execute(db)?;
    Ok(())
}

/// Ends a sign-in, and gives whether it counted until now; ending it twice changes nothing.
pub fn revoke(db: &mut Db, session: SessionId, now: Instant) -> Result<bool> {
    let live = sessions::table.find(session).filter(sessions::revoked_at.is_null());
    Ok(diesel::update(live).set(sessions::revoked_at.eq(now)).execute(db)? == 1)
}

/// What a session is worth: one statement, for the gate.
pub fn standing(db: &mut Db, session: SessionId, company: CompanyId) -> Result<Option<Standing>> {
    let member = memberships::user_id
        .eq(sessions::user_id)
        .and(memberships::company_id.eq(sessions::company_id));
    Ok(sessions::table
        .inner_join(memberships::table.on(member))
        .inner_join(companies::table.on(companies::id.eq(sessions::company_id)))
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .left_join(second_factors::table.on(second_factors::user_id.eq(sessions::user_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::company_id.eq(company))
        .select((
            sessions::user_id,
            sessions::expires_at,
            sessions::revoked_at,
            memberships::role,
            companies::status,
            users::email_confirmed_at,
            companies::require_two_factor,
            second_factors::confirmed_at.nullable(),
        ))
        .first(db)
        .optional()?)
}

/// Deletes sessions that ended a month ago, with their refresh tokens.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let month_ago = now.minus(super::rules::SESSION);
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.lt(month_ago))).execute(db)?)
}
