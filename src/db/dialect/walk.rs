//! The feed of events as far as a filter means it, and its beginning, which is forgotten in time.
//!
//! Each side of a company is a range of its own index, and so is what happened to one thing. What a
//! filter leaves of a range is found by walking it, over a bounded number of rows.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::feed::{COLUMNS, FeedRow, Place};
use super::statement::{Bind, Statement};
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{AnyId, any};
use crate::kernel::column::{At, Key};
use crate::kernel::id::{CompanyId, EventId};
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::time::Instant;

/// The most rows of one range that a request walks over to find those that a filter means.
const WALK: i64 = 10_000;

/// Which events are meant.
#[derive(Debug, Clone)]
pub struct Asked {
    /// That this company may know of.
    pub company: CompanyId,
    /// Of this thing.
    pub object: Option<AnyId>,
    /// Of these types.
    pub kinds: Option<Vec<EventKind>>,
    /// Between the company and one of these.
    pub others: Option<Vec<CompanyId>>,
    /// After this place.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: i64,
}

impl Statement {
    /// Compares a row's place: `how` is `>` or `<=`.
    fn place(self, db: &Db, how: &str, place: &Place) -> Self {
        let (turn, id) = (Bind::Turn(place.turn()), Bind::Key(any(place.id())));
        match db {
            Db::Postgres(_) => {
                let turn = self.say(&format!("(txid, id) {how} (")).bind(turn);
                turn.say("::xid8, ").bind(id).say(")")
            }
            Db::Sqlite(_) => self.say(&format!("seq {how} ")).bind(turn),
        }
    }

    /// What came before a row number or transaction.
    fn before(self, db: &Db, turn: u64) -> Self {
        match db {
            Db::Postgres(_) => self.say("txid < ").bind(Bind::Turn(turn)).say("::xid8"),
            Db::Sqlite(_) => self.say("seq < ").bind(Bind::Turn(turn)),
        }
    }
}

/// A row's place, as a statement gives it.
#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Text)]
    turn: String,
    #[diesel(sql_type = Key)]
    id: EventId,
}

impl Standing {
    fn place(&self) -> Place {
        Place::of(&self.turn, self.id)
    }
}

/// How each engine writes a row's turn, and the order of the feed.
fn words(db: &Db) -> (&'static str, &'static str) {
    match db {
        Db::Postgres(_) => ("txid::text", "txid, id"),
        Db::Sqlite(_) => ("CAST(seq AS TEXT)", "seq"),
    }
}

/// The events that are meant, in commit order. The page may be short, or empty, and have a next one
/// all the same: the walk goes on there.
pub fn meant(db: &mut Db, asked: &Asked) -> Result<Page<FeedRow>> {
    let horizon = horizon(db)?;
    let ranges = match asked.object {
        Some(object) => vec![("object_id", object)],
        None => {
            let own = any(asked.company);
            vec![("company_id", own), ("other_company_id", own)]
        }
    };
    let (mut rows, mut seen): (Vec<FeedRow>, Option<Place>) = (Vec::new(), None);
    for range in ranges {
        let end = end(db, asked, range, horizon)?;
        rows.extend(found(db, asked, range, (horizon, end.as_ref()))?);
        seen = match (seen, end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    rows.retain(|row| seen.as_ref().is_none_or(|seen| row.place() <= *seen));
    rows.sort_by_key(FeedRow::place);
    let mut page = Page::cut(rows, asked.limit, FeedRow::place);
    page.next = page.next.or(seen.map(|seen| write_cursor(&seen)));
    Ok(page)
}

/// The row number or transaction before which nothing can turn out to be missing. It is read once for
/// all that is read together: later it would be a later one.
fn horizon(db: &mut Db) -> Result<u64> {
    #[derive(QueryableByName)]
    struct Horizon {
        #[diesel(sql_type = Text)]
        turn: String,
    }
    let query = match db {
        Db::Postgres(_) => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS turn",
        Db::Sqlite(_) => "SELECT CAST(coalesce(max(seq), 0) + 1 AS TEXT) AS turn FROM events",
    };
    let row: Option<Horizon> = Statement::new(query).load(db)?.pop();
    Ok(row.and_then(|row| row.turn.parse().ok()).unwrap_or_default())
}

/// A range from where the page begins.
fn range(
    db: &Db,
    what: &str,
    asked: &Asked,
    (column, key): (&str, AnyId),
    horizon: u64,
) -> Statement {
    let statement = Statement::new(&format!("SELECT {what} FROM events WHERE {column} = "));
    let mut statement = statement.bind(Bind::Key(key));
    if let Some(after) = &asked.after {
        statement = statement.say(" AND ").place(db, ">", after);
    }
    statement.say(" AND ").before(db, horizon)
}

/// Where the walk ends, if the range is longer than it.
fn end(db: &mut Db, asked: &Asked, of: (&str, AnyId), horizon: u64) -> Result<Option<Place>> {
    let (turn, order) = words(db);
    let last = range(db, &format!("{turn} AS turn, id"), asked, of, horizon);
    let skip = WALK.saturating_sub(1);
    let last = last.say(&format!(" ORDER BY {order} LIMIT 1 OFFSET {skip}"));
    Ok(last.load::<Standing>(db)?.first().map(Standing::place))
}

/// What is meant of a range, up to where the walk ends.
fn found(
    db: &mut Db,
    asked: &Asked,
    of: (&str, AnyId),
    (horizon, end): (u64, Option<&Place>),
) -> Result<Vec<FeedRow>> {
    let (turn, order) = words(db);
    let mut rows = range(db, &format!("{turn} AS turn, {COLUMNS}"), asked, of, horizon);
    if let Some(end) = end {
        rows = rows.say(" AND ").place(db, "<=", end);
    }
    if asked.object.is_some() {
        // Written so that no engine leaves the index of the thing for that of a side.
        let own = || Bind::Key(any(asked.company));
        let stranger = rows.say(" AND NOT (company_id <> ").bind(own());
        rows = stranger.say(" AND coalesce(other_company_id, company_id) <> ").bind(own()).say(")");
    }
    if let Some(kinds) = &asked.kinds {
        let words: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
        rows = rows.say(&format!(" AND type IN ({})", words.join(", ")));
    }
    if let Some(others) = &asked.others {
        rows = between(rows, others);
    }
    let most = asked.limit.saturating_add(1);
    rows.say(&format!(" ORDER BY {order} LIMIT {most}")).load(db)
}

/// Of rows of the own company those that one of these is the other side of. Written so that no engine
/// leaves the index of the range.
fn between(mut rows: Statement, others: &[CompanyId]) -> Statement {
    rows = rows.say(" AND (1 = 0");
    for other in others {
        let key = || Bind::Key(any(*other));
        rows = rows.say(" OR NOT (company_id <> ").bind(key());
        rows = rows.say(" AND coalesce(other_company_id, company_id) <> ").bind(key()).say(")");
    }
    rows.say(")")
}

/// An event at the beginning of the feed.
#[derive(Debug, Clone, QueryableByName)]
pub struct Beginning {
    #[diesel(sql_type = Text)]
    turn: String,
    #[diesel(sql_type = Key)]
    id: EventId,
    /// When it happened.
    #[diesel(sql_type = At)]
    pub at: Instant,
}

impl Beginning {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place::of(&self.turn, self.id)
    }
}

/// The oldest events of all companies.
pub fn oldest(db: &mut Db, limit: i64) -> Result<Vec<Beginning>> {
    let (turn, order) = words(db);
    let sql = format!("SELECT {turn} AS turn, id, at FROM events ORDER BY {order} LIMIT {limit}");
    Statement::new(&sql).load(db)
}

/// Forgets what happened up to a place.
pub fn forget(db: &mut Db, until: &Place) -> Result<usize> {
    let statement = Statement::new("DELETE FROM events WHERE ").place(db, "<=", until);
    statement.execute(db)
}
