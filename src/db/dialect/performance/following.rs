//! Takes the ledgers into the sums: slice by slice in the order of commits, each once.
//!
//! A slice is read and added up aside. Then one short transaction moves the place of its book and adds
//! what the slice comes to: if somebody else has moved it meanwhile, nothing happens.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::Sqlite;

use super::super::statement::{Bind, Statement};
use super::{AMOUNTS, By, COUNTS, Row, WIDE, joined, names, summed, table, told};
use crate::db::Db;
use crate::db::schema::performance_places::dsl;
use crate::error::{Error, Result};
use crate::events::model::AnyId;
use crate::kernel::column::Key as KeyColumn;
use crate::kernel::pace::unhurried;
use crate::performance::model::{Book, Figures, Key};

/// A place in the order of commits: row number or transaction, and which entry of it.
pub type Place = (i64, AnyId);

/// What some entries in a row of a book come to.
#[derive(Debug, Clone)]
pub struct Slice {
    book: Book,
    after: Place,
    until: Place,
    figures: BTreeMap<Key, Figures>,
}

#[derive(QueryableByName)]
struct End {
    #[diesel(sql_type = Text)]
    turn: String,
    #[diesel(sql_type = KeyColumn)]
    id: AnyId,
}

/// How each engine writes an entry's turn, the order of a book, and what can be followed: on PostgreSQL
/// nothing of a transaction that may still be running, or that began after one.
fn words(db: &Db) -> (&'static str, &'static str, &'static str) {
    match db {
        Db::Postgres(_) => {
            ("txid::text", "txid, id", " AND txid < pg_snapshot_xmin(pg_current_snapshot())")
        }
        Db::Sqlite(_) => ("CAST(seq AS TEXT)", "seq", ""),
    }
}

/// Compares an entry's place: `how` is `>` or `<=`.
fn at_place(statement: Statement, db: &Db, how: &str, (turn, id): Place) -> Statement {
    let turn = Bind::Turn(u64::try_from(turn).unwrap_or_default());
    match db {
        Db::Postgres(_) => {
            let turn = statement.say(&format!("(txid, id) {how} (")).bind(turn);
            turn.say("::xid8, ").bind(Bind::Key(id)).say(")")
        }
        Db::Sqlite(_) => statement.say(&format!("seq {how} ")).bind(turn),
    }
}

/// The next entries of a book, at most so many, and what they come to; nothing if there are none.
pub fn next(db: &mut Db, book: Book, most: i64) -> Result<Option<Slice>> {
    let place = dsl::performance_places.find(book).select((dsl::turn, dsl::entry_id));
    let after: Place = place.first(db)?;
    let Some(until) = end(db, (book, after), most)? else { return Ok(None) };
    let entries = format!("{} FROM (", told(book, ""));
    let statement = Statement::new(&format!("{} FROM ({entries}", summed(By::Key)));
    let statement = statement.say(&format!("SELECT * FROM {} WHERE ", table(book)));
    let statement = at_place(statement, db, ">", after).say(" AND ");
    let (_, order, _) = words(db);
    // The limit tells the planner how few they are.
    let statement = at_place(statement, db, "<=", until).say(&format!(
        " ORDER BY {order} LIMIT {most}) AS e{}) AS m GROUP BY m.company_id, m.partner_company_id, \
         m.program_id, m.event_type_id, m.currency, m.day, m.moment, m.zone",
        joined(db)
    ));
    let mut figures: BTreeMap<Key, Figures> = BTreeMap::new();
    for row in statement.load::<Row>(db)? {
        let Some(key) = row.key() else { continue };
        for key in [key, Key { partner_company_id: None, ..key }] {
            let sum = figures.entry(key).or_default();
            *sum = sum.plus(row.figures());
        }
    }
    figures.retain(|_, figures| !figures.is_nothing());
    Ok(Some(Slice { book, after, until, figures }))
}

fn end(db: &mut Db, (book, after): (Book, Place), most: i64) -> Result<Option<Place>> {
    let (turn, order, followed) = words(db);
    let name = table(book);
    let last = order.split(", ").map(|column| format!("{column} DESC")).collect::<Vec<_>>();
    let statement = Statement::new(&format!(
        "SELECT {turn} AS turn, id FROM (SELECT {order}{} FROM {name} WHERE ",
        if matches!(db, Db::Sqlite(_)) { ", id" } else { "" }
    ));
    let statement = at_place(statement, db, ">", after).say(&format!(
        "{followed} ORDER BY {order} LIMIT {most}) AS slice ORDER BY {} LIMIT 1",
        last.join(", ")
    ));
    let end = statement.load::<End>(db)?.pop();
    Ok(end.map(|End { turn, id }| (turn.parse().unwrap_or_default(), id)))
}

/// Adds a slice to the sums; gives whether it was the turn of that.
pub fn keep(db: &mut Db, slice: &Slice) -> Result<bool> {
    let (turn, id) = slice.after;
    let place = dsl::performance_places.find(slice.book);
    let there = place.filter(dsl::turn.eq(turn).and(dsl::entry_id.eq(id)));
    let (turn, id) = slice.until;
    let moved =
        diesel::update(there).set((dsl::turn.eq(turn), dsl::entry_id.eq(id))).execute(db)?;
    if moved == 0 {
        return Ok(false);
    }
    let (partners, programs): (Vec<_>, Vec<_>) =
        slice.figures.iter().partition(|(key, _)| key.partner_company_id.is_some());
    for rows in [partners, programs] {
        let rows: Vec<Added> = rows.into_iter().map(Added::of).collect::<Result<_>>()?;
        add(db, &rows)?;
    }
    Ok(true)
}

/// Figures as they are added to a row.
#[derive(Debug)]
struct Added {
    key: Key,
    values: Vec<i64>,
}

impl Added {
    fn of((key, figures): (&Key, &Figures)) -> Result<Self> {
        let Figures { actions, approved, reversed, locked, adjustments, .. } = *figures;
        let amounts = [
            figures.tracked_minor,
            figures.sale_minor,
            figures.payout_minor,
            figures.lost_minor,
            figures.adjusted_sale_minor,
            figures.adjusted_payout_minor,
        ];
        let mut values = vec![actions, approved, reversed, locked, adjustments];
        for amount in amounts {
            let (minor, high) = (amount % i128::from(WIDE), amount / i128::from(WIDE));
            values.push(i64::try_from(minor).map_err(Error::internal)?);
            values.push(i64::try_from(high).map_err(Error::internal)?);
        }
        Ok(Self { key: *key, values })
    }
}

/// Where figures are kept, and by which columns a row is found, each with what it is cast to.
fn place_of(key: &Key) -> (&'static str, &'static [&'static str]) {
    match key.partner_company_id {
        Some(_) => (
            "performance_days",
            &["company_id", "day", "program_id", "event_type_id", "currency", "partner_company_id"],
        ),
        None => (
            "performance_program_days",
            &["company_id", "day", "program_id", "event_type_id", "currency"],
        ),
    }
}

/// What happens to a row that is there.
fn adding() -> String {
    let sums = names().map(|name| format!("{name} = sums.{name} + excluded.{name}"));
    sums.collect::<Vec<_>>().join(", ")
}

/// Adds to rows of one kind.
fn add(db: &mut Db, rows: &[Added]) -> Result<()> {
    match db {
        Db::Postgres(connection) => {
            rows.chunks(super::super::ROWS_AT_ONCE).try_for_each(|some| together(connection, some))
        }
        Db::Sqlite(connection) => unhurried(rows).try_for_each(|row| {
            match row.key.partner_company_id {
                Some(_) => AddOne::<true>(row).execute(connection)?,
                None => AddOne::<false>(row).execute(connection)?,
            };
            Ok(())
        }),
    }
}

fn together(connection: &mut PgConnection, rows: &[Added]) -> Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let (table, keys) = place_of(&first.key);
    let columns: Vec<String> = keys.iter().map(ToString::to_string).chain(names()).collect();
    let values: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
    let sql = format!(
        "INSERT INTO {table} AS sums ({}) SELECT * FROM unnest({}) \
         ON CONFLICT ({}) DO UPDATE SET {}",
        columns.join(", "),
        values.join(", "),
        keys.join(", "),
        adding()
    );
    fn all<'a, T>(rows: &'a [Added], value: impl Fn(&'a Added) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    let mut query = diesel::sql_query(sql)
        .into_boxed::<diesel::pg::Pg>()
        .bind::<Array<KeyColumn>, _>(all(rows, |row| row.key.company_id))
        .bind::<Array<Text>, _>(all(rows, |row| row.key.day.to_string()))
        .bind::<Array<KeyColumn>, _>(all(rows, |row| row.key.program_id))
        .bind::<Array<KeyColumn>, _>(all(rows, |row| row.key.event_type_id))
        .bind::<Array<Text>, _>(all(rows, |row| row.key.currency.as_str()));
    if first.key.partner_company_id.is_some() {
        let partner = |row: &Added| row.key.partner_company_id.unwrap_or(row.key.company_id);
        query = query.bind::<Array<KeyColumn>, _>(all(rows, partner));
    }
    for place in 0..COUNTS.len() + 2 * AMOUNTS.len() {
        let value = |row: &Added| row.values.get(place).copied().unwrap_or_default();
        query = query.bind::<Array<BigInt>, _>(all(rows, value));
    }
    query.execute(connection)?;
    Ok(())
}

/// Adds to one row, by a statement that the connection keeps prepared.
struct AddOne<'a, const PARTNER: bool>(&'a Added);

impl<const PARTNER: bool> QueryId for AddOne<'_, PARTNER> {
    type QueryId = AddOne<'static, PARTNER>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const PARTNER: bool> RunQueryDsl<SqliteConnection> for AddOne<'_, PARTNER> {}

impl<const PARTNER: bool> QueryFragment<Sqlite> for AddOne<'_, PARTNER> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Added { key, values } = self.0;
        let (table, keys) = place_of(key);
        let columns: Vec<String> = keys.iter().map(ToString::to_string).chain(names()).collect();
        out.push_sql(&format!("INSERT INTO {table} AS sums ({}) VALUES (", columns.join(", ")));
        out.push_bind_param::<KeyColumn, _>(&key.company_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&key.day)?;
        out.push_sql(", ");
        out.push_bind_param::<KeyColumn, _>(&key.program_id)?;
        out.push_sql(", ");
        out.push_bind_param::<KeyColumn, _>(&key.event_type_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&key.currency)?;
        if let Some(partner) = &key.partner_company_id {
            out.push_sql(", ");
            out.push_bind_param::<KeyColumn, _>(partner)?;
        }
        for value in values {
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(value)?;
        }
        let set = format!(") ON CONFLICT ({}) DO UPDATE SET {}", keys.join(", "), adding());
        out.push_sql(&set);
        Ok(())
    }
}
