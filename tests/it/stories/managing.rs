//! A company is managed by another one that it lets do so: its profile, its status.

mod statuses;

use serde_json::{Value, json};

use super::audit::log;
use crate::cast::deal::shown;
use crate::cast::delegates::{acting, together};
use crate::cast::grants::grant;
use crate::cast::http::{Caller, faults};
use crate::cast::letters::letters_about;
use crate::cast::world::{World, in_a_world};

/// The path of something of a company.
pub fn of(company: &Caller, part: &str) -> String {
    format!("/v1/companies/{}{part}", company.company_id())
}

/// Takes back what a company grants in a partnership.
pub fn revoked(partnership: &str, by: &Caller, kind: &str) {
    let body = json!({ "reason": "We do this ourselves now." });
    by.call("DELETE", &format!("{partnership}/grants/{kind}"), &[], &body, 204);
}

/// An agency and a partner who work together, with the path of that.
fn two(world: &World) -> (Caller, Caller, String) {
    let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
    let partnership = together(&acme, &bolt);
    (acme, bolt, partnership)
}

const SECTIONS: [(&str, &str); 5] = [
    ("contact", "contact"),
    ("address", "address"),
    ("tax", "tax"),
    ("promotional_methods", "promotional-methods"),
    ("settings", "settings"),
];

/// A change of each section that is one.
fn change(section: &str) -> Value {
    match section {
        "contact" => json!({ "email": "hello@bolt.example" }),
        "address" => json!({ "city": "Berlin", "country": "DE" }),
        "tax" => json!({ "country": "DE", "vat_id": "DE136695976" }),
        "promotional_methods" => json!({ "methods": [{ "method": "social" }] }),
        _ => json!({ "language": "de", "listed": true }),
    }
}

#[test]
fn without_the_grant_a_profile_is_closed_as_ever() {
    in_a_world(|world| {
        let (acme, bolt, _) = two(world);
        let crow = world.company("Crow", "agency");
        // Other grants, and that of the other direction, open nothing here.
        grant(world, &bolt, &acme, "manage_status", None);
        grant(world, &acme, &bolt, "manage_profile", Some("profile_and_tax"));
        for (who, status, code) in [(&acme, 403, "forbidden"), (&crow, 404, "not_found")] {
            assert_eq!(who.get(&of(&bolt, "/profile"), status)["code"], code);
            for (name, path) in SECTIONS {
                let path = of(&bolt, &format!("/profile/{path}"));
                assert_eq!(who.patch(&path, change(name), status)["code"], code, "{name}");
            }
        }
        grant(world, &bolt, &acme, "manage_profile", Some("profile"));
        acme.get(&of(&bolt, "/profile"), 200);
        // What is no section stays the company's own.
        assert_eq!(acme.patch(&of(&bolt, ""), json!({ "name": "X" }), 403)["code"], "forbidden");
        crow.get(&of(&bolt, "/profile"), 404);
    });
}

#[test]
fn whoever_is_let_edits_a_profile_by_the_rules_of_its_own_people() {
    in_a_world(|world| {
        let (acme, bolt, partnership) = two(world);
        grant(world, &bolt, &acme, "manage_profile", Some("profile"));
        let profile = of(&bolt, "/profile");
        let seen = acme.get(&profile, 200);
        assert!(seen["tax"].is_null(), "{seen}");
        let mut own = bolt.get(&profile, 200);
        own["tax"] = Value::Null;
        assert_eq!(seen, own, "all but the tax is as its own people see it");

        for (name, path) in SECTIONS.into_iter().filter(|(name, _)| *name != "tax") {
            let path = format!("{profile}/{path}");
            let at = |version: &str, status| {
                acme.call("PATCH", &path, &[("If-Match", version)], &change(name), status)
            };
            let edited = at("\"1\"", 200);
            assert_eq!((&edited.json()["version"], edited.header("ETag")), (&json!(2), "\"2\""));
            at("\"1\"", 412);
            assert_eq!(bolt.get(&profile, 200)[name], edited.json(), "{name}");
        }
        let problem = acme.patch(&format!("{profile}/address"), json!({ "country": "XX" }), 422);
        assert_eq!(faults(&problem).len(), 1, "{problem}");

        // The tax takes its level, and is nowhere without.
        let tax = format!("{profile}/tax");
        assert_eq!(acme.patch(&tax, change("tax"), 403)["code"], "grant_level_too_low");
        grant(world, &bolt, &acme, "manage_profile", Some("profile_and_tax"));
        let edited = acme.patch(&tax, change("tax"), 200);
        assert_eq!(edited, acme.patch(&tax, change("tax"), 200), "it is so already");
        let about = "The tax details of Bolt were changed";
        let letters = letters_about(&world.outbox(), about, 1);
        assert!(letters[0].text.contains("Acme, which Bolt lets manage its profile"));
        assert_eq!(edited["unconfirmed_since"], "2026-03-10T12:00:00Z");
        assert_eq!((&acme.get(&profile, 200)["tax"], &edited["version"]), (&edited, &json!(2)));

        // Roles are those of one's own company, and a key reads what is not the tax.
        let viewer = world.colleague(&acme, "viewer");
        let read = viewer.get(&profile, 200);
        assert_eq!((&read["tax"], &read["contact"]["editable"]), (&Value::Null, &json!(false)));
        let refused = world.colleague(&acme, "manager").patch(
            &format!("{profile}/contact"),
            change("contact"),
            403,
        );
        assert_eq!(refused["code"], "role_too_low");
        let key = json!({ "name": "Key", "scopes": ["companies:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", key, 201));
        assert!(key.get(&profile, 200)["tax"].is_null());
        let refused = key.patch(&format!("{profile}/contact"), change("contact"), 403);
        assert_eq!(refused["code"], "key_not_allowed");

        // An owner confirms what was said for the company, by saying nothing else; an admin does not.
        let admin = world.colleague(&bolt, "admin");
        assert_eq!(admin.patch(&tax, json!({}), 200)["unconfirmed_since"], "2026-03-10T12:00:00Z");
        let confirmed = bolt.patch(&tax, json!({}), 200);
        assert_eq!(
            (&confirmed["unconfirmed_since"], &confirmed["version"]),
            (&Value::Null, &json!(3))
        );
        assert_eq!(confirmed["vat_id"], "DE136695976");
        // Whoever acts for the company that is let was let nothing.
        let dawn = world.company("Dawn", "agency");
        together(&dawn, &acme);
        let delegate = acting(world, &dawn, &acme, "company");
        assert_eq!(delegate.get(&profile, 403)["code"], "not_for_delegates");

        // Taken back, it is closed at the next request.
        revoked(&partnership, &bolt, "manage_profile");
        assert_eq!(acme.get(&profile, 403)["code"], "forbidden");
        acme.patch(&format!("{profile}/contact"), change("contact"), 403);
    });
}

#[test]
fn both_companies_read_who_managed_what() {
    in_a_world(|world| {
        let (acme, bolt, _) = two(world);
        grant(world, &bolt, &acme, "manage_profile", Some("profile"));
        let me = acme.get("/v1/me", 200)["user"].clone();
        acme.patch(&of(&bolt, "/profile/contact"), change("contact"), 200);

        let told = shown(1, || bolt.all("/v1/events?type=company.updated"));
        assert_eq!((&told[0]["user_id"], &told[0]["delegate_user_id"]), (&Value::Null, &me["id"]));
        assert_eq!(told[0]["acted_by"], "user");
        assert!(acme.all("/v1/events?type=company.updated").is_empty(), "it is Bolt's own");

        let theirs = &log(&bolt, "type=company.updated&delegated=true")[0];
        assert_eq!(theirs["delegate"], json!({ "id": me["id"], "name": me["name"] }));
        let company = json!({ "id": acme.company_id(), "name": "Acme" });
        assert_eq!(theirs["delegate_company"], company);
        assert_eq!((&theirs["user"], &theirs["session_id"]), (&Value::Null, &Value::Null));
        assert_ne!(theirs["changes"], json!({}));
        let ours = &log(&acme, "type=company.updated")[0];
        assert_eq!(ours["user"], json!({ "id": me["id"], "name": me["name"] }));
        assert_eq!(ours["on_behalf_of"], json!({ "id": bolt.company_id(), "name": "Bolt" }));
        assert_eq!(ours["object_id"], bolt.company_id());
        assert_eq!(ours["changes"], json!({}), "what changed there is in the other log");
    });
}

#[test]
fn the_list_of_companies_says_what_may_be_managed() {
    in_a_world(|world| {
        let (acme, bolt, partnership) = two(world);
        let allowed = |caller: &Caller| {
            let rows = caller.all("/v1/companies");
            let row = rows.iter().find(|row| row["name"] == "Bolt").expect("Bolt");
            row["allowed"].as_array().expect("commands").clone()
        };
        let has = |caller: &Caller, what: &str| allowed(caller).contains(&json!(what));
        assert!(!has(&acme, "edit_profile") && !has(&acme, "suspend"));
        grant(world, &bolt, &acme, "manage_profile", Some("profile"));
        assert!(has(&acme, "edit_profile") && !has(&acme, "suspend"));
        grant(world, &bolt, &acme, "manage_status", None);
        assert!(has(&acme, "suspend") && has(&acme, "reactivate"));
        let admin = world.colleague(&acme, "admin");
        assert!(has(&admin, "edit_profile") && !has(&admin, "suspend"), "owners suspend");
        revoked(&partnership, &bolt, "manage_profile");
        assert!(!has(&acme, "edit_profile") && has(&acme, "suspend"));
    });
}
