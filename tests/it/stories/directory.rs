//! The directory: who wants to be found is, by whoever knows the beginning of a name.

use serde_json::{Value, json};

use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world};

/// A company with a name of its own, in the directory or not.
fn named(world: &World, name: &str, listed: bool) -> Caller {
    let company = world.company("Some", "partner");
    company.patch(&format!("/v1/companies/{}", company.company_id()), json!({ "name": name }), 200);
    list(&company, listed);
    company
}

fn list(company: &Caller, listed: bool) {
    let path = format!("/v1/companies/{}/profile/settings", company.company_id());
    company.patch(&path, json!({ "listed": listed }), 200);
}

/// The names that are found, page by page.
fn found(caller: &Caller, query: &str) -> Vec<String> {
    let all = caller.all(&format!("/v1/directory?q={query}"));
    all.iter().map(|one| one["name"].as_str().expect("a name").to_string()).collect()
}

#[test]
fn who_wants_to_be_found_is_found_by_the_beginning_of_a_name() {
    in_a_world(|world| {
        let asking = named(world, "Acme Asking", true);
        let shoes = named(world, "Acme Shoes", true);
        let twice = named(world, "Acme Acmes & Söhne", true);
        named(world, "Acme Hidden", false);
        let suspended = named(world, "Acme Suspended", true);
        let other = named(world, "Shoes of Bolt", true);

        let three = ["Acme Acmes & Söhne", "Acme Shoes", "Acme Suspended"];
        assert_eq!(found(&asking, "acme"), three, "each once, without one's own");
        assert_eq!(found(&asking, "ACME&limit=1"), three);
        assert_eq!(found(&asking, "acme%20sh"), ["Acme Shoes"]);
        assert_eq!(found(&asking, "shoe&limit=1"), ["Acme Shoes", "Shoes of Bolt"]);
        assert_eq!(found(&asking, "sohne"), found(&asking, "S%C3%B6h"));
        assert_eq!(found(&asking, "%25cme"), Vec::<String>::new(), "nothing stands for anything");
        let by_website = ["Acme Shoes", "Acme Acmes & Söhne", "Acme Suspended", "Shoes of Bolt"];
        assert_eq!(found(&asking, "some&limit=3"), by_website);

        let card = asking.get("/v1/directory?q=shoes%20of", 200)["data"][0].clone();
        let expected = json!({
            "id": other.company_id(), "name": "Shoes of Bolt", "kind": "partner",
            "website": "https://Some.example", "domain_verified": false, "logo": null,
            "country": null, "promotional_methods": [],
        });
        assert_eq!(card, expected);
        // What is found can be offered a partnership, and is still no card.
        asking.get(&format!("/v1/companies/{}", other.company_id()), 404);
        let offer = json!({ "partner_company_id": other.company_id(), "message": "Hello" });
        asking.post("/v1/partnerships", offer, 201);

        let suspend = format!("/v1/companies/{}/suspend", suspended.company_id());
        suspended.post(&suspend, json!({ "reason": "why" }), 200);
        let gone = format!("/v1/companies/{}/deactivate", twice.company_id());
        twice.post(&gone, json!({ "reason": "why" }), 200);
        assert_eq!(found(&asking, "acme"), ["Acme Shoes"], "who takes part");
        let path = format!("/v1/companies/{}", shoes.company_id());
        shoes.patch(&path, json!({ "name": "Boots", "website": null }), 200);
        assert_eq!(found(&asking, "acme"), Vec::<String>::new());
        assert_eq!(found(&asking, "boo"), ["Boots"]);
        list(&shoes, false);
        assert_eq!(found(&asking, "boo"), Vec::<String>::new());
    });
}

#[test]
fn a_search_says_enough_and_is_a_persons() {
    in_a_world(|world| {
        let acme = named(world, "Acme", true);
        let refused = |query: &str| -> Vec<String> {
            faults(&acme.get(&format!("/v1/directory{query}"), 422))
        };
        assert_eq!(refused(""), ["q missing_field"]);
        for little in ["?q=", "?q=ab", "?q=a-b", "?q=%25%25%25%25", "?q=%20%20%20"] {
            assert_eq!(refused(little), ["q too_short"], "{little}");
        }
        assert_eq!(refused(&format!("?q={}", "x".repeat(201))), ["q too_long"]);
        assert_eq!(refused("?q=acme&limit=51"), ["limit out_of_range"]);
        assert_eq!(refused("?q=acme&all=true"), ["all unknown_parameter"]);
        // ["bolt", an id]
        let id = acme.company_id();
        let cursor = |phrase: &str| {
            use base64::Engine;
            use base64::engine::general_purpose::URL_SAFE_NO_PAD;
            URL_SAFE_NO_PAD.encode(json!([phrase, id]).to_string())
        };
        for other in ["bolt", "acme\0"] {
            let query = format!("?q=acme&cursor={}", cursor(other));
            assert_eq!(refused(&query), ["cursor bad_cursor"], "{other:?}");
        }
        let key = json!({ "name": "Key", "scopes": ["companies:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", key, 201));
        let problem: Value = key.get("/v1/directory?q=acme", 403);
        assert_eq!(problem["code"], "key_not_allowed");
    });
}
