//! Tickets by which browsers open streams.

use std::io::BufRead;

use serde_json::json;

use crate::cast::at_once::at_once;
use crate::cast::http::{Answer, Caller};
use crate::cast::scene::Scene;
use crate::cast::tables::Stored;
use crate::cast::world::{World, in_a_world};

const DOOR: &str = "/v1/stream-tickets";
const NEWS: &str = "/v1/notifications/events";

fn ticket(person: &Caller) -> String {
    person.post(DOOR, json!({}), 200)["ticket"].as_str().expect("a ticket").to_string()
}

/// What comes of opening a door with a ticket and nothing else.
fn opened(world: &World, door: &str, ticket: &str) -> Answer {
    world.nobody().send("GET", &format!("{door}?ticket={ticket}"), &[], b"")
}

#[test]
fn a_ticket_opens_one_stream_for_whoever_asked_for_it() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        for door in ["/v1/reversals/{id}/events", "/v1/action-imports/{id}/events", NEWS] {
            let shown = ticket(&scene.acme);
            assert!(shown.starts_with("entt_") && shown.len() == 5 + 43, "{shown}");
            let door = scene.path(door);
            let answer = opened(world, &door, &shown);
            assert_eq!(answer.status, 200, "{door}: {}", answer.text);
            assert_eq!(answer.header("Content-Type"), "text/event-stream", "{door}");
            let again = opened(world, &door, &shown);
            assert_eq!((again.status, &again.json()["code"]), (401, &json!("unauthenticated")));
        }
        // It reaches as far as whoever asked.
        let batch = scene.path("/v1/reversals/{id}/events");
        let stranger = world.company("Crow", "brand");
        assert_eq!(opened(world, &batch, &ticket(&stranger)).status, 404);
        // Whoever shows a credential needs none, and uses none up.
        let spare = ticket(&scene.bolt);
        scene.acme.listen(&format!("{NEWS}?ticket={spare}"));
        assert_eq!(opened(world, NEWS, &spare).status, 200);
    });
}

#[test]
fn a_ticket_is_worth_nothing_elsewhere_or_later() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let shown = ticket(&acme);
        for door in ["/v1/me", "/v1/events", "/v1/notifications"] {
            assert_eq!(opened(world, door, &shown).status, 401, "{door}");
            let bearer = world.with_credential(&shown).send("GET", door, &[], b"");
            assert_eq!(bearer.status, 401, "{door}");
        }
        for nonsense in ["", "entt_", "%00", "entt_nonsense"] {
            assert_eq!(opened(world, NEWS, nonsense).status, 401, "{nonsense}");
        }
        let answers = at_once(4, |_| opened(world, NEWS, &shown).status);
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        let late = ticket(&acme);
        world.pass(60);
        assert_eq!(opened(world, NEWS, &late).status, 401);
        let key = json!({ "name": "Key", "scopes": ["events:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", key, 201));
        assert_eq!(key.post(DOOR, json!({}), 403)["code"], "key_not_allowed");
    });
}

#[test]
fn a_stream_that_a_ticket_opened_ends_with_its_credential() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let mut stream = world.nobody().listen(&format!("{NEWS}?ticket={}", ticket(&acme)));
        let mut line = String::new();
        stream.read_line(&mut line).expect("a line");
        let unused = ticket(&acme);
        acme.post("/v1/auth/logout", json!({}), 204);
        while stream.read_line(&mut line).expect("the end in good order") > 0 {}
        assert_eq!(opened(world, NEWS, &unused).status, 401, "it stands for what has ended");
    });
}

#[test]
fn what_is_kept_of_a_ticket_is_of_no_use_to_a_thief() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let shown = ticket(&acme);
        let stored = Stored::in_world(world);
        assert!(!stored.holds(shown.as_bytes()) && !stored.holds(acme.credential().as_bytes()));
    });
}
