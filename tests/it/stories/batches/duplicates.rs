//! When a file is one that was run before, and when it only looks so.

use serde_json::Value;

use crate::cast::at_once::at_once;
use crate::cast::deal::Deal;
use crate::cast::http::Caller;
use crate::cast::world::in_a_world;

const FILE: &[u8] = b"order_id,reason\nA-1,ITEM_RETURNED\n";

/// Sends the file; the batch it makes.
fn sent(caller: &Caller, query: &str) -> Value {
    let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
    let answer = caller.send("POST", &format!("/v1/reversals{query}"), &headers, FILE);
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[test]
fn a_file_that_means_something_else_is_another_file() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let meanings = [
            "",
            "?event_type_id=SALE",
            "?event_type_id=LEAD",
            "?on_ambiguous=newest",
            "?mode=all_or_nothing",
        ];
        let first = meanings.map(|query| sent(&deal.acme, query));
        for (query, batch) in meanings.iter().zip(&first) {
            assert_eq!(batch["duplicate_of"], Value::Null, "{query}");
        }
        // An event type is the same by its id and by its code; what a file is called says nothing.
        let by_id = format!("?event_type_id={}", deal.sale);
        for (query, place) in [("", 0), ("?file_name=b.csv", 0), (&by_id, 1), (meanings[3], 3)] {
            let again = sent(&deal.acme, query);
            assert_eq!(again["code"], "duplicate_file", "{query}");
            assert_eq!(again["duplicate_of"], first[place]["id"], "{query}");
        }
        assert_eq!(sent(&deal.crow, "")["duplicate_of"], Value::Null, "another company's");
    });
}

#[test]
fn of_one_file_that_comes_several_times_at_once_one_is_run() {
    in_a_world(|world| {
        let acme = Deal::of(world).acme;
        let batches = at_once(6, |_| sent(&acme, ""));
        let (ran, repeated): (Vec<&Value>, Vec<&Value>) =
            batches.iter().partition(|batch| batch["duplicate_of"].is_null());
        let [ran] = ran.as_slice() else { panic!("{ran:#?}") };
        assert!(repeated.iter().all(|batch| batch["duplicate_of"] == ran["id"]), "{repeated:#?}");
    });
}

#[test]
fn after_thirty_days_a_file_may_come_again() {
    in_a_world(|world| {
        let acme = Deal::of(world).acme;
        let first = sent(&acme, "");
        world.travel("2026-04-09T12:00:00Z");
        let last_day = sent(&acme, "");
        assert_eq!(last_day["duplicate_of"], first["id"]);
        world.travel("2026-04-09T12:00:00.000001Z");
        let later = sent(&acme, "");
        assert_eq!((&later["status"], &later["code"]), (&"completed".into(), &Value::Null));
        // What was refused as a repetition did not begin the days anew, but this run does.
        world.travel("2026-05-09T12:00:00Z");
        assert_eq!(sent(&acme, "")["duplicate_of"], later["id"]);
    });
}
