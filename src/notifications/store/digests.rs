//! What waits for a daily letter.

use diesel::prelude::*;

use crate::db::schema::notifications::{self, dsl};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, UserId};
use crate::kernel::time::Instant;
use crate::notifications::model::{Kind, Notification, Own};
use crate::notifications::rules::{self, MOST_IN_A_DIGEST};

/// A letter that is due: since when, to whom, and in which company.
pub type Due = (Instant, UserId, CompanyId);

/// Some of the letters that are due at a moment, in order, from after one on. Of what belongs into one
/// letter there may be several.
pub fn due(db: &mut Db, now: Instant, after: Option<Due>, limit: i64) -> Result<Vec<Due>> {
    let mut rows = dsl::notifications
        .filter(dsl::digest_at.le(now))
        .order((dsl::digest_at, dsl::user_id, dsl::company_id))
        .select((dsl::digest_at.assume_not_null(), dsl::user_id, dsl::company_id))
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if let Some((at, user, company)) = after {
        let next_company = dsl::user_id.eq(user).and(dsl::company_id.gt(company));
        let later = dsl::digest_at.gt(at).or(dsl::user_id.gt(user)).or(next_company);
        rows = rows.filter(dsl::digest_at.ge(at)).filter(later);
    }
    Ok(rows.load(db)?)
}

/// What a letter that is due tells: the newest, and how many there are. Those that were read are not
/// told, nor those of other kinds than these.
pub fn of_digest(
    db: &mut Db,
    own: Own,
    kinds: &[Kind],
    now: Instant,
) -> Result<(Vec<Notification>, i64)> {
    let told = || waiting(own, now).filter(dsl::read_at.is_null()).filter(dsl::kind.eq_any(kinds));
    let newest = told().order(dsl::number.desc()).limit(MOST_IN_A_DIGEST).load(db)?;
    Ok((newest, told().count().get_result(db)?))
}

fn waiting<'a>(own: Own, now: Instant) -> notifications::BoxedQuery<'a, MultiBackend> {
    dsl::notifications
        .filter(dsl::user_id.eq(own.user))
        .filter(dsl::company_id.eq(own.company))
        .filter(dsl::digest_at.le(now))
        .filter(dsl::least_role.eq_any(rules::seen_by(own.role)))
        .into_boxed::<MultiBackend>()
}

/// Takes a letter that is due: nothing waits for it any more. Whether there was something; if not,
/// another server has it.
pub fn claim(db: &mut Db, user: UserId, company: CompanyId, now: Instant) -> Result<bool> {
    let waiting = dsl::notifications
        .filter(dsl::user_id.eq(user))
        .filter(dsl::company_id.eq(company))
        .filter(dsl::digest_at.le(now));
    let taken = diesel::update(waiting).set(dsl::digest_at.eq(None::<Instant>)).execute(db)?;
    Ok(taken > 0)
}
