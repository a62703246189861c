//! A company reads and edits itself, and shows its partners a card.

use serde_json::{Value, json};

use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world};

/// Acme, a brand, and the path to it.
fn acme(world: &World) -> (Caller, String) {
    let acme = world.company("Acme", "brand");
    let path = format!("/v1/companies/{}", acme.company_id());
    (acme, path)
}

/// The same company for another one that it has offered a partnership to, and that one.
fn partner(world: &World, acme: &Caller) -> (Caller, String) {
    let bolt = world.company("Bolt", "partner");
    let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
    let offer = acme.post("/v1/partnerships", offer, 201);
    (bolt, format!("/v1/partnerships/{}", offer["id"].as_str().unwrap()))
}

#[test]
fn a_company_is_edited_field_by_field() {
    in_a_world(|world| {
        let (acme, path) = acme(world);
        let fresh = acme.get(&path, 200);
        assert_eq!((&fresh["name"], &fresh["kind"]), (&json!("Acme"), &json!("brand")));
        assert_eq!((&fresh["currency"], &fresh["time_zone"]), (&json!("USD"), &json!("UTC")));
        assert_eq!((&fresh["plan"], &fresh["status"]), (&json!("standard"), &json!("active")));
        world.travel("2026-03-10T12:10:00Z");

        let patch = json!({
            "name": "Acme Ltd", "kind": "agency", "website": "https://shop.acme.co.uk/sale",
            "contact": { "email": "hello@acme.example", "phone": "020 7946 0958" },
            "address": { "street": "1 High St", "city": "London", "country": "GB" },
            "time_zone": "Europe/London", "currency": "GBP",
        });
        let after = acme.patch(&path, patch.clone(), 200);
        for field in ["name", "kind", "website", "time_zone", "currency"] {
            assert_eq!(after[field], patch[field], "{field}");
        }
        assert_eq!(after["contact"]["phone"], "+442079460958", "as dialled from abroad");
        assert_eq!(after["address"]["city"], "London");
        assert_eq!(after["domain"], "acme.co.uk", "the domain follows the website");
        assert_eq!(after["version"], 2);
        assert_eq!(after["created_at"], fresh["created_at"]);
        assert_eq!(after["updated_at"], "2026-03-10T12:10:00Z");
        assert_eq!(acme.get(&path, 200), after);
    });
}

#[test]
fn what_is_absent_stays_and_what_is_null_is_cleared() {
    in_a_world(|world| {
        let (acme, path) = acme(world);
        let fax = "+4930901820";
        let contact = json!({ "contact": { "email": "hello@acme.example", "fax": fax } });
        let before = acme.patch(&path, contact, 200);
        let after = acme.patch(&path, json!({ "website": null }), 200);
        assert_eq!((&after["website"], &after["domain"]), (&Value::Null, &Value::Null));
        for field in ["name", "kind", "contact", "address", "time_zone", "currency"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        // Contact and address are one thing each.
        let after = acme.patch(&path, json!({ "contact": { "phone": fax } }), 200);
        assert_eq!(after["contact"], json!({ "email": null, "phone": fax, "fax": null }));

        for field in ["name", "kind", "contact", "address", "time_zone", "currency"] {
            let problem = acme.patch(&path, json!({ field: null }), 422);
            assert!(faults(&problem).contains(&format!("/{field} wrong_type")), "{problem}");
        }
        let wrong = json!({ "name": "", "website": "acme", "address": { "country": "Germany" } });
        let problem = acme.patch(&path, wrong, 422);
        let expected = ["/address/country bad_format", "/name too_short", "/website bad_format"];
        assert_eq!(faults(&problem), expected);
        let wrong = json!({
            "contact": { "phone": "030 901820", "fax": "1" },
            "address": { "country": "GB", "postal_code": "10117" },
        });
        let problem = acme.patch(&path, wrong, 422);
        let expected = ["/address/postal_code bad_format", "/contact/fax bad_format"];
        assert_eq!(faults(&problem)[..2], expected);
        assert_eq!(acme.get(&path, 200), after);
    });
}

#[test]
fn nobody_sets_a_plan_a_status_or_a_domain() {
    in_a_world(|world| {
        let (acme, path) = acme(world);
        let before = acme.get(&path, 200);
        for field in ["plan", "status", "domain", "id", "version", "created_at"] {
            let problem = acme.patch(&path, json!({ "name": "New", field: before[field] }), 422);
            assert_eq!(faults(&problem), [format!("/{field} unknown_field")]);
        }
        assert_eq!(acme.get(&path, 200), before);
    });
}

#[test]
fn an_edit_that_is_meant_for_an_older_version_is_refused() {
    in_a_world(|world| {
        let (acme, path) = acme(world);
        let shown = acme.send("GET", &path, &[], b"");
        let seen = shown.header("etag").to_string();
        assert_eq!(seen, "\"1\"");
        let rename = |name: &str, tag: &str, status: u16| {
            let headers = [("If-Match", tag)];
            acme.call("PATCH", &path, &headers, &json!({ "name": name }), status)
        };
        assert_eq!(rename("Second", &seen, 200).header("etag"), "\"2\"");
        assert_eq!(rename("Third", &seen, 412).json()["code"], "stale_version");
        assert_eq!(acme.get(&path, 200)["name"], "Second");
        rename("Third", "*", 200);
    });
}

#[test]
fn a_partner_sees_a_card_from_the_offer_until_the_end() {
    in_a_world(|world| {
        let (acme, path) = acme(world);
        let names = |caller: &Caller| -> Vec<String> {
            let all = caller.all("/v1/companies?limit=1");
            all.iter().map(|company| company["name"].as_str().unwrap().to_string()).collect()
        };
        let (bolt, partnership) = partner(world, &acme);
        let own = acme.get(&path, 200);
        let told = |when: &str| {
            let mut card = bolt.get(&path, 200);
            for hidden in ["currency", "plan", "status", "require_two_factor"] {
                assert!(card[hidden].is_null() && !own[hidden].is_null(), "{when}: {hidden}");
                card[hidden] = own[hidden].clone();
            }
            assert_eq!(card, own, "{when}");
            assert_eq!(names(&acme), ["Acme", "Bolt"], "{when}");
            assert_eq!(names(&bolt), ["Acme", "Bolt"], "{when}");
            let listed = &bolt.all("/v1/companies")[0];
            assert!(listed["plan"].is_null() && listed["status"].is_null(), "{when}: the list");
        };
        told("offered");
        bolt.post(&format!("{partnership}/accept"), json!({}), 200);
        told("active");
        bolt.patch(&path, json!({ "name": "Ours" }), 403);
        let crow = world.company("Crow", "brand");
        assert_eq!(names(&crow), ["Crow"]);
        crow.get(&path, 404);

        acme.post(&format!("{partnership}/end"), json!({ "reason": "enough" }), 200);
        bolt.get(&path, 404);
        assert_eq!((names(&acme), names(&bolt)), (vec!["Acme".into()], vec!["Bolt".into()]));
    });
}

#[test]
fn an_edit_is_told_within_the_company() {
    in_a_world(|world| {
        let (acme, path) = acme(world);
        let (bolt, partnership) = partner(world, &acme);
        bolt.post(&format!("{partnership}/accept"), json!({}), 200);
        acme.patch(&path, json!({ "name": "Acme Ltd" }), 200);
        acme.patch(&path, json!({ "plan": "enterprise" }), 422);
        let edits = |caller: &Caller| -> Vec<Value> {
            let events = caller.all("/v1/events").into_iter();
            events.filter(|event| event["type"] == "company.updated").collect()
        };
        let began = std::time::Instant::now();
        let found = loop {
            // On PostgreSQL an event shows when no older transaction is still open.
            let found = edits(&acme);
            if !found.is_empty() || began.elapsed() > std::time::Duration::from_secs(20) {
                break found;
            }
        };
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["object_id"], acme.company_id());
        assert_eq!(found[0]["sequence"], 2);
        assert_eq!(found[0]["changes"], json!({ "name": ["Acme", "Acme Ltd"] }));
        assert!(found[0]["user_id"].is_string());
        assert!(edits(&bolt).is_empty());
    });
}
