//! The ledger of plans: no list of actions reads the table to its end, on either engine.
//!
//! The statements are caught on their way to the engine, and the engine is asked how it would do
//! them; PostgreSQL without the ways that it prefers while tables are empty.

mod attachments;
mod companies;
mod members;
mod notifications;
mod partnerships;
mod people;
mod performance;
mod relations;
mod signing_in;
mod telling;

use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::Text;
use entente::actions::model::{Side, Sort, Verb};
use entente::actions::reasons::Reason;
use entente::actions::store::{self, Entries, Filter, Place, Turn};
use entente::db::Db;
use entente::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId, ReversalId, UpdateId};
use entente::kernel::reach::Reach;
use entente::kernel::time::Instant;
use entente::reversals::model::Purpose;
use entente::reversals::store::{self as batches, Whose};

use crate::cast::engines::on_both_engines;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// A connection of one's own.
pub fn open(url: &str) -> Db {
    match url.strip_prefix("sqlite://") {
        Some(file) => Db::Sqlite(SqliteConnection::establish(file).unwrap()),
        None => Db::Postgres(PgConnection::establish(url).unwrap()),
    }
}

/// The statements that `work` sends.
pub fn statements(db: &mut Db, work: impl FnOnce(&mut Db)) -> Vec<String> {
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

/// Of what PostgreSQL would do while tables are empty.
const RELUCTANT: &str =
    "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;";

/// How the engine would do a statement.
fn plan(db: &mut Db, sql: &str) -> String {
    planned(db, sql, RELUCTANT)
}

/// The same under some settings of PostgreSQL.
fn planned(db: &mut Db, sql: &str, settings: &str) -> String {
    match db {
        Db::Sqlite(connection) => {
            let steps: Vec<Step> =
                diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(connection).unwrap();
            steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
        }
        Db::Postgres(connection) => {
            let settings = format!("{settings} SET plan_cache_mode = force_generic_plan;");
            connection.batch_execute(&format!("{settings} PREPARE asked AS {sql}")).unwrap();
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

/// Takes indexes away: while there are no rows, PostgreSQL likes each index of a condition as well as
/// any other, and these are not the ones in question.
fn without(db: &mut Db, indexes: &[&str]) {
    for index in indexes {
        let drop = format!("DROP INDEX {index}");
        match db {
            Db::Sqlite(connection) => connection.batch_execute(&drop).unwrap(),
            Db::Postgres(connection) => connection.batch_execute(&drop).unwrap(),
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
        code: None,
        occurred_after: None,
        occurred_before: None,
        finance_status: None,
        locks_after: None,
        locks_before: None,
        late: None,
        reason: None,
        customer_status: None,
        sub_id: None,
        side: None,
        sort: Sort::Newest,
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
        (Filter { code: Some("save10".to_string()), ..everything() }, lists),
        (Filter { locked: Some(true), ..everything() }, lists),
        (Filter { locked: Some(false), ..everything() }, lists),
        (Filter { held: Some(true), ..everything() }, held),
        (Filter { held: Some(true), locks_before: at, ..everything() }, held),
        (Filter { held: Some(false), ..everything() }, lists),
        (Filter { finance_status: Some(FinanceStatus::Held), ..everything() }, held),
        (Filter { finance_status: Some(FinanceStatus::Due), ..everything() }, lists),
        (Filter { occurred_after: at, occurred_before: at, ..everything() }, lists),
        (Filter { locks_after: at, locks_before: at, ..everything() }, lists),
        (Filter { late: Some(true), ..everything() }, lists),
        (Filter { reason: Some(Reason::ConsFraud), ..everything() }, lists),
        (Filter { customer_status: Some("new".into()), ..everything() }, lists),
        (Filter { sub_id: Some(("campaign".into(), "spring".into())), ..everything() }, lists),
        (Filter { side: Some(Side::Partner), ..everything() }, lists),
        (Filter { order_id: order_id.clone(), ..everything() }, by_order),
        (Filter { order_id, event_type, ..everything() }, by_order),
    ]
}

/// The same of what has not locked: whatever else is asked, the soonest lock comes first.
fn soonest() -> Vec<(Filter, [&'static str; 2])> {
    let locking = ["actions_locking_of_company", "actions_locking_of_partner"];
    let by_order = ["actions_by_order", "actions_by_order"];
    let all = questions().into_iter().filter(|(filter, _)| filter.locked != Some(true));
    let all = all.map(|(filter, _)| {
        let indexes = if filter.order_id.is_some() { by_order } else { locking };
        (Filter { sort: Sort::SoonestLock, ..filter }, indexes)
    });
    all.collect()
}

#[test]
fn every_list_of_actions_goes_by_an_index() {
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        let (at, id) = (some_moment(), ActionId::new());
        for (filter, indexes) in questions().into_iter().chain(soonest()) {
            let place = match filter.sort {
                Sort::Newest => Place::Occurred(at, id),
                Sort::SoonestLock => Place::Locks(id, at),
            };
            for after in [None, Some(place)] {
                let sent = statements(&mut db, |db| {
                    store::page(db, &reach, &filter, after, 50).unwrap();
                });
                assert!(!sent.is_empty());
                sent.iter()
                    .for_each(|sql| goes_by_one(&mut db, (url, sql.as_str()), &filter, indexes));
            }
        }
    });
}

#[test]
fn every_sum_of_actions_goes_by_an_index_over_a_bounded_number_of_rows() {
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for (filter, indexes) in questions().into_iter().chain(soonest()) {
            for side in Side::ALL {
                let sent = statements(&mut db, |db| {
                    store::figures(db, &reach, &filter, *side).unwrap();
                });
                for sql in sent {
                    assert!(sql.to_uppercase().contains("LIMIT"), "{sql}");
                    goes_by_one(&mut db, (url, sql.as_str()), &filter, indexes);
                }
            }
        }
    });
}

/// A statement finds what a filter means by one of these indexes, and in its order.
fn goes_by_one(db: &mut Db, (url, sql): (&str, &str), filter: &Filter, indexes: [&str; 2]) {
    let plan = plan(db, sql);
    let found = indexes
        .iter()
        .any(|index| plan.contains(&format!("{index} ")) || plan.contains(&format!("{index}\n")));
    // PostgreSQL weighs indexes by its statistics, and has none of an empty table.
    let weighed = !url.starts_with("sqlite://") && filter.order_id.is_some();
    assert!(found || weighed, "{filter:?}\n{sql}\n{plan}");
    let whole = plan.contains("Seq Scan on actions") || plan.contains("SCAN actions");
    let sorts = plan.contains("TEMP B-TREE FOR ORDER BY") && filter.order_id.is_none();
    assert!(!whole && !sorts, "{filter:?}\n{sql}\n{plan}");
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
        let of = Whose::Of(CompanyId::new(), Purpose::Actions);
        let submitted = Whose::SubmittedFor(CompanyId::new(), CompanyId::new());
        for (whose, index) in [(of, "reversals_of_company"), (submitted, "reversals_submitted_by")]
        {
            for before in [None, Some(ReversalId::new())] {
                let sent = statements(&mut db, |db| {
                    batches::page(db, whose, (None, None), before, 50).unwrap();
                });
                let plan = plan(&mut db, &sent[0]);
                assert!(plan.contains(index), "{plan}");
                let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                assert!(!sorts && !plan.contains("Seq Scan"), "{plan}");
            }
        }
    });
}

#[test]
fn what_waits_for_a_horizon_is_found_by_both_indexes() {
    on_both_engines(|url| {
        let mut db = open(url);
        without(&mut db, &["actions_locking_of_company", "actions_locking_of_partner"]);
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

#[test]
fn the_list_of_adjustments_goes_by_the_indexes_of_both_sides() {
    use entente::adjustments::model::{Kind, Status};
    use entente::adjustments::store::{Filter, list};
    use entente::kernel::id::AdjustmentId;
    let questions = [
        Filter::default(),
        Filter { status: Some(Status::Made), ..Filter::default() },
        Filter { status: Some(Status::Proposed), ..Filter::default() },
        Filter { partner: Some(CompanyId::new()), ..Filter::default() },
        Filter { kind: Some(Kind::Clawback), ..Filter::default() },
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for filter in &questions {
            for before in [None, Some(AdjustmentId::new())] {
                let sent = statements(&mut db, |db| {
                    list(db, &reach, filter, before, 50).unwrap();
                });
                assert!(!sent.is_empty());
                for sql in sent {
                    let plan = plan(&mut db, &sql);
                    let sides = ["adjustments_of_", "adjustment_proposals_of_company"];
                    let found = sides.iter().any(|index| plan.contains(index));
                    let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                    assert!(found && !sorts, "{filter:?}\n{sql}\n{plan}");
                }
            }
        }
    });
}

#[test]
fn the_newest_adjustments_of_a_chunk_are_found_by_their_key_and_only_where_there_can_be_some() {
    use entente::adjustments::store::last_of;
    on_both_engines(|url| {
        let mut db = open(url);
        let none = statements(&mut db, |db| assert!(last_of(db, &[]).unwrap().is_empty()));
        assert_eq!(none, Vec::<String>::new());
        let ids = [ActionId::new(), ActionId::new()];
        let sent = statements(&mut db, |db| assert!(last_of(db, &ids).unwrap().is_empty()));
        assert_eq!(sent.len(), 1, "{sent:?}");
        let plan = plan(&mut db, &sent[0]);
        let whole = ["Seq Scan", "SCAN adjustments", "SCAN newer"];
        assert!(!whole.iter().any(|way| plan.contains(way)), "{plan}");
    });
}

#[test]
fn the_list_of_codes_goes_by_the_indexes_of_both_sides() {
    use entente::codes::store::{Filter, page};
    use entente::kernel::id::ReferralCodeId;
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for after in [None, Some(ReferralCodeId::new())] {
            let sent = statements(&mut db, |db| {
                page(db, &reach, &Filter::default(), after, 50).unwrap();
            });
            assert_eq!(sent.len(), 2, "{sent:?}");
            for (sql, side) in sent.iter().zip(["company", "partner"]) {
                let plan = plan(&mut db, sql);
                let by_side = plan.contains(&format!("referral_codes_of_{side}"));
                assert!(by_side && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
            }
        }
    });
}

/// Every statement about inquiries goes by its index, from the beginning and from a place on.
#[test]
fn inquiries_are_found_by_their_indexes() {
    use entente::inquiries::store as inquiries;
    use entente::kernel::id::InquiryId;
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        let filter = inquiries::Filter::default();
        for after in [None, Some(InquiryId::new())] {
            let sent = statements(&mut db, |db| {
                inquiries::page(db, &reach, &filter, after, 50).unwrap();
            });
            for (sql, index) in sent.iter().zip(["inquiries_of_company", "inquiries_of_partner"]) {
                let plan = plan(&mut db, sql);
                assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
            }
        }
        for after in [None, Some((some_moment(), InquiryId::new()))] {
            let sent = statements(&mut db, |db| {
                inquiries::unanswered(db, some_moment(), after, 10).unwrap();
            });
            let plan = plan(&mut db, &sent[0]);
            assert!(plan.contains("inquiries_to_answer"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    });
}

#[test]
fn what_the_lock_waits_for_is_found_by_action() {
    on_both_engines(|url| {
        let mut db = open(url);
        without(&mut db, &["inquiries_to_answer"]);
        let ids = [ActionId::new(), ActionId::new()];
        let sent = statements(&mut db, |db| {
            store::disputed(db, &ids, some_moment()).unwrap();
        });
        let plan = plan(&mut db, &sent[0]);
        assert!(plan.contains("inquiries_open_of_action"), "{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN inquiries"), "{plan}");
    });
}
