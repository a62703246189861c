//! A company's profile: read and edited section by section, each by its own version.

use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::deal::shown;
use crate::cast::http::{Caller, faults};
use crate::cast::tables::texts;
use crate::cast::world::in_a_world;

fn path(of: &Caller, section: &str) -> String {
    let section = if section.is_empty() { String::new() } else { format!("/{section}") };
    format!("/v1/companies/{}/profile{section}", of.company_id())
}

/// PATCH of a section in the version that was seen.
fn edited(caller: &Caller, section: &str, version: i64, body: Value, status: u16) -> Value {
    let tag = format!("\"{version}\"");
    let answer = caller.call("PATCH", &path(caller, section), &[("If-Match", &tag)], &body, status);
    let told = answer.json();
    if status == 200 {
        assert_eq!(answer.header("ETag"), format!("\"{}\"", told["version"]), "{section}");
    }
    told
}

/// The profile of a company that has not said anything yet, as its administrators see it.
fn empty() -> Value {
    json!({
        "contact": { "version": 1, "editable": true, "email": null, "phone": null, "fax": null },
        "address": {
            "version": 1, "editable": true, "street": null, "city": null, "state": null,
            "postal_code": null, "country": null,
        },
        "tax": {
            "version": 1, "editable": true, "tax_id": null, "entity_type": null,
            "country": null, "vat_id": null, "document_status": "missing",
            "unconfirmed_since": null,
        },
        "promotional_methods": { "version": 1, "editable": true, "methods": [] },
        "settings": {
            "version": 1, "editable": true, "time_zone": "UTC", "currency": "USD",
            "language": null, "listed": false,
        },
        "logo": null,
    })
}

#[test]
fn a_profile_is_edited_section_by_section() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let fresh = acme.get(&path(&acme, ""), 200);
        assert_eq!(fresh, empty());

        let here =
            json!({ "street": "Unter den Linden 1", "postal_code": " 10117", "country": "DE" });
        let address = edited(&acme, "address", 1, here, 200);
        assert_eq!((&address["postal_code"], &address["version"]), (&json!("10117"), &json!(2)));
        let reach = json!({ "email": "hello@acme.example", "phone": "030 / 90 18 20" });
        let contact = edited(&acme, "contact", 1, reach, 200);
        assert_eq!(contact["phone"], "+4930901820", "at home where the address is");
        let tax = json!({
            "tax_id": "29/123/45678", "entity_type": "limited_company", "country": "DE",
            "vat_id": "de 136 695 976", "document_status": "sent",
        });
        let tax = edited(&acme, "tax", 1, tax, 200);
        assert_eq!(tax["vat_id"], "DE136695976");
        let ways = json!([
            { "method": "content", "url": "https://blog.acme.example" },
            { "method": "coupon", "url": null },
        ]);
        let ways = edited(&acme, "promotional-methods", 1, json!({ "methods": ways }), 200);
        assert_eq!(ways["methods"][1], json!({ "method": "coupon", "url": null }));
        let settings = json!({ "time_zone": "Europe/Berlin", "currency": "EUR", "language": "de" });
        let settings = edited(&acme, "settings", 1, settings, 200);

        let all = acme.get(&path(&acme, ""), 200);
        let sections = [
            ("address", &address),
            ("contact", &contact),
            ("tax", &tax),
            ("promotional_methods", &ways),
            ("settings", &settings),
        ];
        sections.iter().for_each(|(name, section)| assert_eq!(&all[name], *section, "{name}"));
        let company = acme.get(&format!("/v1/companies/{}", acme.company_id()), 200);
        assert_eq!(
            (&company["version"], &company["time_zone"]),
            (&json!(6), &json!("Europe/Berlin"))
        );
        assert_eq!(company["contact"]["phone"], "+4930901820");

        // What is absent stays, what is null is taken off; an older version is refused.
        let contact = edited(&acme, "contact", 2, json!({ "phone": null }), 200);
        assert_eq!(
            (&contact["phone"], &contact["email"]),
            (&Value::Null, &json!("hello@acme.example"))
        );
        let late = edited(&acme, "contact", 2, json!({ "email": null }), 412);
        assert_eq!(late["code"], "stale_version");
        // A document that was sent speaks for other values no longer.
        let tax = edited(&acme, "tax", 2, json!({ "vat_id": null }), 200);
        assert_eq!((&tax["document_status"], &tax["vat_id"]), (&json!("missing"), &Value::Null));
        // The other door counts the section that it edits.
        let whole = format!("/v1/companies/{}", acme.company_id());
        acme.patch(&whole, json!({ "name": "Acme", "contact": {} }), 200);
        let all = acme.get(&path(&acme, ""), 200);
        let versions = ["contact", "address", "tax", "promotional_methods", "settings"]
            .map(|name| all[name]["version"].as_i64().unwrap());
        assert_eq!(versions, [4, 2, 3, 2, 2]);
    });
}

#[test]
fn sections_that_are_edited_at_once_do_not_stand_in_each_others_way() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let edits = [
            ("address", json!({ "city": "Berlin" })),
            ("contact", json!({ "email": "hello@acme.example" })),
            ("tax", json!({ "tax_id": "12/345" })),
            ("settings", json!({ "listed": true })),
        ];
        at_once(4, |which| edited(&acme, edits[which].0, 1, edits[which].1.clone(), 200));
        // Of the same section one is first.
        let same = |_| {
            let headers = [("If-Match", "\"2\""), ("Content-Type", "application/json")];
            let body = format!("{{\"city\": \"Bonn {}\"}}", std::process::id());
            acme.send("PATCH", &path(&acme, "address"), &headers, body.as_bytes()).status
        };
        let mut answers = at_once(3, same);
        answers.sort_unstable();
        assert_eq!(answers, [200, 412, 412]);
        assert_eq!(acme.get(&path(&acme, ""), 200)["address"]["version"], 3);
    });
}

#[test]
fn what_does_not_fit_a_section_is_named() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        edited(&acme, "address", 1, json!({ "country": "DE", "postal_code": "10117" }), 200);
        let before = acme.get(&path(&acme, ""), 200);
        let twice = json!({ "methods": [{ "method": "email" }, { "method": "email" }] });
        for (section, body, expected) in [
            (
                "contact",
                json!({ "phone": "1", "fax": "x" }),
                vec!["/fax bad_format", "/phone bad_format"],
            ),
            ("contact", json!({ "email": "nobody" }), vec!["/email bad_format"]),
            ("contact", json!({ "phone": "" }), vec!["/phone too_short"]),
            ("address", json!({ "country": "UK" }), vec!["/country bad_format"]),
            ("address", json!({ "country": "GB" }), vec!["/postal_code bad_format"]),
            ("address", json!({ "postal_code": "1011" }), vec!["/postal_code bad_format"]),
            ("tax", json!({ "vat_id": "136695976" }), vec!["/vat_id bad_format"]),
            ("tax", json!({ "vat_id": "DE136695977" }), vec!["/vat_id bad_check_digit"]),
            (
                "tax",
                json!({ "document_status": null }),
                vec!["/document_status unknown_value", "/document_status wrong_type"],
            ),
            (
                "tax",
                json!({ "entity_type": "club", "tax_id": "?" }),
                vec!["/entity_type unknown_value", "/tax_id bad_format"],
            ),
            ("tax", json!({ "plan": "enterprise" }), vec!["/plan unknown_field"]),
            ("promotional-methods", twice, vec!["/methods/1/method duplicate"]),
            (
                "promotional-methods",
                json!({ "methods": [{ "method": "luck", "url": "x" }] }),
                vec!["/methods/0/method unknown_value", "/methods/0/url bad_format"],
            ),
            (
                "settings",
                json!({ "language": "english" }),
                vec!["/language bad_format", "/language too_long"],
            ),
            (
                "settings",
                json!({ "language": "xx", "currency": null }),
                vec!["/currency wrong_type", "/language bad_format"],
            ),
            (
                "settings",
                json!({ "version": 7, "listed": "yes" }),
                vec!["/listed wrong_type", "/version unknown_field"],
            ),
        ] {
            let found = faults(&acme.patch(&path(&acme, section), body.clone(), 422));
            assert_eq!(found, expected, "{section} {body}");
        }
        assert_eq!(acme.get(&path(&acme, ""), 200), before);
    });
}

/// Everything that somebody can read of the company, as one text.
fn readable(caller: &Caller, doors: &[String]) -> String {
    let answers = doors.iter().map(|door| caller.send("GET", door, &[], b"").text);
    answers.collect::<Vec<_>>().join("\n")
}

/// What a partner sees of Acme.
fn is_a_public_card(card: &Value) {
    assert_eq!(card["domain_verified"], false);
    assert_eq!(card["contact"]["email"], "hello@acme.example");
    let mut fields: Vec<_> = card.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let expected = [
        "address",
        "contact",
        "created_at",
        "currency",
        "domain",
        "domain_verified",
        "id",
        "kind",
        "logo",
        "name",
        "plan",
        "require_two_factor",
        "status",
        "time_zone",
        "updated_at",
        "version",
        "website",
        "your_account_owner",
    ];
    assert_eq!(fields, expected);
    let hidden = ["plan", "status", "currency", "require_two_factor"];
    assert!(hidden.iter().all(|hidden| card[*hidden].is_null()));
}

#[test]
fn what_is_for_the_tax_office_is_told_to_nobody_else() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        acme.post("/v1/partnerships", offer, 201);
        let said = json!({ "tax_id": "29/123/45678", "vat_id": "DE136695976" });
        edited(&acme, "tax", 1, said, 200);
        edited(&acme, "contact", 1, json!({ "email": "hello@acme.example" }), 200);

        let own = path(&acme, "");
        let admin = world.colleague(&acme, "admin");
        assert_eq!(admin.get(&own, 200)["tax"]["tax_id"], "29/123/45678");
        for role in ["viewer", "member", "manager"] {
            let profile = world.colleague(&acme, role).get(&own, 200);
            assert_eq!(
                (&profile["tax"], &profile["contact"]["editable"]),
                (&Value::Null, &json!(false))
            );
        }
        let scopes: Vec<_> = entente::access::Scope::ALL.iter().map(|it| it.as_str()).collect();
        let key = world.caller(&acme.post(
            "/v1/api-keys",
            json!({ "name": "All", "scopes": scopes }),
            201,
        ));
        assert_eq!(key.get(&own, 200)["tax"], Value::Null);

        // Events and the audit log say that it was edited, and no value.
        let edits = || {
            let events = acme.all("/v1/events?type=company.updated");
            events.into_iter().map(|event| event["changes"].clone()).collect::<Vec<_>>()
        };
        let told = shown(2, edits);
        assert_eq!(told[0], json!({ "tax": [1, 2] }));
        assert_eq!(told[1]["contact"][1]["email"], "hello@acme.example");
        let company = format!("/v1/companies/{}", acme.company_id());
        let of_all: Vec<String> = [
            &company,
            "/v1/companies",
            "/v1/events?limit=200",
            "/v1/audit-log?limit=200",
            "/v1/me",
        ]
        .map(String::from)
        .into();
        for caller in [&acme, &key, &bolt] {
            let all = readable(caller, &of_all);
            assert!(!all.contains("136695976") && !all.contains("45678"), "{all}");
        }
        let kept = texts(world, "SELECT vat_id AS text FROM company_tax");
        assert_eq!(kept, ["DE136695976"]);

        // A partner has the card, and a stranger nothing.
        bolt.get(&own, 403);
        bolt.patch(&path(&acme, "contact"), json!({ "email": null }), 403);
        world.company("Crow", "brand").get(&own, 404);
        is_a_public_card(&bolt.get(&company, 200));
    });
}
