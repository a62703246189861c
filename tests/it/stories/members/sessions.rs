//! Where somebody is signed in, who ends that, and the way to another company.

use serde_json::{Value, json};

use super::QUIET;
use crate::cast::deal::id;
use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world_with};

/// Somebody signs in by a program that says what it is.
fn by(world: &World, person: &Caller, agent: &str) -> Value {
    let login = json!({
        "email": person.email, "password": "correct horse battery",
        "company_id": person.company_id(),
    });
    let headers = [("User-Agent", agent)];
    world.nobody().call("POST", "/v1/auth/login", &headers, &login, 200).json()
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

#[test]
fn everybody_sees_and_ends_where_he_is_signed_in() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        world.travel("2026-03-10T12:01:00Z");
        let answer = by(world, &acme, FIREFOX);
        let second = world.caller(&answer);
        world.travel("2026-03-10T12:10:00Z");
        let shown = json!({ "refresh_token": answer["refresh_token"] });
        let headers = [("User-Agent", "curl/8.5.0")];
        let next = world.nobody().call("POST", "/v1/auth/refresh", &headers, &shown, 200).json();
        let all = acme.all("/v1/sessions?limit=1");
        assert_eq!(all.len(), 2);
        let me = acme.get("/v1/me", 200);
        assert_eq!(
            all[0],
            json!({
                "id": all[0]["id"], "user_id": me["user"]["id"],
                "created_at": "2026-03-10T12:01:00Z", "seen_at": "2026-03-10T12:10:00Z",
                "expires_at": "2026-04-09T12:01:00Z", "address": "127.0.0.1", "agent": "curl/8.5.0",
                "current": false,
            })
        );
        assert_eq!(all[1]["current"], true);
        assert_eq!(second.all("/v1/sessions")[0]["current"], true);

        // It ends at once, in all its tokens, and ends once.
        let path = format!("/v1/sessions/{}", id(&all[0]));
        for _ in 0..2 {
            acme.delete(&path, 204);
            second.get("/v1/me", 401);
        }
        let newest = json!({ "refresh_token": next["refresh_token"] });
        world.nobody().post("/v1/auth/refresh", newest, 401);
        assert_eq!(acme.all("/v1/sessions").len(), 1);
        let ended = acme.all("/v1/audit-log?type=session.ended");
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0]["object_id"], all[0]["id"]);
    });
}

#[test]
fn all_others_end_in_every_company_of_the_person() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let both = world.colleague(&acme, "member");
        let [here, mine] = [world.again(&both), world.again(&both)];
        let home = both.get("/v1/me", 200)["memberships"][0]["company_id"].clone();
        let away = world.caller(&here.post("/v1/auth/switch", json!({ "company_id": home }), 200));
        mine.delete("/v1/sessions", 204);
        for dead in [&both, &here, &away] {
            dead.get("/v1/me", 401);
        }
        assert_eq!(mine.all("/v1/sessions").len(), 1);
        // Others are none of his business, and each company of his reads of it.
        bolt.get("/v1/me", 200);
        let user = mine.get("/v1/me", 200)["user"]["id"].clone();
        let told = acme.all("/v1/audit-log?type=user.signed_out");
        assert_eq!((told.len(), &told[0]["object_id"]), (1, &user));
        let home = world.caller(&mine.post("/v1/auth/switch", json!({ "company_id": home }), 200));
        assert_eq!(home.all("/v1/audit-log?type=user.signed_out").len(), 1);
        assert_eq!(bolt.all("/v1/audit-log?type=user.*"), Vec::<Value>::new());
    });
}

#[test]
fn admins_see_to_the_sessions_of_members_who_are_not_above() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let [admin, other, member] =
            ["admin", "admin", "member"].map(|role| world.colleague(&acme, role));
        let user = |caller: &Caller| {
            caller.get("/v1/me", 200)["user"]["id"].as_str().expect("an id").to_string()
        };
        let sessions = |of: &Caller| format!("/v1/sessions?user_id={}", user(of));
        let own = |of: &Caller| format!("/v1/sessions/{}", id(&of.all("/v1/sessions")[0]));
        let code = |told: Value| told["code"].as_str().unwrap_or_default().to_string();
        assert_eq!(code(admin.get(&sessions(&acme), 403)), "role_too_low");
        assert_eq!(code(admin.delete(&own(&acme), 403)), "role_too_low");
        assert_eq!(code(member.get(&sessions(&admin), 403)), "role_too_low");
        assert_eq!(code(member.delete(&own(&admin), 403)), "role_too_low");
        assert_eq!(member.all(&sessions(&member)).len(), 1, "to name oneself is no matter");
        let crow = world.company("Crow", "brand");
        for stranger in [user(&crow), "usr_01k5h2v7xnf8rtq3m9bcw4ze6a".into()] {
            let problem = admin.get(&format!("/v1/sessions?user_id={stranger}"), 422);
            assert_eq!(faults(&problem), ["user_id unknown_user"]);
        }
        admin.delete(&own(&crow), 404);

        // What people do in their other companies is not among what an admin sees or ends.
        for person in [&other, &member] {
            let all = admin.all(&sessions(person));
            assert_eq!(all.len(), 1, "{all:?}");
            admin.delete(&format!("/v1/sessions/{}", id(&all[0])), 204);
            person.get("/v1/me", 401);
            assert_eq!(
                admin.all(&format!("/v1/sessions?user_id={}", all[0]["user_id"].as_str().unwrap())),
                Vec::<Value>::new()
            );
        }
        let told = acme.all("/v1/audit-log?type=session.ended");
        assert_eq!(told.len(), 2);
        assert_eq!(told[0]["user"]["id"], user(&admin), "who ended it, not whose it was");
    });
}

#[test]
fn whoever_belongs_to_several_companies_goes_from_one_to_another() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let email = acme.email.clone().expect("an address");
        bolt.post("/v1/invitations", json!({ "email": email, "role": "viewer" }), 201);
        let token = crate::cast::members::token(world, &email);
        let there = world.caller(&crate::cast::members::shown(&acme, &token).json());
        assert_eq!(there.get("/v1/me", 200)["role"], "viewer");
        let to = |company: &str| json!({ "company_id": company });
        let switch = "/v1/auth/switch";
        let back = there.call("POST", switch, &[], &to(acme.company_id()), 200);
        assert_eq!(back.header("cache-control"), "no-store");
        let back = world.caller(&back.json());
        assert_eq!(back.get("/v1/me", 200)["role"], "owner");
        // What is one company's is not the other's, and all sessions go on.
        there.get("/v1/invitations", 403);
        back.get("/v1/invitations", 200);
        there.get("/v1/me", 200);
        let login = json!({
            "email": email, "password": "correct horse battery", "company_id": bolt.company_id(),
        });
        let chosen = world.nobody().post("/v1/auth/login", login, 200);
        assert_eq!(chosen["company"]["id"], bolt.company_id());

        let crow = world.company("Crow", "brand");
        let unknown = |company: &str| {
            let mut problem = acme.post(switch, to(company), 422);
            problem["request_id"].take();
            problem
        };
        let foreign = unknown(crow.company_id());
        assert_eq!(faults(&foreign), ["/company_id unknown_company"]);
        assert_eq!(unknown("co_01k5h2v7xnf8rtq3m9bcw4ze6a"), foreign);
        assert_eq!(acme.all("/v1/sessions").len(), 2, "what was refused left no session");
    });
}
