//! What is sent, to whom, and in which order.

use serde_json::{Value, json};

use super::{Acme, later, statuses, told};
use crate::cast::deal::{Deal, id, meddle};
use crate::cast::receiver::{Manner, Message, Receiver};
use crate::cast::world::in_a_world_with;

/// The names that programs got, as they came in.
fn names(seen: &[Message]) -> Vec<String> {
    let name = |message: &Message| message.body()["data"]["changes"]["name"][1].clone();
    seen.iter().map(|message| name(message).as_str().unwrap_or_default().to_string()).collect()
}

#[test]
fn an_event_comes_as_the_feed_tells_it() {
    told(|_, acme| {
        let receiver = Receiver::new();
        let (path, _) = acme.endpoint(&receiver.url(), &["program.*"]);
        let program = acme.program("One");
        let seen = receiver.after(1);
        let body = seen[0].body();
        assert_eq!(seen[0].path, "/hooks");
        assert_eq!(seen[0].header("content-type"), "application/json");
        assert!(seen[0].header("user-agent").starts_with("Entente-Webhooks/"));
        let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["type", "timestamp", "data"]);
        let feed = acme.key.all("/v1/events?limit=200");
        let event = feed.iter().find(|event| event["type"] == "program.created").unwrap();
        assert_eq!(&body["data"], event);
        assert_eq!((&body["type"], &body["timestamp"]), (&event["type"], &event["at"]));
        assert_eq!(seen[0].id(), event["id"].as_str().unwrap());
        assert_eq!(
            format!("/v1/programs/{}", body["data"]["object_id"].as_str().unwrap()),
            program
        );

        let delivery = acme.only(&path, |delivery| delivery["status"] == "succeeded");
        assert_eq!((&delivery["event_id"], &delivery["last_status"]), (&event["id"], &json!(200)));
        assert_eq!(delivery["event_type"], "program.created");
        let attempt = &delivery["attempts"][0];
        let head = attempt["request_head"].as_str().unwrap();
        for line in ["POST /hooks HTTP/1.1", "webhook-id: evn_", "webhook-signature: v1,"] {
            assert!(head.contains(line), "{head}");
        }
        assert_eq!((&attempt["status"], &attempt["error"]), (&json!(200), &Value::Null));
    });
}

#[test]
fn each_endpoint_is_told_of_what_it_asked_for_and_of_nothing_else() {
    told(|_, acme| {
        let [all, some, one, off] = [(); 4].map(|()| Receiver::new());
        acme.endpoint(&all.url(), &["*"]);
        acme.endpoint(&some.url(), &["program.*", "company.updated"]);
        acme.endpoint(&one.url(), &["program.updated"]);
        let (off_path, _) = acme.endpoint(&off.url(), &["*"]);
        acme.owner.patch(&off_path, json!({ "enabled": false }), 200);
        let program = acme.program("One");
        acme.rename(&program, "Two");
        let company = format!("/v1/companies/{}", acme.owner.company_id());
        acme.owner.patch(&company, json!({ "name": "Acme & Co" }), 200);
        let types = |seen: &[Message]| {
            let mut types: Vec<String> =
                seen.iter().map(|one| one.body()["type"].as_str().unwrap().into()).collect();
            types.sort();
            types
        };
        assert_eq!(
            types(&some.after(3)),
            ["company.updated", "program.created", "program.updated"]
        );
        assert_eq!(types(&one.after(1)), ["program.updated"]);
        for kind in ["company.updated", "webhook_endpoint.created", "program.created"] {
            all.until(kind, |seen| seen.iter().any(|one| one.body()["type"] == kind));
        }
        assert!(!json!(types(&off.seen())).to_string().contains("program"), "it was disabled");
    });
}

#[test]
fn a_partner_is_told_of_what_is_shared_and_not_of_who_did_it() {
    in_a_world_with(super::FLAGS, |world| {
        let deal = Deal::of(world);
        let [brand, partner, stranger] = [(); 3].map(|()| Receiver::new());
        for (company, receiver) in [("acme0", &brand), ("bolt1", &partner), ("crow2", &stranger)] {
            let login = json!({
                "email": format!("{company}@example.com"), "password": "correct horse battery",
            });
            let owner = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
            let body = json!({ "url": receiver.url(), "event_types": ["action.*"] });
            owner.post("/v1/webhook-endpoints", body, 201);
        }
        let action = deal.tracked("A-1");
        deal.acme.post(&format!("{action}/approve"), json!({}), 200);
        let (ours, theirs) = (brand.after(2), partner.after(2));
        for (own, other) in ours.iter().zip(&theirs) {
            let (own, other) = (own.body()["data"].clone(), other.body()["data"].clone());
            assert_eq!(own["id"], other["id"]);
            assert!(own["api_key_id"].is_string() && other["api_key_id"].is_null());
        }
        assert_eq!(stranger.connections(), 0);
        // Each side as its own feed has it.
        let feed = deal.bolt.all("/v1/events?limit=200");
        for message in theirs {
            let body = message.body();
            assert!(feed.contains(&body["data"]), "{body}");
        }
    });
}

#[test]
fn what_is_about_one_object_comes_in_order_and_the_rest_does_not_wait() {
    told(|world, acme| {
        let receiver = Receiver::with(|message| {
            let first = message.body()["data"]["changes"]["name"][1] == "A1";
            Manner::Answer(if first { 500 } else { 200 })
        });
        let (path, _) = acme.endpoint(&receiver.url(), &["program.updated"]);
        let (a, b) = (acme.program("A"), acme.program("B"));
        acme.rename(&a, "A1");
        for n in 2..6 {
            acme.rename(&a, &format!("A{n}"));
            acme.rename(&b, &format!("B{n}"));
        }
        // An endpoint to which nothing got through has a pause of a second.
        acme.sent(&path, |all| all.iter().any(|one| one["attempt_count"] == 1));
        later(world, 2);
        let all = acme.sent(&path, |all| {
            statuses(all).iter().filter(|status| **status == "succeeded").count() == 4
        });
        assert_eq!(all.len(), 9, "five of A wait: the first for its time, four behind it");
        let waiting = all.iter().filter(|one| one["status"] == "pending");
        let due = waiting.filter(|one| one["next_attempt_at"].is_string()).count();
        assert_eq!(due, 1);
        let tried = names(&receiver.seen());
        assert_eq!(tried.iter().filter(|name| name.starts_with('A')).count(), 1, "{tried:?}");
        let of_b: Vec<_> = tried.iter().filter(|name| name.starts_with('B')).collect();
        assert_eq!(of_b, ["B2", "B3", "B4", "B5"]);

        receiver.behave(Manner::Answer(200));
        later(world, 6);
        acme.sent(&path, |all| statuses(all).iter().all(|status| *status == "succeeded"));
        let came = names(&receiver.seen());
        let of_a: Vec<_> = came.iter().filter(|name| name.starts_with('A')).collect();
        assert_eq!(of_a, ["A1", "A1", "A2", "A3", "A4", "A5"]);
    });
}

#[test]
fn many_events_come_once_each() {
    told(|_, acme| {
        let receiver = Receiver::new();
        acme.endpoint(&receiver.url(), &["program.*"]);
        let programs: Vec<String> = (0..40).map(|n| acme.program(&format!("P{n}"))).collect();
        for (n, program) in programs.iter().enumerate() {
            acme.rename(program, &format!("Q{n}"));
        }
        let seen = receiver.after(80);
        let mut ids: Vec<String> = seen.iter().map(Message::id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((seen.len(), ids.len()), (80, 80));
        for program in &programs {
            let id = program.rsplit('/').next().unwrap();
            let own = seen.iter().map(Message::body).filter(|body| body["data"]["object_id"] == id);
            let own: Vec<Value> = own.map(|body| body["data"]["sequence"].clone()).collect();
            assert_eq!(own, [1, 2]);
        }
    });
}

#[test]
fn what_waits_for_a_disabled_endpoint_goes_on_when_it_is_enabled() {
    told(|world, acme: &Acme| {
        let receiver = Receiver::with(|_| Manner::Answer(500));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.updated"]);
        let witness = Receiver::new();
        acme.endpoint(&witness.url(), &["program.updated"]);
        let program = acme.program("A");
        for name in ["A1", "A2"] {
            acme.rename(&program, name);
        }
        acme.sent(&path, |all| all.len() == 2 && all.iter().any(|one| one["attempt_count"] == 1));
        acme.owner.patch(&path, json!({ "enabled": false }), 200);
        acme.rename(&program, "A3");
        // Another endpoint shows that it was looked at while this one was disabled.
        witness.after(3);
        receiver.behave(Manner::Answer(200));
        later(world, 3_600);
        let owner = world.again(&acme.owner);
        let all = acme.sent(&path, |_| true);
        let again = format!("/v1/webhook-deliveries/{}/redeliver", id(&all[0]));
        assert_eq!(owner.post(&again, json!({}), 409)["code"], "webhook_endpoint_disabled");
        let again = json!({ "after": "2026-03-10T00:00:00Z", "before": "2026-03-11T00:00:00Z" });
        let refused = owner.post(&format!("{path}/redeliver"), again, 409);
        assert_eq!(refused["code"], "webhook_endpoint_disabled");
        assert_eq!(names(&receiver.seen()), ["A1"]);

        owner.patch(&path, json!({ "enabled": true }), 200);
        receiver.after(3);
        acme.rename(&program, "A4");
        receiver.after(4);
        // What happened meanwhile is in the feed.
        assert_eq!(names(&receiver.seen()), ["A1", "A1", "A2", "A4"]);
    });
}

#[test]
fn a_deactivated_company_is_told_nothing() {
    told(|world, acme| {
        let receiver = Receiver::with(|_| Manner::Answer(500));
        let (path, _) = acme.endpoint(&receiver.url(), &["program.*"]);
        acme.program("One");
        acme.sent_times(&path, 1);
        meddle(world, "UPDATE companies SET status = 'deactivated' WHERE name = 'Acme'");
        later(world, 10);
        // Another company's event shows that the servers have looked since.
        let other = Receiver::new();
        let crow = Acme { owner: world.company("Crow", "brand"), key: acme.key.clone() };
        crow.endpoint(&other.url(), &["webhook_endpoint.*"]);
        let (path, _) = crow.endpoint(&other.url(), &["webhook_endpoint.*"]);
        crow.owner.patch(&path, json!({ "description": "Look" }), 200);
        other.after(1);
        assert_eq!(receiver.seen().len(), 1);
    });
}
