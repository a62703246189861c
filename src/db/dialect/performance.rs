//! What actions come to by day: from the sums that are kept, and from what the ledgers have beyond them.
//!
//! One statement reads both, so that they are of the same moment, and what it gives is always what the
//! rows themselves come to. [`following`] takes the ledgers into the sums.

pub mod following;
mod row;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

pub use self::row::Row;
use super::statement::{Bind, Statement};
use crate::db::Db;
use crate::error::Result;
use crate::events::model::any;
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Limit;
use crate::kernel::time::{Day, Zone};
use crate::performance::model::{Asked, Book, Period, Side};

/// What the second column of an amount counts.
pub const WIDE: i64 = 1_000_000_000;
/// A place on earth is at most so far from UTC, and a little more.
const FARTHEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(26);

/// Numbers of things, in the order of their columns.
pub(super) const COUNTS: [&str; 5] = ["actions", "approved", "reversed", "locked", "adjustments"];
/// Amounts, each of two columns.
pub(super) const AMOUNTS: [&str; 6] =
    ["tracked", "sale", "payout", "lost", "adjusted_sale", "adjusted_payout"];
/// Whose they are.
const OWNERS: [&str; 4] = ["company_id", "partner_company_id", "program_id", "event_type_id"];

/// What is added up for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Each day and currency.
    Day,
    /// Each partner and currency.
    Partner,
    /// Whatever can be told apart.
    Key,
}

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The sums that are kept, and what is beyond them.
    Sums,
    /// The same, less the rows themselves: nothing is left where they are equal.
    SumsLessRows,
    /// The sums of whole programs alone, less those of their partners.
    ProgramsLessPartners,
}

/// The figures of what is asked for. Of a day that is not settled the row may be of another day than
/// those that are asked for: whoever reads it looks.
pub fn rows(db: &mut Db, asked: &Asked, of: Of, by: By) -> Result<Vec<Row>> {
    if asked.others.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let statement = Statement::new(&format!("{} FROM (", summed(by)));
    let statement = match of {
        Of::Sums => beyond(kept(statement, asked, "", asked.others.is_none()), db, asked),
        Of::SumsLessRows => {
            let sums = beyond(kept(statement, asked, "", false), db, asked);
            actions(sums, db, asked)
        }
        Of::ProgramsLessPartners => {
            let programs = kept(statement, asked, "", true).say(" UNION ALL ");
            kept(programs, asked, "-", false)
        }
    };
    statement.say(&format!(") AS m GROUP BY {}", grouped(by).join(", "))).load(db)
}

/// Both books, as far as they are beyond the sums. Of the ledgers a company's own end is read; of
/// adjustments, which are few, that of all. The planner is not asked which way to go.
fn beyond(statement: Statement, db: &Db, asked: &Asked) -> Statement {
    Book::ALL.iter().fold(statement, |statement, book| {
        let (unkept, table, names) = (unkept(db, *book), table(*book), Names::of_entries(db));
        let statement = statement.say(&format!(" UNION ALL {} FROM ", told(*book, "")));
        let statement = match (db, *book) {
            (Db::Sqlite(_), Book::Updates) => {
                statement.say(&format!("{table} AS e{} WHERE {unkept} AND ", joined(db)))
            }
            (Db::Sqlite(_), Book::Adjustments) => {
                statement.say(&format!("{table} AS e{} WHERE {unkept} AND +", joined(db)))
            }
            (Db::Postgres(_), _) => {
                let end = format!("(SELECT * FROM {table} AS e WHERE {unkept}");
                let own = match *book {
                    Book::Updates => anchored(statement.say(&format!("{end} AND ")), asked, "e."),
                    Book::Adjustments => statement.say(&end),
                };
                own.say(&format!(" OFFSET 0) AS e{} WHERE ", joined(db)))
            }
        };
        filtered(anchored(statement, asked, "e."), asked, names)
    })
}

/// What columns are called in a part of a statement.
#[derive(Debug, Clone, Copy)]
struct Names {
    /// Those of the two sides.
    rows: &'static str,
    /// Those of the action.
    of_action: &'static str,
    /// What keeps SQLite from taking a column for the one to search by.
    aside: &'static str,
}

impl Names {
    const KEPT: Self = Self { rows: "", of_action: "", aside: "" };
    const ACTIONS: Self = Self { rows: "a.", of_action: "a.", aside: "" };

    fn of_entries(db: &Db) -> Self {
        let aside = if matches!(db, Db::Sqlite(_)) { "+" } else { "" };
        Self { rows: "e.", of_action: "a.", aside }
    }
}

/// The last transaction that there can be.
const NEVER: &str = "'18446744073709551615'::xid8";

/// What an entry of a book is beyond: its place in the order of commits is behind that of the sums.
///
/// PostgreSQL takes a comparison with something that it does not know yet to leave a third of a table,
/// and reads the whole of it for so many rows; between two such bounds it expects one in two hundred.
fn unkept(db: &Db, book: Book) -> String {
    let place =
        |column: &str| format!("(SELECT {column} FROM performance_places WHERE book = '{book}')");
    match db {
        Db::Postgres(_) => {
            let (turn, entry) = (place("turn::text::xid8"), place("entry_id"));
            format!("e.txid >= {turn} AND e.txid <= {NEVER} AND (e.txid, e.id) > ({turn}, {entry})")
        }
        Db::Sqlite(_) => format!("e.seq > {}", place("turn")),
    }
}

/// Whether more entries of a company's ledgers than so many are not in the sums yet.
pub fn is_behind(db: &mut Db, (side, company): (Side, CompanyId), most: i64) -> Result<bool> {
    #[derive(QueryableByName)]
    struct One {
        #[diesel(sql_type = BigInt)]
        #[expect(dead_code, reason = "that it is there is what counts")]
        one: i64,
    }
    let order = match db {
        Db::Postgres(_) => "e.txid, e.id",
        Db::Sqlite(_) => "e.seq",
    };
    let of = column_of(side);
    let statement =
        Statement::new("SELECT CAST(1 AS BIGINT) AS one FROM action_updates AS e WHERE");
    let statement = statement.say(&format!(" e.{of} = ")).bind(Bind::Key(any(company)));
    let statement = statement.say(&format!(" AND {}", unkept(db, Book::Updates)));
    let one = statement.say(&format!(" ORDER BY {order} LIMIT 1 OFFSET {most}"));
    Ok(!one.load::<One>(db)?.is_empty())
}

fn column_of(side: Side) -> &'static str {
    match side {
        Side::Brand => "company_id",
        Side::Partner => "partner_company_id",
    }
}

fn table(book: Book) -> &'static str {
    match book {
        Book::Updates => "action_updates",
        Book::Adjustments => "adjustments",
    }
}

/// Each entry beside its action, found by its id whatever the planner believes of their number.
fn joined(db: &Db) -> &'static str {
    match db {
        Db::Postgres(_) => {
            " CROSS JOIN LATERAL (SELECT company_id, program_id, event_type_id, currency, occurred_on, \
             occurred_at, tracked_sale_minor FROM actions WHERE actions.id = e.action_id OFFSET 0) AS a"
        }
        Db::Sqlite(_) => " CROSS JOIN actions AS a ON a.id = e.action_id",
    }
}

/// Whose figures an action or an entry is, and on which day; where that was not settled, when it
/// occurred and in which zone.
fn owned(partner: &str) -> String {
    let unsettled = |value: &str| format!("CASE WHEN a.occurred_on IS NULL THEN {value} END");
    let zone = "COALESCE((SELECT z.time_zone FROM earlier_zones AS z \
                WHERE z.program_id = a.program_id), (SELECT p.time_zone FROM programs AS p \
                WHERE p.id = a.program_id), 'UTC')";
    format!(
        "SELECT a.company_id, {partner}, a.program_id, a.event_type_id, a.currency, \
         a.occurred_on AS day, {} AS moment, {} AS zone",
        unsettled("a.occurred_at"),
        unsettled(zone)
    )
}

/// An action begins with a partner or, by a reattribution, ends with it.
const COMES: &str = "(CASE WHEN e.state_before IS NULL THEN 1 \
                     WHEN e.command = 'reattribute' AND e.state = 'reversed' THEN -1 ELSE 0 END)";
/// What is taken off what was tracked, after an entry and before it.
const LOSES: &str = "(CASE WHEN e.command = 'reattribute' AND e.state = 'reversed' THEN 0 \
    WHEN e.sale_minor >= a.tracked_sale_minor THEN 0 \
    ELSE a.tracked_sale_minor - e.sale_minor END) \
    - (CASE WHEN e.state_before IS NULL THEN 0 \
    WHEN e.sale_minor - e.sale_delta_minor >= a.tracked_sale_minor THEN 0 \
    ELSE a.tracked_sale_minor - (e.sale_minor - e.sale_delta_minor) END)";

/// By how much an entry changes the figures of its day.
pub(super) fn told(book: Book, sign: &str) -> String {
    let figures = match book {
        Book::Updates => {
            let tracked = format!("a.tracked_sale_minor * {COMES}");
            columns(
                sign,
                &[
                    ("actions", COMES),
                    (
                        "approved",
                        "(CASE WHEN e.state = 'approved' THEN 1 ELSE 0 END) \
                         - (CASE WHEN e.state_before = 'approved' THEN 1 ELSE 0 END)",
                    ),
                    (
                        "reversed",
                        "(CASE WHEN e.state = 'reversed' AND e.command <> 'reattribute' THEN 1 \
                         ELSE 0 END) - (CASE WHEN e.state_before = 'reversed' THEN 1 ELSE 0 END)",
                    ),
                    ("locked", "(CASE WHEN e.command = 'lock' THEN 1 ELSE 0 END)"),
                    ("tracked", &tracked),
                    ("sale", "e.sale_delta_minor"),
                    ("payout", "e.payout_delta_minor"),
                    ("lost", LOSES),
                ],
            )
        }
        Book::Adjustments => columns(sign, ADJUSTED),
    };
    format!("{}, {figures}", owned("e.partner_company_id"))
}

const ADJUSTED: &[(&str, &str)] = &[
    ("adjustments", "1"),
    ("adjusted_sale", "e.sale_delta_minor"),
    ("adjusted_payout", "e.payout_delta_minor"),
];

/// What an action comes to as it stands.
const STANDING: &[(&str, &str)] = &[
    ("actions", "1"),
    ("approved", "(CASE WHEN a.state = 'approved' THEN 1 ELSE 0 END)"),
    ("reversed", "(CASE WHEN a.state = 'reversed' THEN 1 ELSE 0 END)"),
    ("locked", "(CASE WHEN a.locked_at IS NULL THEN 0 ELSE 1 END)"),
    ("tracked", "a.tracked_sale_minor"),
    ("sale", "a.sale_minor"),
    ("payout", "a.payout_minor"),
    (
        "lost",
        "(CASE WHEN a.sale_minor >= a.tracked_sale_minor THEN 0 \
         ELSE a.tracked_sale_minor - a.sale_minor END)",
    ),
];

/// All columns of figures, by what is said of some.
fn columns(sign: &str, said: &[(&str, &str)]) -> String {
    let value = |name: &str| {
        let known = said.iter().find(|(known, _)| *known == name);
        known.map_or("0".to_string(), |(_, value)| format!("{sign}({value})"))
    };
    let counts = COUNTS.iter().map(|name| format!("{} AS {name}", value(name)));
    let amounts = AMOUNTS.iter().flat_map(|name| {
        let value = value(name);
        let (minor, high) = (format!("({value}) % {WIDE}"), format!("({value}) / {WIDE}"));
        [format!("{minor} AS {name}_minor"), format!("{high} AS {name}_high")]
    });
    counts.chain(amounts).collect::<Vec<_>>().join(", ")
}

/// The names of the columns of figures.
pub(super) fn names() -> impl Iterator<Item = String> {
    let amounts = AMOUNTS.iter().flat_map(|name| [format!("{name}_minor"), format!("{name}_high")]);
    COUNTS.iter().map(ToString::to_string).chain(amounts)
}

/// The sums that are kept: of partners, or of whole programs, which are fewer rows.
fn kept(statement: Statement, asked: &Asked, sign: &str, programs: bool) -> Statement {
    let whole = programs && asked.side == Side::Brand;
    let (table, partner) = match whole {
        true => ("performance_program_days", "CAST(NULL AS uuid)"),
        false => ("performance_days", "partner_company_id"),
    };
    let figures: Vec<String> = names().map(|name| format!("{sign}{name} AS {name}")).collect();
    let statement = statement.say(&format!(
        "SELECT company_id, {partner} AS partner_company_id, program_id, event_type_id, currency, \
         day, CAST(NULL AS timestamptz) AS moment, CAST(NULL AS text) AS zone, {} FROM {table} WHERE ",
        figures.join(", ")
    ));
    let Period { from, to } = asked.period;
    let statement = anchored(statement, asked, "").say(" AND day >= ").bind(day(from));
    let statement = statement.say(" AND day <= ").bind(day(to));
    limited(statement, asked, Names::KEPT)
}

/// The rows themselves, taken away: actions as they stand, and the adjustments beside them.
fn actions(statement: Statement, db: &Db, asked: &Asked) -> Statement {
    let standing = format!("{}, {}", owned("a.partner_company_id"), columns("-", STANDING));
    let statement = statement.say(&format!(" UNION ALL {standing} FROM actions AS a WHERE "));
    let statement = filtered(anchored(statement, asked, "a."), asked, Names::ACTIONS);
    let beside = format!("{}, {}", owned("e.partner_company_id"), columns("-", ADJUSTED));
    let found = match db {
        Db::Postgres(_) => "actions AS a JOIN adjustments AS e ON e.action_id = a.id",
        Db::Sqlite(_) => "actions AS a CROSS JOIN adjustments AS e ON e.action_id = a.id",
    };
    let statement = statement.say(&format!(" UNION ALL {beside} FROM {found} WHERE "));
    filtered(anchored(statement, asked, "a."), asked, Names::ACTIONS)
}

/// The company comes first: its index leads to all else.
fn anchored(statement: Statement, asked: &Asked, rows: &str) -> Statement {
    let column = column_of(asked.side);
    statement.say(&format!("{rows}{column} = ")).bind(Bind::Key(any(asked.company)))
}

/// The days of actions, and what no index answers.
fn filtered(statement: Statement, asked: &Asked, names: Names) -> Statement {
    let Period { from, to } = asked.period;
    let utc = Zone::utc();
    let statement = statement.say(" AND a.occurred_at >= ");
    let statement = statement.bind(Bind::At(from.begins(&utc).minus(FARTHEST)));
    let statement = statement.say(" AND a.occurred_at < ");
    let statement = statement.bind(Bind::At(to.ends(&utc).plus(FARTHEST)));
    let statement = statement.say(" AND (a.occurred_on IS NULL OR (a.occurred_on >= ");
    let statement = statement.bind(day(from)).say(" AND a.occurred_on <= ").bind(day(to));
    limited(statement.say("))"), asked, names)
}

/// Which companies are on the other side, and which programs and event types are meant.
fn limited(statement: Statement, asked: &Asked, names: Names) -> Statement {
    let Names { rows, of_action, aside } = names;
    let other = match asked.side {
        Side::Brand => column_of(Side::Partner),
        Side::Partner => column_of(Side::Brand),
    };
    let others = asked.others.iter().flatten().map(|id| Bind::Key(any(*id))).collect();
    let said = asked.others.is_some();
    let mut statement = among(statement, said, &format!("{aside}{rows}{other}"), others);
    let program = format!("{of_action}program_id");
    let event_type = format!("{of_action}event_type_id");
    if let Some(id) = asked.program {
        statement = statement.say(&format!(" AND {program} = ")).bind(Bind::Key(any(id)));
    }
    if let Some(id) = asked.event_type {
        statement = statement.say(&format!(" AND {event_type} = ")).bind(Bind::Key(any(id)));
    }
    if let Limit::Only(ids) = &asked.reach.programs {
        let ids = ids.iter().map(|id| Bind::Key(any(*id))).collect();
        statement = among(statement, true, &program, ids);
    }
    if let Limit::Only(ids) = &asked.reach.event_types {
        let ids = ids.iter().map(|id| Bind::Key(any(*id))).collect();
        statement = among(statement, true, &event_type, ids);
    }
    statement
}

fn among(statement: Statement, said: bool, column: &str, ids: Vec<Bind>) -> Statement {
    if !said {
        return statement;
    }
    if ids.is_empty() {
        return statement.say(" AND 1 = 0");
    }
    let mut statement = statement.say(&format!(" AND {column} IN ("));
    for (place, id) in ids.into_iter().enumerate() {
        statement = statement.say(if place == 0 { "" } else { ", " }).bind(id);
    }
    statement.say(")")
}

fn day(day: Day) -> Bind {
    Bind::Text(day.to_string())
}

/// What rows are grouped by.
fn grouped(by: By) -> Vec<&'static str> {
    let (days, currency) = (["m.day", "m.moment", "m.zone"], "m.currency");
    match by {
        By::Day => [currency].into_iter().chain(days).collect(),
        By::Partner => vec!["m.partner_company_id", currency, "m.moment", "m.zone"],
        By::Key => {
            let owners =
                ["m.company_id", "m.partner_company_id", "m.program_id", "m.event_type_id"];
            owners.into_iter().chain([currency]).chain(days).collect()
        }
    }
}

/// All columns of a row, added up by what it is grouped by.
pub(super) fn summed(by: By) -> String {
    let groups = grouped(by);
    let or_nothing = |name: &&str, kind: &str| {
        let grouped = format!("m.{name}");
        let known = groups.contains(&grouped.as_str());
        let value = if known { grouped } else { format!("CAST(NULL AS {kind})") };
        format!("{value} AS {name}")
    };
    let owners = OWNERS.iter().map(|name| or_nothing(name, "uuid"));
    let days = [("currency", "text"), ("day", "text"), ("moment", "timestamptz"), ("zone", "text")];
    let days = days.iter().map(|(name, kind)| or_nothing(name, kind));
    let sums = names().map(|name| format!("CAST(SUM(m.{name}) AS BIGINT) AS {name}"));
    format!("SELECT {}", owners.chain(days).chain(sums).collect::<Vec<_>>().join(", "))
}
