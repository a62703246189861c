//! Fills a database with the actions of a brand and their ledgers, set by set: the product makes one
//! action of one item and one of two, and the engine makes all others of them.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection};
use entente::actions::model::Action;
use entente::db::schema::{action_updates, actions};

use super::seed::Brand;

/// The most actions that one statement makes.
const AT_ONCE: usize = 250_000;
/// What stands for the article numbers of a model's items.
pub const SKUS: [&str; 2] = ["first-sku", "second-sku"];

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    made_by: String,
}

/// How an engine writes what is different for each action, for the number `s.n`.
struct Dialect {
    /// Sixteen bytes from the milliseconds `ms` and the number, in one of two series.
    key: fn(&str, u8) -> String,
    /// A moment that is so many microseconds after 1970.
    moment: fn(&str) -> String,
    /// The day of a moment that is so many microseconds after 1970.
    day: fn(&str) -> String,
    /// An id whose last digits are the number, divided by so many.
    numbered: fn(&str, usize) -> String,
    /// The number in so many digits.
    digits: fn(&str, u8) -> String,
    /// A document that was made as a text.
    document: fn(&str) -> String,
    /// The same, of a column that is to be changed as a text.
    text: fn(&str) -> String,
}

const POSTGRES: Dialect = Dialect {
    key: |ms, series| {
        format!(
            "(lpad(to_hex({ms}), 12, '0') || '7' || lpad(to_hex(s.n & 4095), 3, '0') || '8{series}' \
             || lpad(to_hex(s.n), 14, '0'))::uuid"
        )
    },
    moment: |micros| format!("timestamptz 'epoch' + ({micros}) * interval '1 microsecond'"),
    day: |micros| {
        format!("to_char(to_timestamp(({micros}) / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')")
    },
    numbered: |column, many| {
        format!("(left({column}::text, 24) || lpad(to_hex(s.n % {many}), 12, '0'))::uuid")
    },
    digits: |number, width| format!("lpad(({number})::text, {width}, '0')"),
    document: |text| format!("({text})::json"),
    text: |column| format!("{column}::text"),
};

const SQLITE: Dialect = Dialect {
    key: |ms, series| format!("unhex(printf('%012x7%03x8{series}%014x', {ms}, s.n & 4095, s.n))"),
    moment: |micros| micros.to_string(),
    day: |micros| format!("strftime('%Y-%m-%d', ({micros}) / 1000000, 'unixepoch')"),
    numbered: |column, many| {
        format!("unhex(substr(hex({column}), 1, 20) || printf('%012X', s.n % {many}))")
    },
    digits: |number, width| format!("printf('%0{width}d', {number})"),
    document: |text| text.to_string(),
    text: |column| column.to_string(),
};

/// Some actions in a row that lock at the same moment.
struct Stretch {
    from: usize,
    until: usize,
    locks_at: i64,
}

fn stretches(brand: &Brand) -> Vec<Stretch> {
    let locks_at = |n: usize| brand.model(n).locks_at.micros();
    let mut stretches = Vec::new();
    let mut from = 0;
    while from < brand.count {
        let (mut until, at) = (brand.count.min(from + AT_ONCE), locks_at(from));
        if locks_at(until - 1) != at {
            let (mut same, mut other) = (from, until - 1);
            while other - same > 1 {
                let between = same + (other - same) / 2;
                *(if locks_at(between) == at { &mut same } else { &mut other }) = between;
            }
            until = other;
        }
        stretches.push(Stretch { from, until, locks_at: at });
        from = until;
    }
    stretches
}

/// What to select for a column of a table.
fn value(dialect: &Dialect, brand: &Brand, table: &str, column: &str, stretch: &Stretch) -> String {
    let begun = brand.occurred_at(0).micros();
    let micros = format!("{begun} + s.n * {}", brand.gap());
    let millis = format!("({micros}) / 1000");
    match (table, column) {
        ("actions", "id") | ("action_updates", "action_id") => (dialect.key)(&millis, 0),
        ("action_updates", "id") => (dialect.key)(&millis, 1),
        (_, "order_id") => format!("'order-' || {}", (dialect.digits)("s.n", 8)),
        (_, "occurred_at" | "created_at" | "updated_at" | "at") => (dialect.moment)(&micros),
        (_, "occurred_on") => (dialect.day)(&micros),
        (_, "partner_company_id") if brand.partners > 1 => {
            (dialect.numbered)("m.partner_company_id", brand.partners)
        }
        (_, "locks_at") => (dialect.moment)(&stretch.locks_at.to_string()),
        (_, "items") => {
            let mut text = (dialect.text)("m.items");
            for (place, sku) in SKUS.iter().enumerate() {
                let id = (dialect.digits)(&format!("s.n * 2 + {place}"), 16);
                let number = (dialect.text)(&format!("((s.n * 7 + {place}) % 997)"));
                text = format!("replace({text}, m.item{place}, 'itm_01k5h2v7xn' || {id})");
                text = format!("replace({text}, '{sku}', 'sku-' || {number})");
            }
            (dialect.document)(&text)
        }
        (_, other) => format!("m.{other}"),
    }
}

/// A statement that makes a stretch of rows; `numbers` is a query of them as `n`.
fn insert(
    dialect: &Dialect,
    brand: &Brand,
    (table, columns): (&str, &[String]),
    (stretch, numbers): (&Stretch, &str),
) -> String {
    let values: Vec<String> =
        columns.iter().map(|column| value(dialect, brand, table, column, stretch)).collect();
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {numbers} AS s CROSS JOIN models_of_{table} AS m \
         WHERE m.parity = s.n % 2",
        columns.join(", "),
        values.join(", "),
    )
}

/// Puts the two models into tables of their own, with what is to be replaced beside them.
macro_rules! keep_models {
    ($db:expr, $brand:expr, $table:literal, $text:literal) => {{
        let models: Vec<Action> = [0, 1].map(|n| $brand.model(n)).into();
        for (parity, action) in models.iter().enumerate() {
            diesel::insert_into(actions::table).values(action).execute($db).unwrap();
            let entry = $brand.first_entry(action);
            diesel::insert_into(action_updates::table).values(entry).execute($db).unwrap();
            let item = |place: usize| {
                let item = action.items.0.get(place);
                item.map_or("none".into(), |item| item.id.to_string())
            };
            let made = match parity {
                0 => concat!("CREATE TEMP TABLE models_of_", $table, " AS SELECT"),
                _ => concat!("INSERT INTO models_of_", $table, " SELECT"),
            };
            let (first, second) = (item(0), item(1));
            let statement = format!(
                "{made} t.*, {parity} AS parity, '{first}'{cast} AS item0, '{second}'{cast} AS item1 \
                 FROM {table} AS t; DELETE FROM actions; DELETE FROM action_updates",
                table = $table,
                cast = $text,
            );
            $db.batch_execute(&statement).unwrap();
        }
    }};
}

/// Fills PostgreSQL: the two tables at the same time, their indexes when all rows are there.
pub fn postgres(url: &str, brand: &Brand) {
    let connect = || {
        let mut db = PgConnection::establish(url).unwrap();
        let usual = "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'";
        db.batch_execute(usual).unwrap();
        db
    };
    let key = |key| format!("'{key}'");
    connect().batch_execute(&brand.around(&key, &|at| format!("'{at}'"))).unwrap();
    let (mut to_actions, mut to_updates) = (connect(), connect());
    keep_models!(&mut to_actions, brand, "actions", "::text");
    keep_models!(&mut to_updates, brand, "action_updates", "::text");
    std::thread::scope(|scope| {
        for (db, table) in [(&mut to_actions, "actions"), (&mut to_updates, "action_updates")] {
            scope.spawn(move || fill_postgres(db, brand, table));
        }
    });
    to_actions.batch_execute("CHECKPOINT").unwrap();
}

fn fill_postgres(db: &mut PgConnection, brand: &Brand, table: &str) {
    let columns = format!(
        "SELECT column_name::text AS name FROM information_schema.columns \
         WHERE table_name = '{table}' AND column_name <> 'txid' ORDER BY ordinal_position"
    );
    let columns: Vec<Name> = diesel::sql_query(columns).load(db).unwrap();
    let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
    let indexes: Vec<Index> = diesel::sql_query(format!(
        "SELECT indexname::text AS name, indexdef AS made_by FROM pg_indexes \
         WHERE tablename = '{table}' AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    ))
    .load(db)
    .unwrap();
    for Index { name, .. } in &indexes {
        db.batch_execute(&format!("DROP INDEX {name}")).unwrap();
    }
    for stretch in stretches(brand) {
        let (first, last) = (stretch.from, stretch.until - 1);
        let numbers = format!("(SELECT n FROM generate_series({first}::bigint, {last}) AS n)");
        let rows = insert(&POSTGRES, brand, (table, &columns), (&stretch, &numbers));
        db.batch_execute(&rows).unwrap();
    }
    for Index { made_by, .. } in &indexes {
        db.batch_execute(made_by).unwrap();
    }
    db.batch_execute(&format!("VACUUM (ANALYZE) {table}")).unwrap();
}

/// Fills SQLite, without its usual care: nobody else is there, and what breaks off is thrown away.
pub fn sqlite(path: &str, brand: &Brand) {
    let mut db = SqliteConnection::establish(path).unwrap();
    db.batch_execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -512000; \
         PRAGMA locking_mode = EXCLUSIVE",
    )
    .unwrap();
    let key = |key: uuid::Uuid| format!("x'{}'", key.simple());
    db.batch_execute(&brand.around(&key, &|at| at.micros().to_string())).unwrap();
    keep_models!(&mut db, brand, "actions", "");
    keep_models!(&mut db, brand, "action_updates", "");
    for table in ["actions", "action_updates"] {
        fill_sqlite(&mut db, brand, table);
    }
    db.batch_execute("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL").unwrap();
}

fn fill_sqlite(db: &mut SqliteConnection, brand: &Brand, table: &str) {
    let columns = format!("SELECT name FROM pragma_table_info('{table}') WHERE name <> 'seq'");
    let columns: Vec<Name> = diesel::sql_query(columns).load(db).unwrap();
    let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
    let indexes: Vec<Index> = diesel::sql_query(format!(
        "SELECT name, sql AS made_by FROM sqlite_master \
         WHERE type = 'index' AND tbl_name = '{table}' AND sql IS NOT NULL"
    ))
    .load(db)
    .unwrap();
    for Index { name, .. } in &indexes {
        db.batch_execute(&format!("DROP INDEX {name}")).unwrap();
    }
    for stretch in stretches(brand) {
        let (first, until) = (stretch.from, stretch.until);
        let numbers = format!(
            "(WITH RECURSIVE s (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s \
             WHERE n + 1 < {until}) SELECT n FROM s)"
        );
        let rows = insert(&SQLITE, brand, (table, &columns), (&stretch, &numbers));
        db.batch_execute(&rows).unwrap();
    }
    for Index { made_by, .. } in &indexes {
        db.batch_execute(made_by).unwrap();
    }
}
