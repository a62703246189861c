//! Receivers that fail, hang, answer slowly, redirect, hang up or are gone.

use entente::catalogue;
use entente::kernel::time::Instant;
use entente::webhooks::carrier::Carrier;
use entente::webhooks::fan_out::FanOut;
use entente::webhooks::outbound::{self, Outbound};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Acme, later, statuses, told};
use crate::cast::deal::{meddle, run, told_of};
use crate::cast::receiver::{Manner, Receiver};
use crate::cast::world::{World, in_a_world_with};

#[test]
fn each_way_of_failing_is_told_and_tried_again() {
    told(|world, acme| {
        let elsewhere = Receiver::new();
        let to = format!("Location: {}\r\n", elsewhere.url());
        let large = "x".repeat(100_000);
        for (manner, status, error) in [
            (Manner::Answer(500), json!(500), "refused"),
            (Manner::Answer(404), json!(404), "refused"),
            (Manner::Answer(304), json!(304), "refused"),
            (Manner::Head(301, to.clone(), String::new()), json!(301), "refused"),
            (Manner::Head(307, to.clone(), String::new()), json!(307), "refused"),
            (Manner::Head(503, String::new(), large), json!(503), "refused"),
            (Manner::Hang, Value::Null, "timeout"),
            (Manner::Close, Value::Null, "closed"),
        ] {
            let receiver = Receiver::with({
                let manner = manner.clone();
                move |_| manner.clone()
            });
            let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
            acme.program("One");
            let failed = acme.sent_times(&path, 1);
            let attempt = &failed["attempts"][0];
            assert_eq!(
                (&attempt["status"], &attempt["error"]),
                (&status, &json!(error)),
                "{manner:?}"
            );
            assert_eq!((&failed["status"], &failed["last_status"]), (&json!("pending"), &status));
            assert!(failed["next_attempt_at"].is_string(), "{manner:?}");
            let body = attempt["response_body"].as_str().unwrap_or_default();
            assert!(body.len() <= 1_024, "{manner:?}");
            let endpoint = acme.key.get(&path, 200);
            assert_eq!(endpoint["failing_since"], failed["created_at"], "{manner:?}");

            // The same message until it is taken, and then no more.
            receiver.behave(Manner::Answer(202));
            later(world, 6);
            let taken = acme.only(&path, |delivery| delivery["status"] == "succeeded");
            assert_eq!(taken["attempt_count"], 2, "{manner:?}");
            assert_eq!(acme.key.get(&path, 200)["failing_since"], Value::Null);
            let seen = receiver.seen();
            assert_eq!((seen.len(), &seen[0].raw), (2, &seen[1].raw), "{manner:?}");
            assert_eq!(seen[0].id(), seen[1].id(), "{manner:?}");
            let delete = world.again(&acme.owner);
            delete.delete(&path, 204);
        }
        assert_eq!(elsewhere.connections(), 0, "a redirect was followed");
    });
}

#[test]
fn an_answer_that_is_slow_or_never_ends_is_taken_by_its_status() {
    told(|_, acme| {
        let receiver = Receiver::with(|_| Manner::Wait(200));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        receiver.after(1);
        receiver.go_on();
        acme.only(&path, |one| one["status"] == "succeeded" || one["attempt_count"] == 1);
        receiver.behave(Manner::Endless);
        acme.program("Two");
        let all = acme
            .sent(&path, |all| all.len() == 2 && all.iter().all(|one| one["attempt_count"] != 0));
        assert_eq!(all[1]["status"], "succeeded");
    });
}

#[test]
fn nobody_there_is_told_alike() {
    told(|_, acme| {
        let (path, _) = acme.endpoint("http://127.0.0.1:9/", &["program.created"]);
        acme.program("One");
        let failed = acme.sent_times(&path, 1);
        assert_eq!(failed["attempts"][0]["error"], "unreachable");
        assert_eq!(failed["attempts"][0]["response_head"], Value::Null);
    });
}

#[test]
fn ten_attempts_are_made_within_three_days() {
    told(|world, acme| {
        let receiver = Receiver::with(|_| Manner::Answer(503));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        let begun = world.now();
        let gaps = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 73_495].map(f64::from);
        for (tried, gap) in gaps.into_iter().enumerate() {
            let failed = acme.sent_times(&path, i64::try_from(tried + 1).unwrap());
            let due = failed["next_attempt_at"].as_str().unwrap().parse::<Instant>().unwrap();
            let wait = due.since(world.now()).as_secs_f64();
            assert!(gap <= wait && wait <= gap * 1.1, "{wait} after attempt {}", tried + 1);
            world.clock.set(due);
        }
        let failed = acme.only(&path, |delivery| delivery["status"] == "failed");
        assert_eq!((&failed["attempt_count"], &failed["last_status"]), (&json!(10), &json!(503)));
        assert_eq!(failed["attempts"].as_array().unwrap().len(), 10);
        assert!(world.now().since(begun).as_hours() >= 72);
        assert_eq!(receiver.seen().len(), 10);
    });
}

#[test]
fn an_endpoint_may_ask_to_be_left_alone_for_a_while() {
    told(|world, acme| {
        let asked = "Retry-After: 90\r\n".to_string();
        let receiver = Receiver::with(move |_| Manner::Head(429, asked.clone(), String::new()));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        let failed = acme.sent_times(&path, 1);
        assert_eq!(failed["next_attempt_at"], "2026-03-10T12:01:30Z");
        receiver.behave(Manner::Answer(200));
        later(world, 89);
        later(world, 1);
        acme.only(&path, |delivery| delivery["status"] == "succeeded");
    });
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_at_once() {
    told(|_, acme| {
        let receiver = Receiver::with(|_| Manner::Answer(410));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        acme.sent_times(&path, 1);
        let endpoint = acme.key.get(&path, 200);
        assert_eq!(
            (&endpoint["enabled"], &endpoint["disabled_reason"]),
            (&json!(false), &json!("gone"))
        );
        let told = told_of("webhook_endpoint.", &acme.key, 2);
        assert_eq!(told[1]["type"], "webhook_endpoint.disabled");
        assert_eq!(told[1]["changes"]["disabled_reason"], json!([null, "gone"]));
        assert_eq!((&told[1]["user_id"], &told[1]["sequence"]), (&Value::Null, &json!(2)));
    });
}

#[test]
fn an_endpoint_that_fails_for_days_is_disabled_with_a_notice() {
    told(|world, acme| {
        let receiver = Receiver::with(|_| Manner::Answer(500));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        acme.sent_times(&path, 1);
        // Nothing happens for days; what is sent then is the first thing to fail again.
        world.travel("2026-03-15T11:59:59Z");
        let failed = acme.sent_times(&path, 2);
        assert_eq!(failed["status"], "pending");
        assert_eq!(acme.key.get(&path, 200)["enabled"], true);
        world.travel("2026-03-15T12:06:00Z");
        acme.sent_times(&path, 3);
        let endpoint = acme.key.get(&path, 200);
        assert_eq!(endpoint["disabled_reason"], "failing");
        let told = told_of("webhook_endpoint.", &acme.key, 2);
        assert_eq!(told[1]["changes"]["disabled_reason"], json!([null, "failing"]));
        // What happens while nobody is there to be told is not told later.
        acme.program("Two");
        fan_out(world);

        // What waited goes on when somebody has mended it.
        receiver.behave(Manner::Answer(200));
        let owner = world.again(&acme.owner);
        owner.patch(&path, json!({ "enabled": true }), 200);
        let all = acme.sent(&path, |all| statuses(all) == ["succeeded"]);
        assert_eq!(all[0]["attempt_count"], 4);
        assert_eq!(acme.key.get(&path, 200)["failing_since"], Value::Null);
    });
}

#[test]
fn an_event_that_is_no_longer_kept_expires() {
    told(|world, acme| {
        let receiver = Receiver::with(|_| Manner::Answer(500));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.*"]);
        let program = acme.program("One");
        acme.sent_times(&path, 1);
        acme.rename(&program, "Two");
        acme.sent(&path, |all| all.len() == 2);
        meddle(world, "DELETE FROM events WHERE type = 'program.created'");
        receiver.behave(Manner::Answer(200));
        later(world, 6);
        let all = acme.sent(&path, |all| statuses(all) == ["expired", "succeeded"]);
        assert_eq!(all[0]["attempt_count"], 1);
    });
}

/// The key of a server, as a flag and as it is.
const KEY: (&str, [u8; 32]) =
    ("0707070707070707070707070707070707070707070707070707070707070707", [7; 32]);

/// Makes deliveries of what happened; gives how many.
fn fan_out(world: &World) -> usize {
    let fan_out = async |pool: &entente::db::Pool| {
        FanOut::new(pool.clone(), world.clock.clone(), Default::default()).once().await
    };
    run(world, fan_out).expect("deliveries are made")
}

/// Sends what is due, as a server would; gives how much was sent.
fn carry(world: &World) -> u64 {
    let manner = outbound::Manner { private: true, patience: std::time::Duration::from_secs(5) };
    let spans = (SignedDuration::from_secs(10), SignedDuration::from_hours(5 * 24));
    run(world, async |pool| {
        let outbound = Outbound::new(&KEY.1, manner, world.clock.clone()).expect("it sends");
        Carrier::new(pool.clone(), world.clock.clone(), (outbound, catalogue::told), spans)
            .once()
            .await
    })
    .expect("it is sent")
}

#[test]
fn an_endpoint_that_fails_is_tried_with_one_message_at_a_time() {
    let flags = ["--no-jobs", "--webhook-private-targets", "--secret-key", KEY.0];
    in_a_world_with(&flags, |world| {
        let acme = Acme::of(world);
        let receiver = Receiver::with(|_| Manner::Answer(500));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        for n in 0..100 {
            acme.program(&format!("P{n}"));
        }
        let (began, mut made) = (std::time::Instant::now(), 0);
        while made < 100 {
            made += fan_out(world);
            assert!(began.elapsed().as_secs() < 120, "{made} of 100");
        }
        let first = carry(world);
        assert!((1..=8).contains(&first), "{first} were under way when the first failed");
        assert_eq!(carry(world), 0, "there is a pause");
        for _ in 0..3 {
            later(world, 1);
            assert_eq!(carry(world), 1);
            assert_eq!(carry(world), 0);
        }
        let tried = first + 3;
        assert_eq!(acme.key.get(&path, 200)["failing_since"], "2026-03-10T12:00:00Z");

        // The first that gets through lets all others follow.
        receiver.behave(Manner::Answer(200));
        later(world, 1);
        let at_once = carry(world);
        later(world, 10);
        assert_eq!(at_once + carry(world), 100);
        assert_eq!(u64::try_from(receiver.seen().len()).unwrap(), tried + 100);
        let all = acme.sent(&path, |_| true);
        assert!(statuses(&all).iter().all(|status| *status == "succeeded"));
        assert_eq!(acme.key.get(&path, 200)["failing_since"], Value::Null);
    });
}

#[test]
fn one_that_hangs_keeps_nobody_waiting() {
    // It would take a minute until anybody gave it up.
    let flags = ["--webhook-private-targets", "--webhook-timeout-ms", "60000"];
    in_a_world_with(&flags, |world| {
        let acme = Acme::of(world);
        let hangs: Vec<Receiver> = (0..8).map(|_| Receiver::with(|_| Manner::Hang)).collect();
        let paths: Vec<String> =
            hangs.iter().map(|one| acme.endpoint(&one.url(), &["program.*"]).0).collect();
        let takes = Receiver::new();
        acme.endpoint(&takes.url(), &["program.*"]);
        let programs: Vec<String> = (0..30).map(|n| acme.program(&format!("P{n}"))).collect();
        hangs.iter().for_each(|one| drop(one.after(1)));
        programs.iter().for_each(|program| acme.rename(program, "Again"));
        assert_eq!(takes.after(60).len(), 60);
        for path in paths {
            let sent = acme.sent(&path, |all| all.len() == 60);
            assert!(sent.iter().all(|one| one["attempt_count"] == 0), "they hang all the while");
        }
    });
}
