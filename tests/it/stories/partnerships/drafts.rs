//! A side writes down what it is going to propose, and the other one learns nothing of it.

use serde_json::{Value, json};

use super::super::people::person;
use crate::cast::deal::{id, shown};
use crate::cast::http::{Caller, faults};
use crate::cast::tables::texts;
use crate::cast::world::in_a_world;

fn offer(person: &str) -> Value {
    json!({ "op": "offer_contact", "person_id": person })
}

fn release(person: &str) -> Value {
    json!({ "op": "release_contact", "person_id": person })
}

/// A partnership with Ada and Eve as contacts of Acme's: its path, and the two.
fn with_contacts(acme: &Caller, bolt: &Caller) -> (String, [String; 2]) {
    let people = ["Ada", "Eve"].map(|name| person(acme, name, "Smith"));
    let body = json!({
        "partner_company_id": bolt.company_id(), "message": "hello", "contacts": people,
    });
    let path = format!("/v1/partnerships/{}", id(&acme.post("/v1/partnerships", body, 201)));
    bolt.post(&format!("{path}/accept"), json!({}), 200);
    (path, people)
}

/// Who a side sees among the contacts, and with which label.
fn seen(by: &Caller, list: &str) -> Vec<String> {
    let word = |one: &Value, field: &str| one[field].as_str().unwrap_or("-").to_string();
    let line = |one: &Value| format!("{} {}", word(one, "first_name"), word(one, "label"));
    by.all(list).iter().map(line).collect()
}

/// Everything that a side can see of the partnership and around it.
fn all_of(by: &Caller, path: &str) -> Vec<Value> {
    let lists = ["contacts", "changes", "history", "grants"];
    let mut all: Vec<Value> = vec![by.get(path, 200)];
    all.extend(lists.map(|list| Value::Array(by.all(&format!("{path}/{list}")))));
    all.push(Value::Array(by.all("/v1/partnerships")));
    all
}

#[test]
fn a_draft_waits_and_its_own_side_alone_sees_it() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let (path, [ada, eve]) = with_contacts(&acme, &bolt);
        let kim = person(&acme, "Kim", "Smith");
        let (changes, contacts) = (format!("{path}/changes"), format!("{path}/contacts"));
        let before = all_of(&bolt, &path);
        let draft = json!({ "draft": true, "operations": [offer(&kim), release(&ada)] });
        let made = acme.post(&changes, draft.clone(), 201);
        assert_eq!([&made["status"], &made["reason"]], ["draft", ""]);
        assert_eq!(made["operations"][0]["state"], "draft");
        let expected = ["Ada to_be_released", "Eve assigned", "Kim to_be_added"];
        assert_eq!(seen(&acme, &contacts), expected);
        assert_eq!(seen(&acme, &format!("{contacts}?limit=1")), expected, "page by page");
        assert_eq!(seen(&acme, &format!("{contacts}?state=assigned")), expected[..2]);
        assert_eq!(seen(&bolt, &contacts), ["Ada assigned", "Eve assigned"]);
        assert_eq!(acme.get(&path, 200)["modified"], false);
        assert_eq!(acme.all(&format!("{changes}?status=draft")).len(), 1);
        let one = format!("/v1/changes/{}", id(&made));
        for (method, path) in [
            ("GET", one.clone()),
            ("PATCH", one.clone()),
            ("DELETE", one.clone()),
            ("POST", format!("{one}/accept")),
            ("POST", format!("{one}/decline")),
        ] {
            let headers = [("Content-Type", "application/json")];
            let body = if method == "GET" { "" } else { r#"{"comment": "no"}"# };
            let body = if path.ends_with("decline") { body } else { "{}" };
            assert_eq!(bolt.send(method, &path, &headers, body.as_bytes()).status, 404, "{method}");
        }
        assert_eq!(all_of(&bolt, &path), before, "the other side sees what it saw");
        assert_eq!(acme.post(&changes, draft, 409)["code"], "draft_exists");
        assert_eq!(
            acme.post(&format!("{one}/withdraw"), json!({}), 409)["code"],
            "change_is_draft"
        );

        // It is judged as a proposal is, also when it is edited.
        let unfit = json!({ "operations": [offer(&eve), release(&kim)] });
        let expected =
            ["/operations/0/person_id already_contact", "/operations/1/person_id unknown_person"];
        assert_eq!(faults(&acme.patch(&one, unfit, 422)), expected);
        let edited = acme.patch(&one, json!({ "operations": [release(&eve)] }), 200);
        assert_eq!(edited["operations"].as_array().map(Vec::len), Some(1));
        assert_eq!(seen(&acme, &contacts), ["Ada assigned", "Eve to_be_released"]);
        let reasoned = acme.patch(&one, json!({ "reason": "she moves" }), 200);
        assert_eq!([&reasoned["reason"], &reasoned["version"]], [&json!("she moves"), &json!(3)]);
        assert_eq!(acme.patch(&one, json!({ "reason": null }), 200)["reason"], "");
        assert_eq!(all_of(&bolt, &path), before);
        acme.delete(&one, 204);
        acme.get(&one, 404);
        assert_eq!(seen(&acme, &contacts), ["Ada assigned", "Eve assigned"]);
        assert_eq!(all_of(&bolt, &path), before);
        let noted = texts(
            world,
            "SELECT type AS text FROM audit_entries WHERE type LIKE 'partnership_change.%' ORDER BY id",
        );
        let expected = ["drafted", "edited", "edited", "edited", "discarded"];
        assert_eq!(noted, expected.map(|deed| format!("partnership_change.{deed}")));
    });
}

#[test]
fn a_draft_is_proposed_as_it_stands_if_all_of_it_still_fits() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let manager = world.colleague(&acme, "manager");
        let (path, [ada, eve]) = with_contacts(&acme, &bolt);
        let changes = format!("{path}/changes");
        let contacts = format!("{path}/contacts");
        let describe = json!({ "op": "set_description", "description": "Shoes" });
        let grant = json!({ "op": "set_grant", "grant": "view_performance" });
        // A manager may write down what an admin will propose.
        let wish = json!({ "draft": true, "operations": [describe, grant, release(&ada)] });
        let draft = format!("/v1/changes/{}", id(&manager.post(&changes, wish, 201)));
        let propose = format!("{draft}/propose");
        let silent = acme.post(&propose, json!({}), 422);
        assert_eq!(faults(&silent), ["/reason missing_field"]);
        let why = json!({ "reason": "why" });
        assert_eq!(manager.post(&propose, why.clone(), 403)["code"], "role_too_low");
        // Beside an open change there may be a draft, and it waits for its turn.
        let open = json!({ "reason": "why", "operations": [release(&eve)] });
        let open = id(&acme.post(&changes, open, 201));
        assert_eq!(acme.post(&propose, why.clone(), 409)["code"], "change_open");
        bolt.post(&format!("/v1/changes/{open}/accept"), json!({}), 200);
        world.travel("2026-03-10T12:05:00Z");
        let proposed = acme.post(&propose, why.clone(), 200);
        assert_eq!([&proposed["status"], &proposed["reason"]], ["proposed", "why"]);
        assert_eq!(proposed["created_at"], "2026-03-10T12:05:00Z");
        assert_eq!(bolt.get(&draft, 200)["operations"][2]["state"], "proposed");
        assert_eq!(seen(&bolt, &contacts), ["Ada released"]);
        let told = shown(2, || bolt.all("/v1/events?type=partnership.change_proposed"));
        assert_eq!(told.len(), 2, "a draft tells nobody");
        assert_eq!(acme.post(&propose, why.clone(), 409)["code"], "change_not_draft");
        assert_eq!(acme.patch(&draft, json!({}), 409)["code"], "change_not_draft");
        assert_eq!(acme.delete(&draft, 409)["code"], "change_not_draft");
        bolt.post(&format!("{draft}/accept"), json!({}), 200);
        assert_eq!(bolt.get(&path, 200)["description"], "Shoes");

        // What no longer fits is not proposed; an end takes drafts along.
        let kim = person(&acme, "Kim", "Smith");
        let wish = json!({ "draft": true, "reason": "why", "operations": [offer(&kim)] });
        let draft = format!("/v1/changes/{}", id(&acme.post(&changes, wish, 201)));
        acme.post(&format!("/v1/people/{kim}/leave"), json!({}), 200);
        let stale = acme.post(&format!("{draft}/propose"), json!({}), 409);
        assert_eq!(stale["code"], "change_stale");
        bolt.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        acme.get(&draft, 404);
    });
}
