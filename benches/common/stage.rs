//! Databases filled for a measurement, on either engine, gone afterwards.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel::{PgConnection, SqliteConnection};
use entente::access::secret;
use entente::db::migrate;
use entente::kernel::id::{ActionId, ApiKeyId, UserId};

use super::fill;
use super::seed::Brand;

/// What the key of a filled database says.
pub const SECRET: &str = "entk_benchmark";

/// A filled database.
pub struct Filled {
    pub url: String,
    pub brand: Brand,
    pub ids: Vec<ActionId>,
    kept: Kept,
}

/// Another database with the same rows.
pub struct Copied {
    pub url: String,
    _kept: Kept,
}

/// What has to go with a database.
enum Kept {
    Folder(tempfile::TempDir),
    Database(Database),
}

/// A database on a server of PostgreSQL.
struct Database {
    server: String,
    name: String,
}

/// The servers to measure on: `None` is SQLite. PostgreSQL takes part if BENCH_POSTGRES_URL names a
/// server (`postgres://user@host:port`) on which databases may be made.
pub fn engines() -> Vec<Option<String>> {
    let wanted = super::given("--engine").unwrap_or("both".into());
    let mut engines = Vec::new();
    if wanted != "postgres" {
        engines.push(None);
    }
    match std::env::var("BENCH_POSTGRES_URL") {
        Ok(server) if wanted != "sqlite" => engines.push(Some(server)),
        Ok(_) => {}
        Err(_) if wanted == "sqlite" => {}
        Err(_) => println!("PostgreSQL does not take part: BENCH_POSTGRES_URL is not set"),
    }
    if cfg!(debug_assertions) {
        println!("(a debug build: the figures mean nothing)");
    }
    engines
}

/// The name of an engine.
pub fn name(server: Option<&str>) -> &'static str {
    if server.is_some() { "PostgreSQL" } else { "SQLite" }
}

impl Filled {
    /// A brand with `count` actions, and a key that reads them, changes them and submits batches.
    pub fn with(server: Option<&str>, count: usize) -> Self {
        Self::of(server, Brand::new(count))
    }

    /// The same, of any brand.
    pub fn of(server: Option<&str>, brand: Brand) -> Self {
        let (begun, count) = (std::time::Instant::now(), brand.count);
        let (url, kept) = match server {
            None => sqlite(&brand),
            Some(server) => postgres(server, &brand),
        };
        let took = begun.elapsed().as_secs_f64();
        eprintln!("{} filled with {count} actions in {took:.1} s", name(server));
        Self { url, ids: brand.ids(), brand, kept }
    }

    /// The same rows once more, to be changed.
    pub fn copy(&self) -> Copied {
        match &self.kept {
            Kept::Folder(_) => {
                let (folder, path) = place();
                std::fs::copy(self.url.trim_start_matches("sqlite://"), &path).unwrap();
                Copied { url: format!("sqlite://{path}"), _kept: Kept::Folder(folder) }
            }
            Kept::Database(full) => {
                let copy = Database::made(&full.server, Some(&full.name));
                Copied { url: copy.url(), _kept: Kept::Database(copy) }
            }
        }
    }
}

fn place() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let path = folder.path().join("entente.db").display().to_string();
    (folder, path)
}

fn sqlite(brand: &Brand) -> (String, Kept) {
    let (folder, path) = place();
    let url = format!("sqlite://{path}");
    migrate::up(&url.parse().unwrap()).unwrap();
    fill::sqlite(&path, brand);
    let mut db = SqliteConnection::establish(&path).unwrap();
    let literal = |bytes: &[u8]| format!("x'{}'", hex(bytes));
    db.batch_execute(&credential(brand, &literal, "0")).unwrap();
    // All of it is in the file, which may be copied.
    db.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    (url, Kept::Folder(folder))
}

fn postgres(server: &str, brand: &Brand) -> (String, Kept) {
    let database = Database::made(server, None);
    let url = database.url();
    migrate::up(&url.parse().unwrap()).unwrap();
    fill::postgres(&url, brand);
    let mut db = PgConnection::establish(&url).unwrap();
    let literal = |bytes: &[u8]| match bytes.len() {
        16 => format!("'{}'", uuid::Uuid::from_slice(bytes).unwrap()),
        _ => format!("'\\x{}'", hex(bytes)),
    };
    db.batch_execute(&credential(brand, &literal, "'2026-01-01'")).unwrap();
    (url, Kept::Database(database))
}

#[derive(QueryableByName)]
struct ServerVersion {
    #[diesel(sql_type = Integer)]
    number: i32,
}

impl Database {
    fn made(server: &str, template: Option<&str>) -> Self {
        let name = format!("entente_bench_{}", uuid::Uuid::now_v7().simple());
        let mut admin = admin(server);
        let version = "SELECT current_setting('server_version_num')::int AS number";
        let version: ServerVersion = diesel::sql_query(version).get_result(&mut admin).unwrap();
        // Since 15 a copy goes through the log, page by page, unless one says how.
        let files = if version.number >= 150_000 { "STRATEGY FILE_COPY" } else { "" };
        let of = template.map_or(String::new(), |full| format!("TEMPLATE {full} {files}"));
        admin.batch_execute(&format!("CREATE DATABASE {name} {of}")).unwrap();
        admin.batch_execute("CHECKPOINT").unwrap();
        Self { server: server.to_string(), name }
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }
}

fn admin(server: &str) -> PgConnection {
    PgConnection::establish(&format!("{server}/postgres")).unwrap()
}

impl Drop for Database {
    fn drop(&mut self) {
        let gone = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        admin(&self.server).batch_execute(&gone).unwrap();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn credential(brand: &Brand, literal: &dyn Fn(&[u8]) -> String, at: &str) -> String {
    let (user, key) = (UserId::new().uuid(), ApiKeyId::new().uuid());
    let (user, key) = (literal(user.as_bytes()), literal(key.as_bytes()));
    let company = literal(brand.company.uuid().as_bytes());
    let hash = literal(&secret::digest(SECRET.as_bytes()));
    let scopes = r#"["actions:read","actions:write","reversals:read","reversals:write"]"#;
    format!(
        "INSERT INTO users (id, email, name, password_hash, version, created_at, updated_at) \
         VALUES ({user}, 'bench@example.com', 'Bench', 'none', 1, {at}, {at});\
         INSERT INTO api_keys VALUES ({key}, {company}, 'Bench', 'entk_bench', {hash}, \
         '{scopes}', NULL, NULL, {user}, {at}, NULL, NULL, NULL, 1, NULL, NULL, NULL);"
    )
}
