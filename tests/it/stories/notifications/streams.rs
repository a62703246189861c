//! Notifications as they come.

use std::io::BufRead;

use entente::notifications::watch::{MOST_STREAMS, Seats};
use serde_json::{Value, json};

use crate::cast::deal::{id, literal, meddle};
use crate::cast::http::Caller;
use crate::cast::notices::{offers, told};
use crate::cast::world::{World, in_a_world};

const DOOR: &str = "/v1/notifications/events";

/// The next event of a stream that is no sign of life: its number, its name and its data. Nothing at
/// the end.
fn next(stream: &mut impl BufRead) -> Option<(i64, String, Value)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).expect("a line, or the end in good order") == 0 {
            return None;
        }
        match line.trim_end() {
            "" if lines.is_empty() => {}
            "" => break,
            comment if comment.starts_with(':') => {}
            field => lines.push(field.to_string()),
        }
    }
    let [number, name, data] = &lines[..] else { panic!("{lines:?}") };
    let number = number.strip_prefix("id: ").and_then(|id| id.parse().ok()).expect("a number");
    let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).expect("JSON");
    Some((number, name.strip_prefix("event: ").unwrap().to_string(), data))
}

fn two(world: &World) -> (Caller, Caller) {
    (world.company("Acme", "brand"), world.company("Bolt", "partner"))
}

fn count(data: &Value) -> u64 {
    data["unread"]["count"].as_u64().expect("a count")
}

#[test]
fn whoever_watches_is_told_when_it_happens() {
    in_a_world(|world| {
        let (acme, bolt) = two(world);
        let mut stream = bolt.listen(DOOR);
        let (_, name, data) = next(&mut stream).unwrap();
        let none = json!({ "unread": { "count": 0, "capped": false }, "notification": null });
        assert_eq!((name.as_str(), data), ("unread", none));

        let body = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        acme.post("/v1/partnerships", body, 201);
        let (first, name, data) = next(&mut stream).unwrap();
        assert_eq!((name.as_str(), count(&data)), ("notification", 1));
        let listed = bolt.all("/v1/notifications").remove(0);
        assert_eq!(data["notification"], listed);

        // What is read elsewhere is one less.
        bolt.post(&format!("/v1/notifications/{}/read", id(&listed)), json!({}), 200);
        let (place, name, data) = next(&mut stream).unwrap();
        assert_eq!((place, name.as_str(), count(&data)), (first, "unread", 0));
        drop(stream);

        // Whoever lost the line is told of everything since, in order, and then goes on.
        offers(world, &acme, &bolt, 103);
        assert_eq!(told(world, &bolt, 104).len(), 104);
        let last = first.to_string();
        let mut stream = bolt.listen_with(DOOR, &[("Last-Event-ID", &last)]);
        let mut seen = Vec::new();
        for _ in 0..103 {
            let (number, name, data) = next(&mut stream).unwrap();
            assert_eq!(name, "notification");
            assert!(seen.last().is_none_or(|(before, _)| number > *before), "they are in order");
            seen.push((number, data["notification"]["id"].clone()));
        }
        let mut newest: Vec<Value> =
            bolt.all("/v1/notifications").iter().map(|one| one["id"].clone()).collect();
        newest.truncate(103);
        newest.reverse();
        assert_eq!(seen.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>(), newest);
        offers(world, &acme, &bolt, 1);
        let (_, name, data) = next(&mut stream).unwrap();
        assert_eq!((name.as_str(), &data["unread"]["capped"]), ("notification", &json!(true)));

        // Whoever says nothing of use begins with how things are.
        for last in ["nonsense", "-1", "ntf_01k5h2v7xnf8rtq3m9bcw4ze6a"] {
            let mut stream = bolt.listen_with(DOOR, &[("Last-Event-ID", last)]);
            assert_eq!(next(&mut stream).unwrap().1, "unread");
        }
    });
}

#[test]
fn nobody_watches_others_and_a_stream_ends_with_the_membership() {
    in_a_world(|world| {
        let (acme, bolt) = two(world);
        let colleague = world.colleague(&bolt, "manager");
        let user = literal(world, colleague.get("/v1/me", 200)["user"]["id"].as_str().unwrap());
        let company = literal(world, bolt.company_id());
        let (mut own, mut other) = (bolt.listen(DOOR), colleague.listen(DOOR));
        for stream in [&mut own, &mut other] {
            assert_eq!(next(stream).unwrap().1, "unread");
        }
        let mut stranger = acme.listen(DOOR);
        next(&mut stranger);
        offers(world, &acme, &bolt, 1);
        let (mine, theirs) = (next(&mut own).unwrap(), next(&mut other).unwrap());
        assert_ne!(mine.2["notification"]["id"], theirs.2["notification"]["id"]);
        let both = format!("WHERE user_id = {user} AND company_id = {company}");
        meddle(world, &format!("DELETE FROM memberships {both}"));
        assert_eq!(next(&mut other), None, "whoever has left is told no more");

        // A stranger's first news is that he has one of his own.
        offers(world, &bolt, &acme, 1);
        let (_, _, data) = next(&mut stranger).unwrap();
        assert_eq!((count(&data), &data["notification"]["company"]["name"]), (1, &json!("Bolt")));
        bolt.post("/v1/auth/logout", json!({}), 204);
        assert_eq!(next(&mut own), None, "whoever has signed out watches no more");
    });
}

#[test]
fn a_person_can_watch_only_so_much_at_a_time() {
    in_a_world(|world| {
        let (acme, bolt) = two(world);
        let mut streams: Vec<_> = (0..MOST_STREAMS).map(|_| bolt.listen(DOOR)).collect();
        for stream in &mut streams {
            next(stream);
        }
        let refused = bolt.send("GET", DOOR, &[], b"");
        assert_eq!((refused.status, refused.header("Retry-After")), (429, "5"));
        assert_eq!(refused.json()["code"], "too_many_streams");
        next(&mut acme.listen(DOOR)).expect("others have places of their own");
    });
    let (seats, one) = (Seats::default(), entente::kernel::id::UserId::new());
    let mut taken: Vec<_> = (0..MOST_STREAMS).map(|_| seats.take(one).unwrap()).collect();
    assert!(seats.take(one).is_err());
    taken.pop();
    seats.take(one).expect("a place is free again");
}
