//! The migrations' ledger: paired, reversible, repeatable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::engines::{on_both_engines, on_both_engines_empty};
use crate::cast::http::Caller;
use crate::cast::orders::{register, tracked_orders};
use crate::cast::process::{Process, run};
use crate::schema::tables;

/// The names of one engine's migrations.
fn names(engine: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(engine)).expect("the engine's migrations");
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Where one engine's migrations are kept.
pub fn folder(engine: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine)
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(names("sqlite"), names("postgres"), "left: SQLite; right: PostgreSQL");
}

#[test]
fn every_migration_can_be_taken_back() {
    for engine in ["sqlite", "postgres"] {
        for name in names(engine) {
            for half in ["up.sql", "down.sql"] {
                let file = folder(engine).join(&name).join(half);
                let sql = std::fs::read_to_string(&file).unwrap_or_default();
                assert!(!sql.trim().is_empty(), "{engine}/{name}/{half} is missing or empty");
            }
        }
    }
}

#[test]
fn the_schema_goes_up_and_down_and_up_again() {
    on_both_engines_empty(|url| {
        let parsed = url.parse().unwrap();
        let applied = entente::db::migrate::up(&parsed).unwrap();
        assert_eq!(applied.len(), names("sqlite").len());
        let made = tables(url);
        assert!(made.contains("actions"), "{made:?}");
        assert!(entente::db::migrate::up(&parsed).unwrap().is_empty(), "nothing is left to do");

        let mut reverted = entente::db::migrate::down(&parsed).unwrap();
        reverted.reverse();
        assert_eq!(reverted, applied);
        assert_eq!(tables(url), BTreeSet::new(), "these tables survived the way down");

        assert_eq!(entente::db::migrate::up(&parsed).unwrap(), applied);
        assert_eq!(tables(url), made);
    });
}

/// The first migration that finds rows in its way: all that came before it made the schema that
/// released databases begin with.
const FIRST_OVER_ROWS: &str = "2026-01-11-000000_action_feeds";

/// Takes back every migration from this one on; gives how many there were.
fn back_before(url: &str, first: &str) -> usize {
    fn revert<DB: diesel::backend::Backend>(
        connection: &mut impl MigrationHarness<DB>,
        (engine, first): (&str, &str),
    ) -> usize {
        let later = names(engine).into_iter().filter(|name| name.as_str() >= first);
        let later = later.count();
        for _ in 0..later {
            let source = FileBasedMigrations::from_path(folder(engine)).expect("migrations");
            connection.revert_last_migration(source).expect("a way back over rows");
        }
        later
    }
    match url.strip_prefix("sqlite://") {
        Some(file) => revert(&mut SqliteConnection::establish(file).unwrap(), ("sqlite", first)),
        None => revert(&mut PgConnection::establish(url).unwrap(), ("postgres", first)),
    }
}

/// Everything that these migrations touch: actions, and the feed of their changes.
fn everything(acme: &Caller) -> Value {
    let began = std::time::Instant::now();
    loop {
        let feed = acme.all("/v1/action-updates");
        // On PostgreSQL an entry shows when no older transaction of the whole server is still open.
        if feed.len() == 6 {
            let actions = acme.all("/v1/actions");
            let brand = actions[0]["brand_company_id"].as_str().expect("a brand");
            let figures = format!("/v1/companies/{brand}/performance?as=brand");
            return json!({
                "figures": acme.get(&figures, 200), "actions": actions, "feed": feed,
            });
        }
        assert!(began.elapsed().as_secs() < 20, "{feed:#?}");
    }
}

/// Who knows whom, and by which partnership.
fn ties(url: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Tie {
        #[diesel(sql_type = Text)]
        told: String,
    }
    let query = sql_query(
        "SELECT name || ' ' || CAST(is_live AS TEXT) || ' ' || coalesce(partner_status, '-')
             || ' ' || coalesce(client_status, '-') || ' '
             || CAST(partner_partnership_id IS NULL AS TEXT) || ' '
             || CAST(client_partnership_id IS NULL AS TEXT) AS told
         FROM relations ORDER BY told",
    );
    let rows: Vec<Tie> = match url.strip_prefix("sqlite://") {
        Some(file) => query.load(&mut SqliteConnection::establish(file).unwrap()).unwrap(),
        None => query.load(&mut PgConnection::establish(url).unwrap()).unwrap(),
    };
    rows.into_iter().map(|row| row.told).collect()
}

#[test]
fn rows_survive_the_way_down_and_up_again() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), &[]);
        let (credential, _) = tracked_orders(&process.caller(None), 3);
        let acme = process.caller(Some(&credential));
        let paths: Vec<String> = acme
            .all("/v1/actions")
            .iter()
            .map(|action| format!("/v1/actions/{}", action["id"].as_str().unwrap()))
            .collect();
        acme.post(&format!("{}/approve", paths[0]), json!({}), 200);
        acme.post(&format!("{}/reverse", paths[1]), json!({ "reason": "CONS_FRAUD" }), 200);
        acme.post(&format!("{}/hold", paths[2]), json!({ "reason": "why" }), 200);
        let before = everything(&acme);
        let ties = ties(url);
        assert_eq!(ties.len(), 4, "two companies, and each as the other knows it: {ties:#?}");
        process.kill();

        assert!(back_before(url, FIRST_OVER_ROWS) >= 3);
        // What starts brings the schema up to date, with the rows that are there.
        let process = Process::serve(url, home.path(), &[]);
        let acme = process.caller(Some(&credential));
        let after = everything(&acme);
        assert_eq!(self::ties(url), ties, "who knows whom is made out of the partnerships");
        assert_eq!(without_holds(&after), without_holds(&before));
        let held = acme.get(&paths[2], 200);
        assert_eq!(held["held"], true);
        assert!(held["held_until"].is_string(), "a hold of old ends by itself too: {held}");
        acme.post(&format!("{}/release", paths[2]), json!({}), 200);
        drop(process);
        let (code, told) = run(url, home.path(), &["verify"]);
        assert_eq!(code, 0, "{told}");
    });
}

/// A program of before reads no change that is about grants: on the way down that part of it goes, and the
/// rest of the change stays.
#[test]
fn operations_about_grants_are_taken_out_on_the_way_down() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), &[]);
        let (acme, _) = register(&process.caller(None), "acme");
        let (bolt, partner) = register(&process.caller(None), "bolt");
        let offer = json!({ "partner_company_id": partner, "message": "hello" });
        let offer = id(&acme.post("/v1/partnerships", offer, 201));
        bolt.post(&format!("/v1/partnerships/{offer}/accept"), json!({}), 200);
        let propose = |operations: Value| {
            let body = json!({ "reason": "Both", "operations": operations });
            id(&acme.post(&format!("/v1/partnerships/{offer}/changes"), body, 201))
        };
        let grant = json!({ "op": "set_grant", "grant": "manage_status" });
        let alone = propose(json!([grant]));
        bolt.post(&format!("/v1/changes/{alone}/decline"), json!({ "comment": "No" }), 200);
        let described = json!({ "op": "set_description", "description": "Shoes" });
        let mixed = propose(json!([described, grant]));
        process.kill();

        back_before(url, "2026-02-18-000000_grants");
        let process = Process::serve(url, home.path(), &[]);
        let acme = process.caller(Some(acme.credential()));
        for (change, status, left) in
            [(alone, "declined", json!([])), (mixed, "proposed", json!(["set_description"]))]
        {
            let change = acme.get(&format!("/v1/changes/{change}"), 200);
            let operations = change["operations"].as_array().expect("operations").iter();
            let left_over: Vec<Value> = operations.map(|one| one["op"].clone()).collect();
            assert_eq!((&change["status"], json!(left_over)), (&json!(status), left));
        }
    });
}

/// Until when an action is held is told by no older schema.
fn without_holds(all: &Value) -> Value {
    let mut all = all.clone();
    for action in all["actions"].as_array_mut().expect("actions") {
        action.as_object_mut().expect("an action").remove("held_until");
    }
    all
}
