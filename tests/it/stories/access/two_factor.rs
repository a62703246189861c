//! A second factor: codes of an app beside the password.

use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::authenticator::Authenticator;
use crate::cast::deal::told_of;
use crate::cast::http::{Caller, faults};
use crate::cast::letters::letters_about;
use crate::cast::tables::Stored;
use crate::cast::world::{World, in_a_world};

const PASSWORD: &str = "correct horse battery";
const FACTOR: &str = "/v1/me/two-factor";

/// Signs Acme's owner in, with something beside the password.
fn login(world: &World, more: Value, status: u16) -> Value {
    let mut body = json!({ "email": "acme0@example.com", "password": PASSWORD });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.nobody().post("/v1/auth/login", body, status)
}

fn codes(answer: &Value) -> Vec<String> {
    let codes = answer["recovery_codes"].as_array().expect("codes").iter();
    codes.map(|code| code.as_str().expect("a code").to_string()).collect()
}

#[test]
fn a_second_factor_is_enrolled_confirmed_and_asked_for() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let other = world.again(&acme);
        let none = json!({
            "enabled": false, "enabled_at": null, "recovery_codes_left": 0, "required": false,
        });
        assert_eq!(acme.get(FACTOR, 200), none);
        let confirm = |code: &str, status| {
            acme.post("/v1/me/two-factor/confirm", json!({ "code": code }), status)
        };
        assert_eq!(confirm("123456", 409)["code"], "two_factor_not_enrolled");
        let problem = acme.post(FACTOR, json!({ "password": "not the password" }), 422);
        assert_eq!(faults(&problem), ["/password password_wrong"]);

        let first = acme.post(FACTOR, json!({ "password": PASSWORD }), 200);
        let begun = acme.post(FACTOR, json!({ "password": PASSWORD }), 200);
        assert_ne!(first["secret"], begun["secret"], "another one each time");
        let uri = begun["otpauth_uri"].as_str().unwrap();
        let expected = format!("?secret={}&", begun["secret"].as_str().unwrap());
        assert!(uri.starts_with("otpauth://totp/Entente:acme0%40example.com"), "{uri}");
        assert!(uri.contains(&expected), "{uri}");
        login(world, json!({}), 200);

        let app = Authenticator::of(&begun);
        let stale = Authenticator::of(&first).code(world);
        assert_eq!(faults(&confirm(&stale, 422)), ["/code code_wrong"]);
        assert_eq!(codes(&confirm(&app.code(world), 200)).len(), 10);
        assert_eq!(confirm(&app.code(world), 409)["code"], "two_factor_enabled");
        let again = acme.post(FACTOR, json!({ "password": PASSWORD }), 409);
        assert_eq!(again["code"], "two_factor_enabled");
        other.get("/v1/me", 401);
        let state = acme.get(FACTOR, 200);
        assert_eq!((&state["enabled"], &state["recovery_codes_left"]), (&json!(true), &json!(10)));

        assert_eq!(login(world, json!({}), 401)["code"], "two_factor_required");
        world.pass(30);
        login(world, json!({ "code": app.code(world) }), 200);
        let letter = &letters_about(&world.outbox(), "Signing in takes a code now", 1)[0];
        assert_eq!(letter.header("To"), "acme0@example.com");
        let told = told_of("user.", &acme, 1);
        assert_eq!(told[0]["type"], "user.two_factor_enabled");
        assert_eq!(told[0]["changes"], json!({}));
    });
}

#[test]
fn a_code_counts_once_and_in_the_steps_beside_its_own() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (app, _) = Authenticator::enabled(world, &acme);
        let invalid = |code: String| {
            assert_eq!(login(world, json!({ "code": code }), 401)["code"], "two_factor_invalid");
        };
        invalid(app.code(world));
        invalid(app.code_in(world, 2));
        login(world, json!({ "code": app.code_in(world, 1) }), 200);
        invalid(app.code_in(world, 1));
        world.pass(30);
        invalid(app.code(world));
        world.pass(60);
        invalid(app.code_in(world, -2));
        login(world, json!({ "code": app.code_in(world, -1) }), 200);

        // Of several who show one code at the same moment one is let in.
        world.pass(60);
        let shown = json!({
            "email": "acme0@example.com", "password": PASSWORD, "code": app.code(world),
        })
        .to_string();
        let headers = [("Content-Type", "application/json")];
        let mut answers = at_once(4, |_| {
            let answer = world.nobody().send("POST", "/v1/auth/login", &headers, shown.as_bytes());
            answer.status
        });
        answers.sort_unstable();
        assert_eq!(answers, [200, 401, 401, 401]);
    });
}

#[test]
fn recovery_codes_stand_in_each_once_and_can_be_renewed() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (app, codes_then) = Authenticator::enabled(world, &acme);
        let spoken = codes_then[0].to_uppercase().replace('-', " ");
        login(world, json!({ "recovery_code": spoken }), 200);
        let again = login(world, json!({ "recovery_code": codes_then[0] }), 401);
        assert_eq!(again["code"], "two_factor_invalid");
        let both = json!({ "recovery_code": codes_then[1], "code": app.code(world) });
        assert_eq!(faults(&login(world, both, 422)), [" one_of_fields"]);
        assert_eq!(acme.get(FACTOR, 200)["recovery_codes_left"], 9);
        let letter = &letters_about(&world.outbox(), "A recovery code was used", 1)[0];
        assert!(letter.text.contains("There are 9 left"), "{}", letter.text);

        world.pass(30);
        let renew =
            |body: Value, status| acme.post("/v1/me/two-factor/recovery-codes", body, status);
        let neither = renew(json!({ "password": PASSWORD }), 422);
        assert_eq!(faults(&neither), [" one_of_fields"]);
        let wrong = renew(json!({ "password": PASSWORD, "code": "000000" }), 422);
        assert_eq!(faults(&wrong), ["/code code_wrong"]);
        let now = codes(&renew(json!({ "password": PASSWORD, "code": app.code(world) }), 200));
        assert!(now.len() == 10 && !now.contains(&codes_then[1]));
        login(world, json!({ "recovery_code": codes_then[1] }), 401);
        login(world, json!({ "recovery_code": now[1] }), 200);
        let types: Vec<Value> =
            told_of("user.", &acme, 4).into_iter().map(|event| event["type"].clone()).collect();
        let (used, renewed) = ("user.recovery_code_used", "user.recovery_codes_renewed");
        assert_eq!(types, ["user.two_factor_enabled", used, renewed, used]);

        let stored = Stored::in_world(world);
        assert!(stored.holds(b"acme0@example.com"), "this looks in the wrong place");
        assert!(!stored.holds(app.secret()), "the secret stands in a table");
        for code in &now {
            let plain = code.replace('-', "");
            assert!(!stored.holds(code.as_bytes()) && !stored.holds(plain.as_bytes()));
        }
    });
}

#[test]
fn a_second_factor_is_taken_off_by_whoever_has_both() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let disable = |body: Value, status| acme.post("/v1/me/two-factor/disable", body, status);
        let proof = |code: &str| json!({ "password": PASSWORD, "code": code });
        assert_eq!(disable(proof("123456"), 409)["code"], "two_factor_not_enabled");
        let (app, _) = Authenticator::enabled(world, &acme);
        world.pass(30);
        let code = app.code(world);
        let other = json!({ "password": "not the password", "code": code });
        assert_eq!(faults(&disable(other, 422)), ["/password password_wrong"]);
        assert_eq!(faults(&disable(proof("000000"), 422)), ["/code code_wrong"]);
        disable(proof(&code), 204);
        login(world, json!({}), 200);
        // Who has none is not asked for what is shown.
        login(world, json!({ "code": "000000" }), 200);
        let state = acme.get(FACTOR, 200);
        assert_eq!((&state["enabled"], &state["recovery_codes_left"]), (&json!(false), &json!(0)));
        letters_about(&world.outbox(), "Signing in takes no code any more", 1);
        assert_eq!(told_of("user.", &acme, 2)[1]["type"], "user.two_factor_disabled");
        Authenticator::enabled(world, &acme);
    });
}

/// What a session without a second factor may do.
fn held(person: &Caller) {
    for path in ["/v1/companies", "/v1/programs", "/v1/events", "/v1/notifications"] {
        assert_eq!(person.get(path, 403)["code"], "two_factor_enrolment_required", "{path}");
    }
    person.get("/v1/me", 200);
    person.patch("/v1/me", json!({ "name": "Ada" }), 200);
}

#[test]
fn a_company_may_ask_its_people_for_a_second_factor() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let member = world.colleague(&acme, "member");
        let path = format!("/v1/companies/{}", acme.company_id());
        let body = json!({ "name": "Feed", "scopes": ["companies:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", body, 201));
        let require = json!({ "require_two_factor": true });
        assert_eq!(member.patch(&path, require.clone(), 403)["code"], "role_too_low");
        assert_eq!(acme.get(&path, 200)["require_two_factor"], false);
        assert_eq!(acme.patch(&path, require, 200)["require_two_factor"], true);

        for person in [&acme, &member, &world.again(&member)] {
            held(person);
            assert_eq!(person.get(FACTOR, 200)["required"], true);
        }
        // Keys go on, and so does everybody elsewhere.
        key.get("/v1/companies", 200);
        let own = json!({ "email": member.email, "password": PASSWORD });
        let own = world.caller(&world.nobody().post("/v1/auth/login", own, 200));
        own.get("/v1/programs", 200);

        let (app, _) = Authenticator::enabled(world, &member);
        member.get("/v1/companies", 200);
        world.pass(30);
        let proof = json!({ "password": PASSWORD, "code": app.code(world) });
        member.post("/v1/me/two-factor/disable", proof, 204);
        held(&member);
        member.post("/v1/auth/logout", json!({}), 204);

        Authenticator::enabled(world, &acme);
        let changes = told_of("company.", &acme, 2)[1]["changes"].clone();
        assert_eq!(changes, json!({ "require_two_factor": [false, true] }));
        acme.patch(&path, json!({ "require_two_factor": false }), 200);
        world.again(&member).get("/v1/companies", 200);
    });
}
