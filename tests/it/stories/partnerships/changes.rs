//! What two sides have agreed upon changes when both agree again, and not before.

use serde_json::{Value, json};

use super::super::people::person;
use super::agreed;
use crate::cast::at_once::at_once;
use crate::cast::deal::{id, shown};
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

/// A partnership with contacts that were taken: its path and who they are.
fn with_contacts(acme: &Caller, bolt: &Caller, names: &[&str]) -> (String, Vec<String>) {
    let people: Vec<String> = names.iter().map(|name| person(acme, name, "Smith")).collect();
    let body = json!({
        "partner_company_id": bolt.company_id(), "message": "hello", "contacts": people,
    });
    let path = format!("/v1/partnerships/{}", id(&acme.post("/v1/partnerships", body, 201)));
    bolt.post(&format!("{path}/accept"), json!({}), 200);
    (path, people)
}

fn offer(person: &str) -> Value {
    json!({ "op": "offer_contact", "person_id": person })
}

fn release(person: &str) -> Value {
    json!({ "op": "release_contact", "person_id": person })
}

fn describe(text: &str) -> Value {
    json!({ "op": "set_description", "description": text })
}

fn wish(operations: Value) -> Value {
    json!({ "reason": "why", "operations": operations })
}

/// A change that is proposed.
fn proposed(by: &Caller, path: &str, operations: Value) -> Value {
    by.post(&format!("{path}/changes"), wish(operations), 201)
}

fn answer(change: &Value, verb: &str) -> String {
    format!("/v1/changes/{}/{verb}", id(change))
}

/// The states of a change's operations.
fn states(change: &Value) -> Vec<&str> {
    let operations = change["operations"].as_array().expect("operations").iter();
    operations.map(|one| one["state"].as_str().expect("a state")).collect()
}

/// Who a side sees among the contacts, and in which state.
fn seen(by: &Caller, path: &str) -> Vec<String> {
    let all = by.all(&format!("{path}/contacts"));
    let word = |one: &Value, field: &str| one[field].as_str().unwrap_or("-").to_string();
    all.iter().map(|one| format!("{} {}", word(one, "first_name"), word(one, "label"))).collect()
}

#[test]
fn a_change_takes_effect_when_the_other_side_accepts_it() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let (path, people) = with_contacts(&acme, &bolt, &["Ada", "Eve"]);
        let kim = person(&acme, "Kim", "Smith");
        let before = bolt.get(&path, 200);
        assert_eq!((&before["modified"], &before["description"]), (&json!(false), &Value::Null));
        let three = json!([release(&people[0]), offer(&kim), describe("Shoes")]);
        let body = wish(three);
        let made = acme.call("POST", &format!("{path}/changes"), &[], &body, 201);
        let change = made.json();
        assert_eq!(made.header("Location"), answer(&change, "").trim_end_matches('/'));
        assert_eq!((&change["status"], &change["reason"]), (&json!("proposed"), &json!("why")));
        for side in [&acme, &bolt] {
            let now = side.get(&path, 200);
            assert_eq!((&now["modified"], &now["description"]), (&json!(true), &Value::Null));
            assert_eq!(seen(side, &path), ["Ada released", "Eve assigned", "Kim offered"]);
            assert_eq!(side.all(&format!("{path}/changes?status=proposed")).len(), 1);
        }
        // Nobody accepts what he has proposed, and a stranger knows of nothing.
        assert_eq!(acme.post(&answer(&change, "accept"), json!({}), 403)["code"], "forbidden");
        assert_eq!(bolt.post(&answer(&change, "withdraw"), json!({}), 403)["code"], "forbidden");
        crow.get(&format!("/v1/changes/{}", id(&change)), 404);
        crow.post(&answer(&change, "accept"), json!({}), 404);
        let again = acme.post(&format!("{path}/changes"), wish(json!([describe("Two")])), 409);
        assert_eq!(again["code"], "change_open");

        let said = json!({ "comment": "gladly" });
        let accepted = bolt.post(&answer(&change, "accept"), said, 200);
        assert_eq!(
            (&accepted["status"], &accepted["comment"]),
            (&json!("accepted"), &json!("gladly"))
        );
        assert_eq!(states(&accepted), ["accepted"; 3]);
        let after = acme.get(&path, 200);
        assert_eq!((&after["modified"], &after["description"]), (&json!(false), &json!("Shoes")));
        assert_eq!(after["version"].as_i64(), before["version"].as_i64().map(|one| one + 2));
        assert_eq!(seen(&bolt, &path), ["Eve assigned", "Kim assigned"]);
        let late = bolt.post(&answer(&change, "accept"), json!({}), 409);
        assert_eq!(late["code"], "change_already_answered");
        let events = shown(2, || {
            bolt.all("/v1/events?type=partnership.change_proposed,partnership.change_accepted")
        });
        let ids: Vec<&Value> = events.iter().map(|one| &one["changes"]["change_id"]).collect();
        assert_eq!(ids, [&json!([null, change["id"]]), &json!([change["id"], null])]);
        let history: Vec<Value> = bolt.all(&format!("{path}/history"));
        assert_eq!(history[0]["details"]["description"], json!([null, "Shoes"]));
        let empty = proposed(&bolt, &path, json!([describe("")]));
        acme.post(&answer(&empty, "accept"), json!({}), 200);
        assert_eq!(acme.get(&path, 200)["description"], Value::Null);
    });
}

#[test]
fn a_part_is_accepted_and_what_is_refused_leaves_no_trace() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let (path, people) = with_contacts(&acme, &bolt, &["Ada", "Eve"]);
        let kim = person(&acme, "Kim", "Smith");
        let all = json!([release(&people[0]), release(&people[1]), offer(&kim), describe("X")]);
        let as_before = ["Ada assigned", "Eve assigned"];
        let change = proposed(&acme, &path, all.clone());
        let missing = bolt.post(&answer(&change, "decline"), json!({}), 422);
        assert_eq!(faults(&missing), ["/comment missing_field"]);
        let declined = bolt.post(&answer(&change, "decline"), json!({ "comment": "no" }), 200);
        assert_eq!((&declined["status"], &declined["comment"]), (&json!("declined"), &json!("no")));
        assert_eq!(states(&declined), ["declined"; 4]);
        assert_eq!(seen(&bolt, &path), as_before);
        let change = proposed(&acme, &path, all.clone());
        let withdrawn = acme.post(&answer(&change, "withdraw"), json!({}), 200);
        assert_eq!(states(&withdrawn), ["withdrawn"; 4]);
        assert_eq!(seen(&acme, &path), as_before);

        let change = proposed(&acme, &path, all);
        let operation = |place: usize| change["operations"][place]["id"].clone();
        let unknown = json!({ "operations": [operation(0), "op_01k5h2v7xnf8rtq3m9bcw4ze6a"] });
        let problem = bolt.post(&answer(&change, "accept"), unknown, 422);
        assert_eq!(faults(&problem), ["/operations/1 unknown_operation"]);
        let some = json!({ "operations": [operation(0), operation(2)] });
        let accepted = bolt.post(&answer(&change, "accept"), some, 200);
        assert_eq!(states(&accepted), ["accepted", "declined", "accepted", "declined"]);
        assert_eq!(seen(&bolt, &path), ["Eve assigned", "Kim assigned"]);
        let now = bolt.get(&path, 200);
        assert_eq!((&now["description"], &now["modified"]), (&Value::Null, &json!(false)));
        assert_eq!(acme.all(&format!("{path}/changes?limit=1")).len(), 3);

        // The client may ask for a release, too; an end cancels what is open.
        let change = proposed(&bolt, &path, json!([release(&kim), describe("Y")]));
        assert_eq!(seen(&acme, &path), ["Eve assigned", "Kim released"]);
        acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        let cancelled = bolt.get(&format!("/v1/changes/{}", id(&change)), 200);
        assert_eq!(
            (&cancelled["status"], states(&cancelled)),
            (&json!("cancelled"), vec!["cancelled"; 2])
        );
        assert_eq!(acme.get(&path, 200)["modified"], false);
        assert_eq!(seen(&acme, &path), ["Eve assigned", "Kim assigned"]);
        let over = acme.post(&format!("{path}/changes"), wish(json!([describe("Z")])), 409);
        assert_eq!(over["code"], "partnership_not_active");
    });
}

#[test]
fn what_no_longer_fits_is_stale_and_is_not_accepted_blindly() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let (path, people) = with_contacts(&acme, &bolt, &["Ada", "Eve"]);
        let mine = proposed(&acme, &path, json!([describe("Ours"), release(&people[0])]));
        let theirs = proposed(&bolt, &path, json!([describe("Theirs"), release(&people[1])]));
        bolt.post(&answer(&mine, "accept"), json!({}), 200);
        let left = acme.get(&format!("/v1/changes/{}", id(&theirs)), 200);
        assert_eq!(states(&left), ["stale", "proposed"]);
        assert_eq!(acme.get(&path, 200)["modified"], true);
        let blind = acme.post(&answer(&theirs, "accept"), json!({}), 409);
        assert_eq!(blind["code"], "change_stale");
        let named = json!({ "operations": [left["operations"][0]["id"]] });
        assert_eq!(acme.post(&answer(&theirs, "accept"), named, 409)["code"], "change_stale");
        // The person whom it would release leaves by herself.
        acme.post(&format!("/v1/people/{}/leave", people[1]), json!({}), 200);
        let left = acme.get(&format!("/v1/changes/{}", id(&theirs)), 200);
        assert_eq!(states(&left), ["stale"; 2]);
        let declined = acme.post(&answer(&theirs, "decline"), json!({ "comment": "late" }), 200);
        assert_eq!(states(&declined), ["stale"; 2]);
        let now = bolt.get(&path, 200);
        assert_eq!((&now["description"], &now["modified"]), (&json!("Ours"), &json!(false)));
        assert_eq!(seen(&bolt, &path), [""; 0]);
    });
}

#[test]
fn nothing_new_is_agreed_upon_with_whoever_takes_no_part() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let path = agreed(&acme, &bolt);
        let [mine, theirs] =
            [&acme, &bolt].map(|side| proposed(side, &path, json!([describe("Shoes")])));
        let company = format!("/v1/companies/{}", acme.company_id());
        let why = json!({ "reason": "why" });
        acme.post(&format!("{company}/suspend"), why.clone(), 200);
        let yes = answer(&mine, "accept");
        let own = acme.post(&answer(&theirs, "accept"), json!({}), 403);
        assert_eq!(own["code"], "company_suspended");
        assert_eq!(bolt.post(&yes, json!({}), 409)["code"], "company_not_active");
        // What one has proposed oneself is taken back all the same, and nothing is proposed anew.
        bolt.post(&answer(&theirs, "withdraw"), json!({}), 200);
        let changes = format!("{path}/changes");
        let anew = wish(json!([describe("Boots")]));
        assert_eq!(bolt.post(&changes, anew.clone(), 409)["code"], "company_not_active");
        acme.post(&format!("{company}/deactivate"), why.clone(), 200);
        assert_eq!(bolt.post(&yes, json!({}), 409)["code"], "company_not_active");
        assert_eq!(bolt.get(&path, 200)["description"], Value::Null);
        let acme = world.again(&acme);
        acme.post(&format!("{company}/reactivate"), why, 200);
        bolt.post(&yes, json!({}), 200);
        bolt.post(&changes, anew, 201);
    });
}

#[test]
fn all_that_is_wrong_with_a_change_is_told_at_once() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let (path, people) = with_contacts(&acme, &bolt, &["Ada"]);
        let theirs = person(&bolt, "Bea", "Bolt");
        let changes = format!("{path}/changes");
        let shape = wish(json!([
            { "op": "offer_contact", "description": "x" },
            { "op": "set_description", "person_id": people[0] },
            describe("one"), describe("two"), { "op": "set_terms" },
        ]));
        let shape = acme.post(&changes, shape, 422);
        assert_eq!(faults(&shape), ["/operations/4/op unknown_value"]);
        let fields = wish(json!([
            { "op": "offer_contact", "description": "x" },
            { "op": "set_description", "person_id": people[0] },
            describe("one"), describe("two"),
        ]));
        let silent = json!({ "operations": [{ "op": "set_description" }] });
        assert_eq!(
            faults(&acme.post(&changes, silent, 422)),
            ["/operations/0/description missing_field", "/reason missing_field"]
        );
        let expected = [
            "/operations/0/description not_allowed",
            "/operations/0/person_id missing_field",
            "/operations/1/description missing_field",
            "/operations/1/person_id not_allowed",
            "/operations/3 duplicate",
        ];
        assert_eq!(faults(&acme.post(&changes, fields, 422)), expected);
        let unknown = "per_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let whom = wish(json!([offer(&people[0]), offer(&theirs), release(unknown)]));
        let expected = [
            "/operations/0/person_id already_contact",
            "/operations/1/person_id unknown_person",
            "/operations/2/person_id unknown_person",
        ];
        assert_eq!(faults(&acme.post(&changes, whom, 422)), expected);
        assert_eq!(
            faults(&acme.post(&changes, json!({ "operations": [] }), 422)),
            ["/operations too_few"]
        );
        let offered = super::offered(&bolt, &acme);
        let early = acme.post(&format!("{offered}/changes"), wish(json!([describe("x")])), 409);
        assert_eq!(early["code"], "partnership_not_active");
        assert_eq!(acme.get(&path, 200)["modified"], false);
    });
}

#[test]
fn steps_at_the_same_moment_come_one_after_the_other() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let path = agreed(&acme, &bolt);
        let kind = [("Content-Type", "application/json")];
        let changes = format!("{path}/changes");
        let body = wish(json!([describe("Ours")])).to_string();
        let sent = at_once(4, |_| acme.send("POST", &changes, &kind, body.as_bytes()).status);
        let made = sent.iter().filter(|status| **status == 201).count();
        assert_eq!((made, sent.iter().filter(|status| **status == 409).count()), (1, 3));
        let theirs = proposed(&bolt, &path, json!([describe("Theirs")]));
        let mine = acme.all(&format!("{changes}?status=proposed")).pop().expect("a change");
        let (yes, back) = (answer(&mine, "accept"), answer(&mine, "withdraw"));
        let other = answer(&theirs, "accept");
        let sent = at_once(3, |number| match number {
            0 => bolt.send("POST", &yes, &kind, b"{}").status,
            1 => acme.send("POST", &back, &kind, b"{}").status,
            _ => acme.send("POST", &other, &kind, b"{}").status,
        });
        assert!(sent.iter().all(|status| [200, 409].contains(status)), "{sent:?}");
        assert!(sent[..2].contains(&200) && sent[..2] != [200, 200], "{sent:?}");
        let [one, two] =
            [&mine, &theirs].map(|change| acme.get(&format!("/v1/changes/{}", id(change)), 200));
        let now = acme.get(&path, 200);
        // What counts is what was accepted, by one answer each, and the other one was not blind.
        let accepted = |change: &Value| change["status"] == "accepted";
        let expected = match (accepted(&one), accepted(&two)) {
            (true, _) => json!("Ours"),
            (false, true) => json!("Theirs"),
            (false, false) => Value::Null,
        };
        assert_eq!(now["description"], expected, "{one} {two}");
        assert!(!(accepted(&one) && accepted(&two)), "{one} {two}");
        let waits = two["status"] == "proposed";
        assert_eq!(now["modified"], waits);
    });
}
