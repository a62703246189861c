//! People are offered with a partnership, taken or not, and are gone with whoever leaves.

use serde_json::{Value, json};

use super::super::people::{names, person};
use super::agreed;
use crate::cast::at_once::at_once;
use crate::cast::deal::{id, shown};
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

/// Acme's offer to Bolt with these people; the path of the partnership.
fn offered(acme: &Caller, bolt: &Caller, people: &[&String]) -> String {
    let body = json!({
        "partner_company_id": bolt.company_id(), "message": "hello", "contacts": people,
    });
    format!("/v1/partnerships/{}", id(&acme.post("/v1/partnerships", body, 201)))
}

/// Who a side sees among the contacts, and in which state.
fn seen(by: &Caller, path: &str, states: &str) -> Vec<(String, String)> {
    let word = |one: &Value, field: &str| one[field].as_str().expect("a word").to_string();
    let all = by.all(&format!("{path}/contacts{states}"));
    all.iter().map(|one| (word(one, "first_name"), word(one, "state"))).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, state)| (name.to_string(), state.to_string())).collect()
}

const ALL: &str = "?state=offered,assigned,removed";

#[test]
fn contacts_are_offered_and_all_or_some_are_taken() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let [ada, eve, kim] = ["Ada", "Eve", "Kim"].map(|name| person(&acme, name, "Smith"));
        let known = json!({ "phone": "+49 30 901820", "title": "Buyer" });
        acme.patch(&format!("/v1/people/{ada}"), known, 200);
        let path = offered(&acme, &bolt, &[&ada, &eve]);
        let available = format!("/v1/people?available_for={}", path.rsplit('/').next().unwrap());
        assert_eq!(names(&acme, &available), ["Kim"]);
        // What both see, and what a stranger does not.
        for side in [&acme, &bolt] {
            assert_eq!(seen(side, &path, ""), pairs(&[("Ada", "offered"), ("Eve", "offered")]));
        }
        let of_bolt = bolt.all(&format!("{path}/contacts"));
        let one = of_bolt.iter().find(|one| one["person_id"] == ada.as_str()).unwrap();
        assert_eq!(one["offered_by_company_id"], acme.company_id());
        let reach = [&one["label"], &one["title"], &one["email"], &one["phone"]];
        assert_eq!(reach, ["offered", "Buyer", "ada@example.com", "+4930901820"]);
        crow.get(&format!("{path}/contacts"), 404);
        bolt.get(&format!("/v1/people/{ada}"), 404);
        let foreign = bolt.get(&available, 200)["data"].clone();
        assert_eq!(foreign, json!([]), "it has nobody to offer");
        assert_eq!(faults(&crow.get(&available, 422)), ["available_for unknown_partnership"]);

        let some = |ids: Value| json!({ "contacts": ids });
        let accept = format!("{path}/accept");
        let twice = bolt.post(&accept, some(json!([eve, eve])), 422);
        assert_eq!(faults(&twice), ["/contacts/1 duplicate"]);
        let unknown = "per_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let strangers = bolt.post(&accept, some(json!([unknown, eve, kim])), 422);
        let expected = ["/contacts/0 unknown_person", "/contacts/2 unknown_person"];
        assert_eq!(faults(&strangers), expected);
        bolt.post(&accept, some(json!([eve])), 200);
        assert_eq!(seen(&bolt, &path, ""), pairs(&[("Eve", "assigned")]));
        let all = [("Ada", "removed"), ("Eve", "assigned")];
        assert_eq!(seen(&acme, &path, ALL), pairs(&all));
        // Who was not taken is a name to the other side, and no more.
        let gone = &bolt.all(&format!("{path}/contacts?state=removed"))[0];
        let none = [&gone["label"], &gone["title"], &gone["email"], &gone["phone"]];
        assert_eq!(none, [&Value::Null; 4]);
        let own = &acme.all(&format!("{path}/contacts?state=removed"))[0];
        assert_eq!(own["email"], "ada@example.com");
        assert_eq!(names(&acme, &available), ["Kim", "Ada"], "who was not taken can be offered");
        let events = shown(2, || {
            let kinds = "type=partnership.offered,partnership.accepted";
            bolt.all(&format!("/v1/events?{kinds}"))
        });
        let changes = [&events[0]["changes"]["contacts"], &events[1]["changes"]["contacts"]];
        let made = json!([null, { "offered": [ada, eve] }]);
        let taken = json!([{ "offered": [ada, eve] }, { "assigned": [eve] }]);
        assert_eq!(changes, [&made, &taken]);

        acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        let over = &bolt.all(&format!("{path}/contacts"))[0];
        assert_eq!((&over["state"], &over["email"]), (&json!("assigned"), &Value::Null));
    });
}

#[test]
fn an_offer_names_people_of_its_own_company_who_are_there() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let [ada, gone] = ["Ada", "Gone"].map(|name| person(&acme, name, "Smith"));
        let theirs = person(&bolt, "Bea", "Bolt");
        acme.post(&format!("/v1/people/{gone}/leave"), json!({}), 200);
        let unknown = "per_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let offer = |to: &str, people: Value| json!({ "partner_company_id": to, "message": "hello", "contacts": people });
        // Whoever cannot be meant is told of alike, with everything else that is wrong.
        let people = json!([theirs, ada, unknown, gone]);
        let problem =
            acme.post("/v1/partnerships", offer("co_01k5h2v7xnf8rtq3m9bcw4ze6a", people), 422);
        let expected = [
            "/contacts/0 unknown_person",
            "/contacts/2 unknown_person",
            "/contacts/3 unknown_person",
            "/partner_company_id unknown_company",
        ];
        assert_eq!(faults(&problem), expected);
        let told = problem["errors"].as_array().unwrap().iter();
        let told: Vec<_> = told.filter(|one| one["code"] == "unknown_person").collect();
        assert!(told.iter().all(|one| one["message"] == told[0]["message"]), "{told:?}");
        let twice = acme.post("/v1/partnerships", offer(bolt.company_id(), json!([ada, ada])), 422);
        assert_eq!(faults(&twice), ["/contacts/1 duplicate"]);
        let many: Vec<&String> = vec![&ada; 51];
        let many = acme.post("/v1/partnerships", offer(bolt.company_id(), json!(many)), 422);
        assert_eq!(faults(&many), ["/contacts too_many"]);

        // Nothing comes of people whose offer comes to nothing.
        let path = offered(&acme, &bolt, &[&ada]);
        acme.post(&format!("{path}/withdraw"), json!({}), 200);
        assert_eq!(seen(&acme, &path, ALL), pairs(&[("Ada", "removed")]));
        let path = offered(&acme, &bolt, &[&ada]);
        bolt.post(&format!("{path}/decline"), json!({ "comment": "no" }), 200);
        assert_eq!(seen(&bolt, &path, ALL), pairs(&[("Ada", "removed")]));
        let path = offered(&acme, &bolt, &[&ada]);
        bolt.post(&format!("{path}/accept"), json!({ "contacts": [] }), 200);
        assert_eq!(seen(&bolt, &path, ""), pairs(&[]));
        let other = world.company("Other", "partner");
        let path = offered(&acme, &other, &[&ada]);
        other.post(&format!("{path}/accept"), json!({}), 200);
        assert_eq!(seen(&other, &path, ""), pairs(&[("Ada", "assigned")]));
    });
}

#[test]
fn whoever_leaves_is_no_contact_and_manages_nothing() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let (dawn, eve) = (world.company("Dawn", "partner"), world.company("Eve", "partner"));
        let [ada, kim] = ["Ada", "Kim"].map(|name| person(&acme, name, "Smith"));
        let active = offered(&acme, &bolt, &[&ada, &kim]);
        bolt.post(&format!("{active}/accept"), json!({}), 200);
        let open = offered(&acme, &dawn, &[&ada]);
        let over = offered(&acme, &eve, &[&ada]);
        eve.post(&format!("{over}/accept"), json!({}), 200);
        let managers = format!("{over}/managers");
        acme.post(&managers, json!({ "person_ids": [ada, kim] }), 200);
        acme.post(&format!("{over}/end"), json!({ "reason": "enough" }), 200);
        acme.post(&format!("{active}/managers"), json!({ "person_id": ada }), 200);
        let left = acme.post(&format!("/v1/people/{ada}/leave"), json!({}), 200);
        assert_eq!(left["version"], 6, "entered, put on two teams, left, taken off both");

        assert_eq!(seen(&bolt, &active, ""), pairs(&[("Kim", "assigned")]));
        assert_eq!(seen(&dawn, &open, ALL), pairs(&[("Ada", "removed")]));
        assert_eq!(seen(&eve, &over, ALL), pairs(&[("Ada", "assigned")]), "as it ended");
        assert_eq!(names(&acme, &managers), ["Kim"]);
        assert_eq!(names(&acme, &format!("{active}/managers")), [""; 0]);
        // What was offered may still be taken, without the person who is gone.
        assert_eq!(dawn.get(&open, 200)["version"], 2);
        let gone = dawn.post(&format!("{open}/accept"), json!({ "contacts": [ada] }), 422);
        assert_eq!(faults(&gone), ["/contacts/0 unknown_person"]);
        assert_eq!(dawn.post(&format!("{open}/accept"), json!({}), 200)["status"], "active");
        let released = |by: &Caller, many| {
            shown(many, || by.all("/v1/events?type=partnership.contact_released"))
        };
        for (side, many) in [(&acme, 2), (&bolt, 1), (&dawn, 1)] {
            let told = released(side, many);
            assert_eq!(told.len(), many);
            assert_eq!(told[0]["changes"], json!({ "contact_id": [ada, null] }));
        }
        assert_eq!(released(&bolt, 1)[0]["acted_by"], "other_company");
        let off = shown(2, || acme.all("/v1/events?type=person.taken_off_team"));
        let from: Vec<&Value> = off.iter().map(|one| &one["changes"]["partnership_id"]).collect();
        let ids = [&active, &over].map(|path| json!([path.rsplit('/').next(), null]));
        assert_eq!(from, [&ids[0], &ids[1]]);
        let theirs = bolt.all("/v1/events?type=person.*");
        assert_eq!(theirs, Vec::<Value>::new(), "people are their company's own business");

        acme.post(&format!("/v1/people/{ada}/return"), json!({}), 200);
        assert_eq!(seen(&bolt, &active, ""), pairs(&[("Kim", "assigned")]), "she begins anew");
    });
}

#[test]
fn an_answer_and_a_leave_at_the_same_moment_come_one_after_the_other() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let spare = agreed(&bolt, &acme);
        for _ in 0..6 {
            let ada = person(&acme, "Ada", "Smith");
            let path = offered(&acme, &bolt, &[&ada]);
            let body = json!({ "person_id": ada }).to_string();
            let json = [("Content-Type", "application/json")];
            let statuses = at_once(3, |number| match number {
                0 => bolt.send("POST", &format!("{path}/accept"), &json, b"{}").status,
                1 => acme.send("POST", &format!("/v1/people/{ada}/leave"), &json, b"{}").status,
                _ => acme.send("POST", &format!("{spare}/managers"), &json, body.as_bytes()).status,
            });
            assert_eq!(statuses[..2], [200, 200]);
            assert!([200, 422].contains(&statuses[2]), "{statuses:?}");
            assert_eq!(bolt.get(&path, 200)["status"], "active");
            assert_eq!(seen(&bolt, &path, ALL), pairs(&[("Ada", "removed")]));
            assert_eq!(names(&acme, &format!("{spare}/managers")), [""; 0]);
            acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        }
    });
}
