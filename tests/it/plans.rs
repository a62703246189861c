//! The ledger of plans: no list of actions reads the table to its end, on either engine.
//!
//! The statements are caught on their way to the engine, and the engine is asked how it would do
//! them; PostgreSQL without the ways that it prefers while tables are empty.

use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::Text;
use entente::actions::model::Verb;
use entente::actions::store::{self, Entries, Filter, Turn};
use entente::db::Db;
use entente::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId, ReversalId, UpdateId};
use entente::kernel::reach::Reach;
use entente::kernel::time::Instant;
use entente::reversals::model::Purpose;
use entente::reversals::store as batches;

use crate::cast::engines::on_both_engines;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

fn open(url: &str) -> Db {
    match url.strip_prefix("sqlite://") {
        Some(file) => Db::Sqlite(SqliteConnection::establish(file).unwrap()),
        None => Db::Postgres(PgConnection::establish(url).unwrap()),
    }
}

/// The statements that `work` sends.
fn statements(db: &mut Db, work: impl FnOnce(&mut Db)) -> Vec<String> {
    let caught = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&caught);
    let catch = move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            to.lock().unwrap().push(query.to_string());
        }
    };
    match db {
        Db::Postgres(connection) => connection.set_instrumentation(catch),
        Db::Sqlite(connection) => connection.set_instrumentation(catch),
    }
    work(db);
    match db {
        Db::Postgres(connection) => {
            connection.set_instrumentation(|_: InstrumentationEvent<'_>| {})
        }
        Db::Sqlite(connection) => connection.set_instrumentation(|_: InstrumentationEvent<'_>| {}),
    }
    let caught = caught.lock().unwrap().clone();
    caught.iter().map(|sql| sql.split(" -- binds").next().unwrap().to_string()).collect()
}

/// How the engine would do a statement.
fn plan(db: &mut Db, sql: &str) -> String {
    match db {
        Db::Sqlite(connection) => {
            let steps: Vec<Step> =
                diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(connection).unwrap();
            steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
        }
        Db::Postgres(connection) => {
            let off =
                "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;
                SET plan_cache_mode = force_generic_plan;";
            connection.batch_execute(&format!("{off} PREPARE asked AS {sql}")).unwrap();
            let many = (1..100).take_while(|number| sql.contains(&format!("${number}"))).count();
            let values = match vec!["NULL"; many].join(", ") {
                none if none.is_empty() => none,
                some => format!("({some})"),
            };
            let keep = format!(
                "CREATE OR REPLACE FUNCTION pg_temp.plan() RETURNS text LANGUAGE plpgsql AS $f$
                 DECLARE line text; told text := ''; BEGIN
                 FOR line IN EXECUTE 'EXPLAIN EXECUTE asked{values}' LOOP
                 told := told || line || chr(10); END LOOP; RETURN told; END $f$"
            );
            connection.batch_execute(&keep).unwrap();
            let step: Step = diesel::sql_query("SELECT pg_temp.plan() AS detail")
                .get_result(connection)
                .unwrap();
            connection.batch_execute("DEALLOCATE asked").unwrap();
            step.detail
        }
    }
}

fn some_moment() -> Instant {
    Instant::from_micros(0)
}

fn everything() -> Filter {
    Filter {
        program: None,
        event_type: None,
        brand: None,
        partner: None,
        states: None,
        locked: None,
        held: None,
        order_id: None,
        occurred_after: None,
        occurred_before: None,
        finance_status: None,
        locks_after: None,
        locks_before: None,
        now: some_moment(),
    }
}

/// What is asked for, and by which index of either side it is to be found.
fn questions() -> Vec<(Filter, [&'static str; 2])> {
    use entente::actions::model::{FinanceStatus, State};
    let lists = ["actions_of_company", "actions_of_partner"];
    let held = ["actions_held_of_company", "actions_held_of_partner"];
    let by_order = ["actions_by_order", "actions_by_order"];
    let (at, order_id) = (Some(some_moment()), Some("A-1".to_string()));
    let event_type = Some(EventTypeId::new());
    vec![
        (everything(), lists),
        (Filter { program: Some(ProgramId::new()), ..everything() }, lists),
        (Filter { event_type, ..everything() }, lists),
        (Filter { partner: Some(CompanyId::new()), ..everything() }, lists),
        (Filter { brand: Some(CompanyId::new()), ..everything() }, lists),
        (Filter { states: Some(vec![State::Pending]), ..everything() }, lists),
        (Filter { locked: Some(true), ..everything() }, lists),
        (Filter { locked: Some(false), ..everything() }, lists),
        (Filter { held: Some(true), ..everything() }, held),
        (Filter { held: Some(true), locks_before: at, ..everything() }, held),
        (Filter { held: Some(false), ..everything() }, lists),
        (Filter { finance_status: Some(FinanceStatus::Held), ..everything() }, held),
        (Filter { finance_status: Some(FinanceStatus::Due), ..everything() }, lists),
        (Filter { occurred_after: at, occurred_before: at, ..everything() }, lists),
        (Filter { locks_after: at, locks_before: at, ..everything() }, lists),
        (Filter { order_id: order_id.clone(), ..everything() }, by_order),
        (Filter { order_id, event_type, ..everything() }, by_order),
    ]
}

#[test]
fn every_list_of_actions_goes_by_an_index() {
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for (filter, indexes) in questions() {
            for after in [None, Some((some_moment(), ActionId::new()))] {
                let sent = statements(&mut db, |db| {
                    store::page(db, &reach, &filter, after, 50).unwrap();
                });
                assert!(!sent.is_empty());
                for sql in sent {
                    let plan = plan(&mut db, &sql);
                    let found = indexes.iter().any(|index| {
                        plan.contains(&format!("{index} ")) || plan.contains(&format!("{index}\n"))
                    });
                    // PostgreSQL weighs indexes by its statistics, and has none of an empty table.
                    let weighed = !url.starts_with("sqlite://") && filter.order_id.is_some();
                    assert!(found || weighed, "{filter:?}\n{sql}\n{plan}");
                    let whole =
                        plan.contains("Seq Scan on actions") || plan.contains("SCAN actions");
                    let sorts =
                        plan.contains("TEMP B-TREE FOR ORDER BY") && filter.order_id.is_none();
                    assert!(!whole && !sorts, "{filter:?}\n{sql}\n{plan}");
                }
            }
        }
    });
}

/// What a job looks for is read from its index in order, from the beginning and from a place on.
fn goes_by(index: &str, ask: impl Fn(&mut Db, Option<Turn>)) {
    on_both_engines(|url| {
        let mut db = open(url);
        for after in [None, Some((some_moment(), ActionId::new()))] {
            let sent = statements(&mut db, |db| ask(db, after));
            let plan = plan(&mut db, &sent[0]);
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    });
}

#[test]
fn the_lock_job_goes_by_its_index() {
    goes_by("actions_to_lock", |db, after| {
        store::due(db, some_moment(), after, 10).unwrap();
    });
}

#[test]
fn what_clears_is_found_by_its_index() {
    goes_by("actions_to_clear", |db, after| {
        store::to_clear(db, some_moment(), after, 10).unwrap();
    });
}

#[test]
fn holds_that_end_are_found_by_their_index() {
    goes_by("actions_to_release", |db, after| {
        store::to_release(db, some_moment(), after, 10).unwrap();
    });
}

#[test]
fn batches_of_one_purpose_are_found_by_their_index() {
    on_both_engines(|url| {
        let mut db = open(url);
        let whose = (CompanyId::new(), Purpose::Actions);
        for before in [None, Some(ReversalId::new())] {
            let sent = statements(&mut db, |db| {
                batches::page(db, whose, (None, None), before, 50).unwrap();
            });
            let plan = plan(&mut db, &sent[0]);
            assert!(plan.contains("reversals_of_company"), "{plan}");
            let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
            assert!(!sorts && !plan.contains("Seq Scan"), "{plan}");
        }
    });
}

#[test]
fn what_waits_for_a_horizon_is_found_by_both_indexes() {
    on_both_engines(|url| {
        let mut db = open(url);
        let sent = statements(&mut db, |db| store::raise_horizons(db, some_moment()).unwrap());
        let plan = plan(&mut db, &sent[0]);
        for index in ["actions_to_lock", "actions_to_release"] {
            assert!(plan.contains(index), "{plan}");
        }
    });
}

#[test]
fn the_feed_of_ledgers_goes_by_the_indexes_of_both_sides() {
    let at = Some(some_moment());
    let questions = [
        Entries::default(),
        Entries { updated_after: at, ..Entries::default() },
        Entries { program: Some(ProgramId::new()), ..Entries::default() },
        Entries { event_type: Some(EventTypeId::new()), ..Entries::default() },
        Entries { brand: Some(CompanyId::new()), ..Entries::default() },
        Entries { partner: Some(CompanyId::new()), ..Entries::default() },
        Entries { command: Some(Verb::Lock), ..Entries::default() },
        Entries { reversal: Some(ReversalId::new()), ..Entries::default() },
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for filter in &questions {
            for after in [None, Some((1, UpdateId::new()))] {
                let sent = statements(&mut db, |db| {
                    store::feed(db, &reach, filter, after, 50).unwrap();
                });
                // The first one asks what is certain so far.
                for sql in sent.into_iter().skip(1) {
                    let plan = plan(&mut db, &sql);
                    let sides = ["action_updates_of_company", "action_updates_of_partner"];
                    let found = sides.iter().any(|index| plan.contains(index));
                    assert!(found, "{filter:?}\n{sql}\n{plan}");
                    let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                    assert!(!sorts && !plan.contains("Seq Scan"), "{filter:?}\n{sql}\n{plan}");
                }
            }
        }
    });
}
