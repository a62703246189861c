//! The only SQL that touches `notifications` and `notification_preferences`; who is concerned is read
//! from the rows of others.

use diesel::dsl::{max, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Kind, Notification, Own};
use super::rules;
use crate::db::schema::notifications::{self, dsl};
use crate::db::{Db, Find, MultiBackend, dialect};
use crate::error::Result;
use crate::kernel::id::{CompanyId, NotificationId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

mod digests;
mod people;
mod preferences;
mod teams;

pub use digests::{Due, claim, due, of_digest};
pub use people::{askers, members, one_member};
pub use preferences::{among, choose, chosen};
pub use teams::team_places;

/// How many old ones are removed at once.
const SWEPT_AT_ONCE: i64 = 5_000;

type Rows<'a> = notifications::BoxedQuery<'a, MultiBackend>;

impl Find for Notification {
    type Id = NotificationId;
    const NAME: &'static str = "notification";

    fn look_for(db: &mut Db, id: NotificationId, reach: &Reach) -> Result<Option<Self>> {
        let listed = dsl::notifications.find(id).filter(in_app());
        Ok(listed.filter(dsl::company_id.eq(reach.company)).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version()
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Spelt out, so that the planner sees that the partial index covers it.
fn in_app() -> SqlLiteral<Bool> {
    sql::<Bool>("in_app")
}

/// The listed ones that somebody sees.
fn listed<'a>(own: Own) -> Rows<'a> {
    let listed = dsl::notifications.filter(in_app()).into_boxed::<MultiBackend>();
    listed
        .filter(dsl::user_id.eq(own.user))
        .filter(dsl::company_id.eq(own.company))
        .filter(dsl::least_role.eq_any(rules::seen_by(own.role)))
}

/// The highest number so far. Whoever asks holds the follower's place, so that nobody else tells.
pub fn last_number(db: &mut Db) -> Result<Option<i64>> {
    Ok(dsl::notifications.select(max(dsl::number)).first(db)?)
}

/// Tells people.
pub fn append(db: &mut Db, told: &[Notification]) -> Result<()> {
    dialect::bulk::notifications(db, told)
}

/// Which of one's own a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those that were not read, or only those that were.
    pub unread: Option<bool>,
    /// Only these kinds.
    pub kinds: Option<Vec<Kind>>,
}

/// One's own, newest first, those before a number.
pub fn page(
    db: &mut Db,
    own: Own,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Page<Notification>> {
    let mut rows = listed(own).order(dsl::number.desc()).limit(limit.saturating_add(1));
    match filter.unread {
        Some(true) => rows = rows.filter(dsl::read_at.is_null()),
        Some(false) => rows = rows.filter(dsl::read_at.is_not_null()),
        None => {}
    }
    if let Some(kinds) = &filter.kinds {
        rows = rows.filter(dsl::kind.eq_any(kinds));
    }
    if let Some(before) = before {
        rows = rows.filter(dsl::number.lt(before));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &Notification| row.number))
}

/// One's own after a number, in the order in which they were told.
pub fn since(db: &mut Db, own: Own, after: i64, limit: i64) -> Result<Vec<Notification>> {
    Ok(listed(own).filter(dsl::number.gt(after)).order(dsl::number).limit(limit).load(db)?)
}

/// The highest number of one's own; 0 if there are none.
pub fn newest(db: &mut Db, own: Own) -> Result<i64> {
    let newest = listed(own).order(dsl::number.desc()).select(dsl::number).first(db).optional()?;
    Ok(newest.unwrap_or_default())
}

/// How many of one's own are unread, counted up to one more than `most`.
pub fn unread(db: &mut Db, own: Own, most: usize) -> Result<usize> {
    let one_more = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let unread = listed(own).filter(dsl::read_at.is_null()).limit(one_more);
    Ok(unread.select(dsl::number).load::<i64>(db)?.len())
}

/// The number of one of one's own.
pub fn number_of(db: &mut Db, own: Own, id: NotificationId) -> Result<Option<i64>> {
    Ok(listed(own).filter(dsl::id.eq(id)).select(dsl::number).first(db).optional()?)
}

/// Notes that one was read; the first time counts.
pub fn mark(db: &mut Db, row: Notification, now: Instant) -> Result<Notification> {
    let unread = dsl::notifications.find(row.id).filter(dsl::read_at.is_null());
    diesel::update(unread).set(dsl::read_at.eq(now)).execute(db)?;
    Ok(Notification { read_at: row.read_at.or(Some(now)), ..row })
}

/// Notes that all of one's own up to a number were read.
pub fn mark_up_to(db: &mut Db, own: Own, number: i64, now: Instant) -> Result<()> {
    let unread = dsl::notifications
        .filter(in_app())
        .filter(dsl::read_at.is_null())
        .filter(dsl::user_id.eq(own.user))
        .filter(dsl::company_id.eq(own.company))
        .filter(dsl::number.le(number))
        .filter(dsl::least_role.eq_any(rules::seen_by(own.role)));
    diesel::update(unread).set(dsl::read_at.eq(now)).execute(db)?;
    Ok(())
}

/// Removes some of those that were told before a moment; gives how many.
pub fn sweep(db: &mut Db, before: Instant) -> Result<usize> {
    let old = dsl::notifications
        .filter(dsl::created_at.lt(before))
        .order(dsl::created_at)
        .limit(SWEPT_AT_ONCE)
        .select(dsl::id);
    let old: Vec<NotificationId> = old.load(db)?;
    if old.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(dsl::notifications.filter(dsl::id.eq_any(old))).execute(db)?)
}
