//! Databases filled for a measurement, on either engine, gone afterwards.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use entente::access::secret;
use entente::db::migrate;
use entente::kernel::id::{ActionId, ApiKeyId, UserId};

use super::seed::Brand;

/// What the key of a filled database says.
pub const SECRET: &str = "entk_benchmark";

/// A filled database.
pub struct Filled {
    pub url: String,
    pub ids: Vec<ActionId>,
    kept: Kept,
}

/// What has to go with it.
enum Kept {
    Folder(#[expect(dead_code, reason = "removed when dropped")] tempfile::TempDir),
    Database(String, String),
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
        Err(_) => println!("PostgreSQL does not take part: BENCH_POSTGRES_URL is not set"),
    }
    engines
}

/// The name of an engine.
pub fn name(server: Option<&str>) -> &'static str {
    if server.is_some() { "PostgreSQL" } else { "SQLite" }
}

impl Filled {
    /// A brand with `count` actions, and a key that reads them and submits batches.
    pub fn with(server: Option<&str>, count: usize) -> Self {
        match server {
            None => Self::sqlite(count),
            Some(server) => Self::postgres(server, count),
        }
    }

    fn sqlite(count: usize) -> Self {
        let folder = tempfile::tempdir_in(".").unwrap();
        let path = folder.path().join("entente.db").display().to_string();
        let url = format!("sqlite://{path}");
        migrate::up(&url.parse().unwrap()).unwrap();
        let mut db = SqliteConnection::establish(&path).unwrap();
        let brand = Brand::new();
        let ids = brand.fill_sqlite(&mut db, count);
        db.batch_execute(&credential(&brand, &|bytes| format!("x'{}'", hex(bytes)), "0")).unwrap();
        Self { url, ids, kept: Kept::Folder(folder) }
    }

    fn postgres(server: &str, count: usize) -> Self {
        let database = format!("entente_bench_{}", uuid::Uuid::now_v7().simple());
        let mut admin = PgConnection::establish(&format!("{server}/postgres")).unwrap();
        admin.batch_execute(&format!("CREATE DATABASE {database}")).unwrap();
        let url = format!("{server}/{database}");
        migrate::up(&url.parse().unwrap()).unwrap();
        let mut db = PgConnection::establish(&url).unwrap();
        let brand = Brand::new();
        let ids = brand.fill_postgres(&mut db, count);
        let literal = |bytes: &[u8]| match bytes.len() {
            16 => format!("'{}'", uuid::Uuid::from_slice(bytes).unwrap()),
            _ => format!("'\\x{}'", hex(bytes)),
        };
        db.batch_execute(&credential(&brand, &literal, "'2026-01-01'")).unwrap();
        Self { url, ids, kept: Kept::Database(server.to_string(), database) }
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        if let Kept::Database(server, database) = &self.kept {
            let mut admin = PgConnection::establish(&format!("{server}/postgres")).unwrap();
            let gone = format!("DROP DATABASE {database} WITH (FORCE)");
            admin.batch_execute(&gone).unwrap();
        }
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
        "INSERT INTO users VALUES ({user}, 'bench@example.com', 'Bench', 'none', 1, {at}, {at});\
         INSERT INTO api_keys VALUES ({key}, {company}, 'Bench', 'entk_bench', {hash}, \
         '{scopes}', NULL, NULL, {user}, {at}, NULL, NULL, NULL, 1);"
    )
}
