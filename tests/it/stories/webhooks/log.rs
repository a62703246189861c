//! What was sent can be looked up for a while, and sent again.

use entente::webhooks::jobs;
use serde_json::{Value, json};

use super::{later, statuses, told};
use crate::cast::deal::{id, run};
use crate::cast::http::faults;
use crate::cast::receiver::{Manner, Message, Receiver};

/// The ids of events, in the order in which they came in.
fn ids(seen: &[Message]) -> Vec<String> {
    seen.iter().map(Message::id).collect()
}

fn done(all: &[Value], many: usize) -> bool {
    all.len() == many && statuses(all).iter().all(|status| *status != "pending")
}

#[test]
fn the_log_is_a_list_with_filters() {
    told(|world, acme| {
        let receiver = Receiver::with(|message| {
            let gone = message.body()["data"]["changes"]["name"][1] == "Bad";
            Manner::Answer(if gone { 500 } else { 200 })
        });
        let (path, _) = acme.endpoint(&receiver.url(), &["program.*"]);
        let programs: Vec<String> = (0..3).map(|n| acme.program(&format!("P{n}"))).collect();
        acme.sent(&path, |all| done(all, 3));
        later(world, 60);
        acme.rename(&programs[0], "Good");
        acme.rename(&programs[1], "Bad");
        acme.sent(&path, |all| all.len() == 5 && all.iter().all(|one| one["attempt_count"] == 1));
        let count = |query: &str| acme.key.all(&format!("{path}/deliveries?{query}")).len();
        assert_eq!(count("limit=2"), 5);
        assert_eq!(count("status=succeeded&limit=2"), 4);
        assert_eq!(count("status=pending"), 1);
        assert_eq!(count("status=pending,succeeded"), 5);
        assert_eq!(count("status=expired"), 0);
        assert_eq!(count("event_type=program.updated"), 2);
        assert_eq!(count("event_type=program.updated&status=succeeded"), 1);
        assert_eq!(count("created_after=2026-03-10T12:01:00Z"), 2);
        assert_eq!(count("created_before=2026-03-10T12:01:00Z"), 3);
        assert_eq!(
            count("created_after=2026-03-10T12:01:00Z&created_before=2026-03-10T12:01:00Z"),
            0
        );
        let wrong =
            acme.key.get(&format!("{path}/deliveries?status=lost&cursor=x&colour=red"), 422);
        assert_eq!(faults(&wrong), ["colour unknown_parameter", "status unknown_value"]);
        let all = acme.key.all(&format!("{path}/deliveries?limit=2"));
        let made: Vec<&str> = all.iter().map(|one| one["created_at"].as_str().unwrap()).collect();
        assert!(made.is_sorted_by(|newer, older| newer >= older), "{made:?}");
    });
}

#[test]
fn one_delivery_is_sent_again_with_the_same_id() {
    told(|world, acme| {
        let receiver = Receiver::new();
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        let first = acme.only(&path, |delivery| delivery["status"] == "succeeded");
        let again = format!("/v1/webhook-deliveries/{}/redeliver", id(&first));
        let asked = acme.owner.post(&again, json!({}), 200);
        assert_eq!(asked["status"], "pending");
        let twice =
            acme.only(&path, |one| one["status"] == "succeeded" && one["attempt_count"] == 2);
        assert_eq!(twice["attempts"].as_array().unwrap().len(), 2);
        let seen = receiver.seen();
        assert_eq!((seen.len(), seen[0].id()), (2, seen[1].id()));
        assert_eq!(seen[0].raw, seen[1].raw);

        // One that waits for its next attempt is sent now.
        receiver.behave(Manner::Answer(500));
        acme.owner.post(&again, json!({}), 200);
        acme.sent_times(&path, 3);
        receiver.behave(Manner::Answer(200));
        acme.owner.post(&again, json!({}), 200);
        acme.only(&path, |one| one["status"] == "succeeded" && one["attempt_count"] == 4);
        let _ = world;
    });
}

#[test]
fn what_failed_within_a_time_is_sent_again_in_order() {
    told(|world, acme| {
        let receiver = Receiver::new();
        let (path, _) = acme.endpoint(&receiver.url(), &["program.*"]);
        let (a, b) = (acme.program("A"), acme.program("B"));
        acme.sent(&path, |all| done(all, 2));
        later(world, 60);
        for n in 0..3 {
            acme.rename(&a, &format!("A{n}"));
            acme.rename(&b, &format!("B{n}"));
        }
        acme.sent(&path, |all| done(all, 8));
        let before = receiver.seen();
        let redeliver = format!("{path}/redeliver");
        let range = json!({ "after": "2026-03-10T12:01:00Z", "before": "2026-03-10T12:02:00Z" });
        let mut failed = range.clone();
        failed["status"] = json!(["failed", "expired"]);
        assert_eq!(acme.owner.post(&redeliver, failed, 200)["deliveries"], 0);
        assert_eq!(acme.owner.post(&redeliver, range, 200)["deliveries"], 6);
        let all = acme.sent(&path, |all| done(all, 8));
        let counts: Vec<i64> =
            all.iter().map(|one| one["attempt_count"].as_i64().unwrap()).collect();
        assert_eq!(counts.iter().sum::<i64>(), 14);
        let after = receiver.seen();
        let of = |seen: &[Message], program: &str| -> Vec<Message> {
            let id = program.rsplit('/').next().unwrap();
            let own = seen.iter().filter(|one| one.body()["data"]["object_id"] == id);
            own.cloned().collect()
        };
        for program in [&a, &b] {
            let first = ids(&of(&before, program));
            let second = ids(&of(&after[before.len()..], program));
            assert_eq!(second, first[1..], "in the order of the first time");
        }

        for (body, fault) in [
            (json!({ "after": "2026-03-10T12:00:00Z" }), "/before missing_field"),
            (
                json!({ "after": "2026-03-10T12:00:00Z", "before": "2026-03-10T12:00:00Z" }),
                "/before out_of_range",
            ),
            (
                json!({ "after": "2026-03-10T12:00:00Z", "before": "2026-03-11T12:00:00Z",
                        "status": ["lost"] }),
                "/status/0 unknown_value",
            ),
        ] {
            assert_eq!(faults(&acme.owner.post(&redeliver, body, 422)), [fault]);
        }
    });
}

#[test]
fn what_was_sent_is_kept_for_thirty_days() {
    told(|world, acme| {
        let receiver = Receiver::new();
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        acme.sent(&path, |all| done(all, 1));
        later(world, 60);
        acme.program("Two");
        acme.sent(&path, |all| done(all, 2));
        let sweep = || run(world, async |pool| jobs::sweep(pool, &world.clock).await.unwrap());
        world.travel("2026-04-09T12:00:00Z");
        assert_eq!(sweep(), 0);
        world.travel("2026-04-09T12:00:01Z");
        assert_eq!(sweep(), 1);
        assert_eq!(sweep(), 0);
        let left = acme.sent(&path, |all| all.len() == 1);
        let one = acme.key.get(&format!("/v1/webhook-deliveries/{}", id(&left[0])), 200);
        assert_eq!(one["attempts"].as_array().unwrap().len(), 1);
    });
}
