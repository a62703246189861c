//! A company keeps its people: enters, finds and edits them, and notes that they leave and return.

use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

/// Somebody of a company.
pub fn person(of: &Caller, first: &str, last: &str) -> String {
    let email = format!("{first}@example.com").to_lowercase();
    let body = json!({ "first_name": first, "last_name": last, "email": email });
    id(&of.post("/v1/people", body, 201))
}

/// The first names of a list.
pub fn names(of: &Caller, path: &str) -> Vec<String> {
    let name = |one: &Value| one["first_name"].as_str().expect("a name").to_string();
    of.all(path).iter().map(name).collect()
}

#[test]
fn a_person_is_entered_shown_and_edited() {
    in_a_world(|world| {
        let (acme, crow) = (world.company("Acme", "brand"), world.company("Crow", "brand"));
        let body = json!({
            "first_name": "Ada", "last_name": "Lovelace", "email": "ada@acme.example",
            "title": "Buyer", "phone": "+49 (0)30 / 90 18 20",
        });
        let entered = acme.call("POST", "/v1/people", &[], &body, 201);
        let ada = entered.json();
        let path = format!("/v1/people/{}", id(&ada));
        assert_eq!(entered.header("Location"), path);
        assert_eq!((&ada["phone"], &ada["active"]), (&json!("+4930901820"), &json!(true)));
        assert_eq!((&ada["user_id"], &ada["left_at"]), (&Value::Null, &Value::Null));
        assert_eq!(acme.get(&path, 200), ada);

        // A number without a country's code is one of the country where the company is.
        let national = json!({ "phone": "030 901821", "title": null });
        assert_eq!(faults(&acme.patch(&path, national.clone(), 422)), ["/phone bad_format"]);
        let company = format!("/v1/companies/{}", acme.company_id());
        acme.patch(&company, json!({ "address": { "country": "DE" } }), 200);
        let edited = acme.patch(&path, national.clone(), 200);
        let what = [&edited["phone"], &edited["title"], &edited["version"]];
        assert_eq!(what, [&json!("+4930901821"), &Value::Null, &json!(2)]);
        assert_eq!(acme.patch(&path, national, 200)["version"], 2, "nothing is new");
        let stale = [("If-Match", "\"1\"")];
        acme.call("PATCH", &path, &stale, &json!({ "title": "Buyer" }), 412);

        // Nobody else knows that there is such a person.
        crow.get(&path, 404);
        crow.patch(&path, json!({ "title": "Spy" }), 404);
        for verb in ["leave", "return"] {
            crow.post(&format!("{path}/{verb}"), json!({}), 404);
        }
        assert_eq!(crow.all("/v1/people").len(), 0);
    });
}

#[test]
fn all_that_is_wrong_with_a_person_is_told_at_once() {
    in_a_world(|world| {
        let (acme, crow) = (world.company("Acme", "brand"), world.company("Crow", "brand"));
        let stranger = crow.get("/v1/me", 200)["user"]["id"].clone();
        let own = acme.get("/v1/me", 200)["user"]["id"].clone();
        let wrong = json!({ "first_name": "", "email": "ada", "phone": "1", "mobile": "2" });
        let expected = [
            "/email bad_format",
            "/first_name too_short",
            "/last_name missing_field",
            "/mobile unknown_field",
        ];
        assert_eq!(faults(&acme.post("/v1/people", wrong, 422)), expected);
        let ada = |user: &Value, phone: &str| {
            json!({
                "first_name": "Ada", "last_name": "Lovelace", "email": "ada@acme.example",
                "user_id": user, "phone": phone,
            })
        };
        // Another company's user is as unknown as one that never was.
        for user in [stranger, json!("usr_01k5h2v7xnf8rtq3m9bcw4ze6a")] {
            let both = acme.post("/v1/people", ada(&user, "+49 1"), 422);
            assert_eq!(faults(&both), ["/phone bad_format", "/user_id unknown_user"]);
        }
        let phone = "+1 650 253 0000";
        let linked = acme.post("/v1/people", ada(&own, phone), 201);
        assert_eq!((&linked["user_id"], &linked["phone"]), (&own, &json!("+16502530000")));
        let again = acme.post("/v1/people", ada(&own, phone), 409);
        assert_eq!(again["code"], "user_already_linked");
        let eve = format!("/v1/people/{}", person(&acme, "Eve", "Smith"));
        let problem = acme.patch(&eve, json!({ "user_id": own }), 409);
        assert_eq!(problem["code"], "user_already_linked");
        acme.patch(&format!("/v1/people/{}", id(&linked)), json!({ "user_id": null }), 200);
        assert_eq!(acme.patch(&eve, json!({ "user_id": own }), 200)["user_id"], own);
    });
}

#[test]
fn people_are_found_by_what_they_are_called_and_whether_they_are_there() {
    in_a_world(|world| {
        let (acme, crow) = (world.company("Acme", "brand"), world.company("Crow", "brand"));
        let [ada, jorg, _] =
            [("Ada", "Lovelace"), ("Jörg", "O_Neil"), ("Mary", "100%")].map(|(first, last)| {
                let body =
                    json!({ "first_name": first, "last_name": last, "email": "x@acme.example" });
                id(&acme.post("/v1/people", body, 201))
            });
        person(&crow, "Zoe", "Crow");
        acme.patch(&format!("/v1/people/{ada}"), json!({ "title": "Countess" }), 200);
        assert_eq!(names(&acme, "/v1/people?limit=1"), ["Mary", "Jörg", "Ada"]);
        for (q, found) in [
            ("LOVE", vec!["Ada"]),
            ("ada%20love", vec!["Ada"]),
            ("countess", vec!["Ada"]),
            ("j%C3%96RG", vec!["Jörg"]),
            ("X@ACME", vec!["Mary", "Jörg", "Ada"]),
            // What means something in a pattern is only a letter here.
            ("%25", vec!["Mary"]),
            ("o_n", vec!["Jörg"]),
            ("a_a", vec![]),
            ("%5C", vec![]),
            ("zoe", vec![]),
        ] {
            assert_eq!(names(&acme, &format!("/v1/people?q={q}")), found, "{q}");
        }
        let leave = format!("/v1/people/{jorg}/leave");
        let left = acme.post(&leave, json!({}), 200);
        assert_eq!((&left["active"], &left["left_at"]), (&json!(false), &json!(world.now())));
        assert_eq!(acme.post(&leave, json!({}), 200), left, "nobody leaves twice");
        assert_eq!(names(&acme, "/v1/people?active=true"), ["Mary", "Ada"]);
        assert_eq!(names(&acme, "/v1/people?active=false"), ["Jörg"]);
        assert_eq!(names(&acme, "/v1/people?active=false&q=ada"), [""; 0]);
        let back = acme.post(&format!("/v1/people/{jorg}/return"), json!({}), 200);
        assert_eq!((&back["active"], &back["version"]), (&json!(true), &json!(3)));
        let long = format!("/v1/people?q={}", "a".repeat(201));
        assert_eq!(faults(&acme.get(&long, 422)), ["q too_long"]);
    });
}
