//! The figures of a running server move with what it does.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::json;

use super::until;
use crate::cast::deal::Deal;
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// A figure by its name and labels; none if it is not told.
fn figure(world: &World, sample: &str) -> Option<f64> {
    let answer = world.nobody().send("GET", "/metrics", &[], b"");
    assert_eq!(answer.status, 200);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("Content-Type"), kind);
    let told = answer.text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    told.map(|figure| figure.parse().expect("a number"))
}

#[test]
fn requests_are_counted_by_operation_and_status() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let action = deal.tracked("A-1");
        let unknown = "/v1/actions/act_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let asks: [(&str, &str, &str, &dyn Fn()); 5] = [
            ("GET", "/v1/actions/{id}", "200", &|| drop(deal.acme.get(&action, 200))),
            ("GET", "/v1/actions/{id}", "404", &|| drop(deal.acme.get(unknown, 404))),
            ("GET", "/v1/actions/{id}", "401", &|| drop(world.nobody().get(&action, 401))),
            ("POST", "/v1/actions", "422", &|| drop(deal.acme.post("/v1/actions", json!({}), 422))),
            ("GET", "unmatched", "404", &|| drop(world.nobody().get("/x/y", 404))),
        ];
        for (method, operation, status, ask) in asks {
            let of = format!("method=\"{method}\",operation=\"{operation}\"");
            let requests = format!("entente_http_requests_total{{{of},status=\"{status}\"}}");
            let times = format!("entente_http_request_seconds_count{{{of}}}");
            let counted = || [&requests, &times].map(|of| figure(world, of).unwrap_or_default());
            let [answered, timed] = counted();
            ask();
            ask();
            assert_eq!(counted(), [answered + 2.0, timed + 2.0], "{requests}");
        }
    });
}

#[test]
fn rounds_and_batches_are_counted_by_how_they_ended() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for job in ["end_holds", "lock", "clear", "note_key_use", "sweep", "sweep_audit_log"] {
            let done = format!("entente_jobs_total{{job=\"{job}\",result=\"done\"}}");
            until(&done, || figure(world, &done).is_some_and(|rounds| rounds >= 1.0));
        }
        let batches = "entente_jobs_total{job=\"reversal\",result=\"done\"}";
        assert_eq!(figure(world, batches), None);
        let line = json!({ "order_id": "A-404", "operation": "approve" });
        for number in [1.0, 2.0] {
            deal.acme.post("/v1/reversals", json!({ "lines": [line] }), 202);
            until("the batch is counted", || figure(world, batches) == Some(number));
        }
        let rejected = "entente_reversal_lines_total{outcome=\"rejected\"}";
        assert_eq!(figure(world, rejected), Some(2.0));
    });
}

#[test]
fn work_that_runs_and_waits_shows() {
    in_a_world_with(&["--db-connections", "1", "--no-jobs"], |world| {
        let acme = world.company("Acme", "brand");
        let writes = |stage: &str| {
            let sample = format!("entente_database_work{{lane=\"write\",stage=\"{stage}\"}}");
            figure(world, &sample).expect("it is always told")
        };
        // An answer may be there a moment before its work is counted as done.
        let nothing_is_left = || (writes("running"), writes("waiting")) == (0.0, 0.0);
        until("nothing is left of the registration", nothing_is_left);
        std::thread::scope(|scope| {
            let held = Held::of(world);
            for _ in 0..2 {
                scope.spawn(|| program(&acme));
            }
            until("one runs and one waits", || {
                writes("running") == 1.0 && writes("waiting") >= 1.0
            });
            drop(held);
        });
        until("nothing is left", nothing_is_left);
    });
}

fn program(acme: &Caller) {
    let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "Europe/Berlin" });
    acme.post("/v1/programs", program, 201);
}

/// Somebody else has the programs in hand until this is dropped: nobody writes any.
enum Held {
    Sqlite(#[expect(dead_code, reason = "held")] SqliteConnection),
    Postgres(#[expect(dead_code, reason = "held")] PgConnection),
}

impl Held {
    fn of(world: &World) -> Self {
        match world.database_url.strip_prefix("sqlite://") {
            Some(file) => {
                let mut db = SqliteConnection::establish(file).expect("the database");
                db.batch_execute("BEGIN IMMEDIATE").expect("it is held");
                Self::Sqlite(db)
            }
            None => {
                let mut db = PgConnection::establish(&world.database_url).expect("the database");
                let lock = "BEGIN; LOCK TABLE programs IN EXCLUSIVE MODE";
                db.batch_execute(lock).expect("it is held");
                Self::Postgres(db)
            }
        }
    }
}
