//! What is for a company's own people alone is closed to whoever acts for it: every operation of the
//! document, by what the document says of it.

use std::collections::BTreeMap;

use entente::access::PUBLIC;
use entente::app;
use serde_json::json;

use crate::authorization::{FOR_NO_VERSION, example};
use crate::cast::delegates::{acting, sessions_with, together};
use crate::cast::scene::Scene;
use crate::cast::world::in_a_world;
use crate::openapi::operations;

#[test]
fn the_server_closes_to_delegates_what_the_document_says() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let agency = world.company("Dawn", "agency");
        together(&scene.acme, &agency);
        let delegate = acting(world, &agency, &scene.acme, "company");
        let partner = world.colleague(&scene.bolt, "manager");
        let pair = acting(world, &partner, &scene.acme, "relationship");
        let document = app::document();
        let (mut wrong, mut seen) = (Vec::new(), BTreeMap::<String, usize>::new());
        let mut all = operations(&document);
        all.sort_by_key(|(_, _, operation)| operation["operationId"] == "end_session");
        for (method, path, operation) in all {
            if !path.starts_with("/v1/") || PUBLIC.contains(&path.as_str()) {
                continue;
            }
            let name = operation["operationId"].as_str().expect("a name");
            let open = operation["x-delegated"].as_str().expect("who of delegates may");
            *seen.entry(open.to_string()).or_default() += 1;
            let mut headers = vec![("Content-Type", "application/json")];
            headers.extend(FOR_NO_VERSION.contains(&name).then_some(("If-Match", "\"0\"")));
            let body = example(&operation).to_string();
            let sent = if method == "GET" { "" } else { &body };
            for (caller, reaches) in [(&delegate, "company"), (&pair, "relationship")] {
                let answer = caller.send(&method, &scene.path(&path), &headers, sent.as_bytes());
                let problem = answer.header("Content-Type") == "application/problem+json";
                let code = if problem { answer.json()["code"].clone() } else { json!(null) };
                let closed = open == "never" || (open == "company" && reaches == "relationship");
                let refused = match code.as_str() {
                    Some("not_for_delegates") => true,
                    // What is not of the pair is not there, and within it he would decide for both.
                    Some("not_found" | "conflict_of_interest") => reaches == "relationship",
                    _ => false,
                };
                if refused != closed {
                    wrong.push(format!("{name} is {open}; {reaches}: {} {code}", answer.status));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(seen.values().all(|many| *many > 20) && seen.len() == 3, "{seen:?}");
    });
}

/// The powers that are nobody's but the company's own, by name: a change of the table is a decision.
#[test]
fn nobody_acts_for_another_company_in_what_is_its_own_alone() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        together(&acme, &bolt);
        let dawn = world.company("Dawn", "partner");
        together(&bolt, &dawn);
        let delegate = acting(world, &acme, &bolt, "company");
        // Dawn has granted Bolt the same: nobody goes on from one to the next.
        acting(world, &bolt, &dawn, "company");
        let bolt_is = |part: &str| format!("/v1/companies/{}/{part}", bolt.company_id());
        let key = json!({ "name": "Key", "scopes": ["events:read"] });
        let feed = json!({ "url": "https://1.1.1.1/", "event_types": ["program.*"] });
        let guest = json!({ "email": "guest@example.com", "role": "member" });
        let why = || json!({ "reason": "why" });
        let letters = json!({ "preferences": [] });
        let closed = [
            ("POST", sessions_with(&dawn), why()),
            ("GET", sessions_with(&bolt), json!(null)),
            ("POST", "/v1/auth/switch".into(), json!({ "company_id": acme.company_id() })),
            ("GET", "/v1/sessions".into(), json!(null)),
            ("DELETE", "/v1/sessions".into(), json!(null)),
            ("PATCH", "/v1/me".into(), json!({ "name": "Somebody else" })),
            ("GET", "/v1/users".into(), json!(null)),
            ("POST", "/v1/invitations".into(), guest),
            ("GET", "/v1/api-keys".into(), json!(null)),
            ("POST", "/v1/api-keys".into(), key),
            ("POST", "/v1/webhook-endpoints".into(), feed),
            ("GET", "/v1/webhook-endpoints".into(), json!(null)),
            ("PATCH", bolt_is("profile/tax"), json!({ "tax_id": "12/345" })),
            ("PATCH", bolt_is("profile/contact"), json!({ "fax": "+49 30 901820" })),
            ("POST", bolt_is("suspend"), why()),
            ("POST", bolt_is("deactivate"), why()),
            ("GET", "/v1/audit-log".into(), json!(null)),
            ("GET", "/v1/actions/export.csv".into(), json!(null)),
            ("GET", "/v1/companies/export.csv".into(), json!(null)),
            ("GET", "/v1/notifications".into(), json!(null)),
            ("PUT", "/v1/me/notification-preferences".into(), letters),
            (
                "POST",
                "/v1/reversals".into(),
                json!({ "lines": [{ "order_id": "A", "operation": "approve" }] }),
            ),
        ];
        for (method, path, body) in closed {
            let answer = delegate.call(method, &path, &[], &body, 403);
            assert_eq!(answer.json()["code"], "not_for_delegates", "{method} {path}");
        }
        // The tax is in the profile for those who may see it, which he may not.
        assert_eq!(delegate.get(&bolt_is("profile"), 200)["tax"], json!(null));
        delegate.get("/v1/me", 200);
    });
}
