//! The only SQL that touches `second_factors` and `recovery_codes`.

use diesel::prelude::*;

use super::model::{Proof, SecondFactor, Shown};
use super::rules;
use crate::db::Db;
use crate::db::schema::recovery_codes::dsl as codes;
use crate::db::schema::second_factors::dsl;
use crate::error::Result;
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;

/// A person's second factor, whether it counts or not.
pub fn look_for(db: &mut Db, user: UserId) -> Result<Option<SecondFactor>> {
    Ok(dsl::second_factors.find(user).first(db).optional()?)
}

/// How many recovery codes a person has left.
pub fn left(db: &mut Db, user: UserId) -> Result<i64> {
    Ok(codes::recovery_codes.filter(codes::user_id.eq(user)).count().get_result(db)?)
}

/// Begins a second factor anew, unless one counts.
pub fn enrol(db: &mut Db, user: UserId, sealed: &[u8], now: Instant) -> Result<()> {
    rules::enrol(look_for(db, user)?.as_ref())?;
    diesel::delete(dsl::second_factors.find(user)).execute(db)?;
    let factor = SecondFactor {
        user_id: user,
        secret: sealed.to_vec(),
        created_at: now,
        confirmed_at: None,
        last_step: 0,
    };
    diesel::insert_into(dsl::second_factors).values(&factor).execute(db)?;
    Ok(())
}

/// Lets a second factor count, if it is still the one that a code was read by; whether it is.
pub fn confirm(db: &mut Db, read: &SecondFactor, step: i64, now: Instant) -> Result<bool> {
    let waiting = dsl::second_factors
        .find(read.user_id)
        .filter(dsl::secret.eq(&read.secret))
        .filter(dsl::confirmed_at.is_null());
    let confirmed = (dsl::confirmed_at.eq(now), dsl::last_step.eq(step));
    Ok(diesel::update(waiting).set(confirmed).execute(db)? == 1)
}

/// Tries what a person shows, and uses it up if it counts.
pub fn prove(db: &mut Db, user: UserId, shown: &Shown) -> Result<Proof> {
    let present = look_for(db, user)?;
    if let Some(proof) = rules::foresee(present.as_ref(), shown) {
        return Ok(proof);
    }
    match shown {
        Shown::Code { sealed, step: Some(step) } => {
            let unused = dsl::second_factors
                .find(user)
                .filter(dsl::secret.eq(sealed))
                .filter(dsl::last_step.lt(step));
            let used = diesel::update(unused).set(dsl::last_step.eq(step)).execute(db)?;
            Ok(if used == 1 { Proof::Good } else { Proof::Wrong })
        }
        Shown::Recovery(mark) => {
            let used = diesel::delete(codes::recovery_codes.find((user, mark))).execute(db)?;
            match used {
                1 => Ok(Proof::GoodByRecovery(left(db, user)?)),
                _ => Ok(Proof::Wrong),
            }
        }
        Shown::Code { step: None, .. } | Shown::Nothing => Ok(Proof::Wrong),
    }
}

/// Gives a person other recovery codes instead of those they have.
pub fn renew(db: &mut Db, user: UserId, marks: &[Vec<u8>]) -> Result<()> {
    diesel::delete(codes::recovery_codes.filter(codes::user_id.eq(user))).execute(db)?;
    for mark in marks {
        let code = (codes::user_id.eq(user), codes::mark.eq(mark));
        diesel::insert_into(codes::recovery_codes).values(code).execute(db)?;
    }
    Ok(())
}

/// Takes a person's second factor off, with the recovery codes.
pub fn disable(db: &mut Db, user: UserId) -> Result<()> {
    renew(db, user, &[])?;
    diesel::delete(dsl::second_factors.find(user)).execute(db)?;
    Ok(())
}
