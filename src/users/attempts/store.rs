//! The only SQL that touches `sign_in_counts`.

use diesel::prelude::*;

use super::model::{Count, Counts, Marks};
use super::rules::{self, ACCOUNT, Door, FAMILIAR, PAIR, PLACE};
use crate::db::schema::sign_in_counts::dsl;
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::kernel::time::Instant;

/// What was counted.
pub fn look(db: &mut Db, marks: &Marks, now: Instant) -> Result<Counts> {
    let Marks { pair, account, place } = marks;
    let all = dsl::sign_in_counts.filter(dsl::mark.eq_any(vec![pair, account, place]));
    let all: Vec<Count> = all.load(db)?;
    let of = |mark: &Vec<u8>| {
        let found = all.iter().find(|count| count.mark == *mark).cloned();
        found.unwrap_or_else(|| rules::none(mark.clone(), now))
    };
    Ok(Counts { pair: of(pair), account: of(account), place: of(place) })
}

/// What was counted, which nobody else changes until the transaction ends: of many guesses at the same
/// moment no more are looked at than of as many one after the other.
pub fn hold(db: &mut Db, marks: &Marks, now: Instant) -> Result<Counts> {
    let mut order = [&marks.pair, &marks.account, &marks.place];
    order.sort();
    for mark in order {
        dialect::locks::alone(db, mark)?;
    }
    look(db, marks, now)
}

/// Counts a failure; gives what is said to whoever has to wait for that of others.
pub fn failed(db: &mut Db, counts: &Counts, now: Instant) -> Result<Option<Error>> {
    save(db, &rules::failed(&counts.pair, PAIR, now))?;
    save(db, &rules::failed(&counts.account, ACCOUNT, now))?;
    save(db, &rules::failed(&counts.place, PLACE, now))?;
    Ok(match rules::door(counts, now) {
        Door::Ajar(until) | Door::Shut(until) => Some(rules::wait(until, now)),
        Door::Open => None,
    })
}

/// Counts a failure of somebody who was let in to try, unless there were too many meanwhile.
pub fn refuse(db: &mut Db, marks: &Marks, now: Instant) -> Result<Option<Error>> {
    let counts = hold(db, marks, now)?;
    match rules::admit(&counts, now) {
        Err(wait) => Ok(Some(wait)),
        Ok(()) => failed(db, &counts, now),
    }
}

/// Somebody signed in: nothing is counted against them any more, and they are known here.
pub fn welcome(db: &mut Db, marks: &Marks, now: Instant) -> Result<()> {
    let Counts { pair, account, .. } = hold(db, marks, now)?;
    let familiar_until = Some(now.plus(FAMILIAR));
    save(db, &Count { familiar_until, ..rules::forgiven(&pair, now) })?;
    if account.failures > 0 {
        save(db, &rules::forgiven(&account, now))?;
    }
    Ok(())
}

fn save(db: &mut Db, count: &Count) -> Result<()> {
    let row = dsl::sign_in_counts.find(&count.mark);
    if diesel::update(row).set(count).execute(db)? == 0 {
        diesel::insert_into(dsl::sign_in_counts).values(count).execute(db)?;
    }
    Ok(())
}

/// Deletes what was last counted yesterday, but for who is known where.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let old = dsl::sign_in_counts
        .filter(dsl::counted_at.lt(now.minus(rules::KEPT)))
        .filter(dsl::familiar_until.is_null().or(dsl::familiar_until.lt(now)));
    Ok(diesel::delete(old).execute(db)?)
}
