//! One's own list: pages, what is unread, and what nobody else sees of it.

use diesel::prelude::*;
use entente::db::schema::notifications;
use entente::events::kinds::EventKind;
use entente::events::model::Event;
use entente::notifications::rules::MOST_COUNTED;
use serde_json::{Value, json};

use crate::cast::deal::{id, literal, meddle, run};
use crate::cast::http::{Caller, faults};
use crate::cast::notices::{QUIET, all_is_told, happens, notifier, offers, said, some, told};
use crate::cast::world::{World, in_a_world_with};

fn unread(caller: &Caller) -> Value {
    caller.get("/v1/notifications/unread-count", 200)
}

fn path(one: &Value) -> String {
    format!("/v1/notifications/{}/read", id(one))
}

fn two(world: &World) -> (Caller, Caller) {
    (world.company("Acme", "brand"), world.company("Bolt", "partner"))
}

#[test]
fn a_list_goes_page_by_page_and_shows_what_is_asked_for() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = two(world);
        offers(world, &acme, &bolt, 7);
        let company = bolt.company_id().parse().unwrap();
        happens(world, vec![Event::new(EventKind::ApiKeyCreated, some(), company, world.now())]);
        let all = told(world, &bolt, 8);
        assert_eq!(all.len(), 8);
        assert_eq!(bolt.all("/v1/notifications?limit=3"), all);
        assert_eq!(all[0]["kind"], "security", "the newest comes first");
        let security = bolt.all("/v1/notifications?kind=security,batch_done");
        assert_eq!(security, [all[0].clone()]);

        let read = bolt.call("POST", &path(&all[2]), &[], &json!({}), 200);
        assert_eq!((read.header("ETag"), &read.json()["id"]), ("\"2\"", &all[2]["id"]));
        world.travel("2026-03-10T12:05:00Z");
        let again = bolt.post(&path(&all[2]), json!({}), 200);
        assert_eq!(again["read_at"], "2026-03-10T12:00:00Z", "the first time counts");
        assert_eq!(bolt.all("/v1/notifications?unread=false"), [again]);
        let left = bolt.all("/v1/notifications?unread=true&limit=2");
        let expected: Vec<Value> =
            all.iter().filter(|one| one["id"] != all[2]["id"]).cloned().collect();
        assert_eq!(left, expected);
        assert_eq!(unread(&bolt), json!({ "count": 7, "capped": false }));
        let wrong = bolt.get("/v1/notifications?kind=weather&unread=perhaps", 422);
        assert_eq!(faults(&wrong), ["kind unknown_value", "unread wrong_type"]);
    });
}

#[test]
fn what_comes_meanwhile_stays_unread() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = two(world);
        offers(world, &acme, &bolt, 3);
        let seen = told(world, &bolt, 3);
        offers(world, &acme, &bolt, 2);
        assert_eq!(told(world, &bolt, 5).len(), 5);
        let before = |one: &Value| json!({ "before": one["id"] });
        let left = bolt.post("/v1/notifications/read-all", before(&seen[1]), 200);
        assert_eq!(left, json!({ "count": 3, "capped": false }));
        let left = bolt.post("/v1/notifications/read-all", before(&seen[0]), 200);
        assert_eq!(left, json!({ "count": 2, "capped": false }));
        let again = bolt.post("/v1/notifications/read-all", before(&seen[0]), 200);
        assert_eq!(again, left);
        assert_eq!(unread(&acme), json!({ "count": 0, "capped": false }));

        let everything = bolt.post("/v1/notifications/read-all", json!({}), 422);
        assert_eq!(faults(&everything), ["/before missing_field"]);
        // Another's is as unknown as none.
        let unknown = json!({ "before": "ntf_01k5h2v7xnf8rtq3m9bcw4ze6a" });
        for (caller, body) in [(&acme, before(&seen[0])), (&bolt, unknown)] {
            let answer = caller.post("/v1/notifications/read-all", body, 422);
            assert_eq!(faults(&answer), ["/before unknown_notification"]);
        }
    });
}

#[test]
fn unread_ones_are_counted_up_to_a_hundred() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = two(world);
        offers(world, &acme, &bolt, MOST_COUNTED);
        assert_eq!(told(world, &bolt, MOST_COUNTED).len(), MOST_COUNTED);
        assert_eq!(unread(&bolt), json!({ "count": 100, "capped": false }));
        offers(world, &acme, &bolt, 1);
        told(world, &bolt, MOST_COUNTED + 1);
        assert_eq!(unread(&bolt), json!({ "count": 100, "capped": true }));
    });
}

#[test]
fn nobody_sees_what_others_are_told() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = two(world);
        let colleague = world.colleague(&bolt, "owner");
        let key = json!({ "name": "Key", "scopes": ["events:read"] });
        let key = world.caller(&bolt.post("/v1/api-keys", key, 201));
        offers(world, &acme, &bolt, 1);
        let own = told(world, &bolt, 1);
        let first = own.last().unwrap();
        let others = told(world, &colleague, 2);
        assert_eq!(said(&others).len(), 2, "the offer, and the key that was made");
        assert!(others.iter().all(|other| other["id"] != first["id"]));
        for stranger in [&colleague, &acme] {
            stranger.post(&path(first), json!({}), 404);
        }
        let doors = ["", "/unread-count", "/events"];
        for door in doors {
            let refused = key.get(&format!("/v1/notifications{door}"), 403);
            assert_eq!(refused["code"], "key_not_allowed");
        }
        assert_eq!(unread(&bolt)["count"], 1);
        bolt.post(&path(first), json!({}), 200);
        assert_eq!(unread(&colleague)["count"], 2);
    });
}

#[test]
fn each_company_of_a_person_has_a_list_of_its_own() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = two(world);
        let admin = world.colleague(&acme, "admin");
        offers(world, &bolt, &acme, 2);
        assert_eq!(told(world, &admin, 2).len(), 2);
        // The same person, signed in to the company that came with the account.
        let login = json!({ "email": admin.email, "password": "correct horse battery" });
        let at_home = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        assert_ne!(at_home.company_id(), admin.company_id());
        assert_eq!(at_home.all("/v1/notifications"), Vec::<Value>::new());
        assert_eq!(unread(&at_home)["count"], 0);
        let first = id(&admin.all("/v1/notifications")[0]);
        at_home.post(&format!("/v1/notifications/{first}/read"), json!({}), 404);
    });
}

#[test]
fn with_a_role_goes_what_was_meant_for_it() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = two(world);
        let admin = world.colleague(&bolt, "admin");
        let user = literal(world, admin.get("/v1/me", 200)["user"]["id"].as_str().unwrap());
        let company = literal(world, bolt.company_id());
        let both = format!("WHERE user_id = {user} AND company_id = {company}");
        offers(world, &acme, &bolt, 1);
        let made = bolt.company_id().parse().unwrap();
        let happen = || {
            happens(world, vec![Event::new(EventKind::ApiKeyCreated, some(), made, world.now())]);
        };
        happen();
        let all = told(world, &admin, 2);
        assert_eq!(all.len(), 2);

        meddle(world, &format!("UPDATE memberships SET role = 'manager' {both}"));
        let manager = world.again(&admin);
        let left = manager.all("/v1/notifications");
        let kinds: Vec<&Value> = left.iter().map(|one| &one["kind"]).collect();
        assert_eq!(
            (kinds, unread(&manager)["count"].as_u64()),
            (vec![&json!("partnership_offer")], Some(1))
        );
        manager.post(&path(&all[0]), json!({}), 404);
        happen();
        all_is_told(world);
        assert_eq!(manager.all("/v1/notifications").len(), 1);

        meddle(world, &format!("UPDATE memberships SET role = 'viewer' {both}"));
        let viewer = world.again(&admin);
        assert_eq!(viewer.all("/v1/notifications"), Vec::<Value>::new());
        let seen = json!({ "before": all[1]["id"] });
        viewer.post("/v1/notifications/read-all", seen, 422);

        meddle(world, &format!("UPDATE memberships SET role = 'admin' {both}"));
        assert_eq!(world.again(&admin).all("/v1/notifications").len(), 2, "what was told is kept");
        meddle(world, &format!("DELETE FROM memberships {both}"));
        happen();
        all_is_told(world);
        let rows = run(world, async |pool| {
            let rows = pool.read(|db| Ok(notifications::table.count().get_result::<i64>(db)?));
            rows.await.expect("a number")
        });
        // Bolt's owner was told of all four; the watchmen of what was made for them.
        assert_eq!(told(world, &bolt, 4).len(), 4);
        assert_eq!(rows, 4 + 2 + 2);
    });
}

#[test]
fn what_is_ninety_days_old_is_gone() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = two(world);
        offers(world, &acme, &bolt, 3);
        assert_eq!(told(world, &bolt, 3).len(), 3);
        world.travel("2026-03-11T12:00:00Z");
        offers(world, &acme, &bolt, 1);
        assert_eq!(told(world, &world.again(&bolt), 4).len(), 4);
        let swept =
            || run(world, async |pool| notifier(world, pool).sweep().await).expect("it is swept");
        world.travel("2026-06-08T12:00:00Z");
        assert_eq!(swept(), 0);
        world.travel("2026-06-08T12:00:01Z");
        assert_eq!(swept(), 3);
        assert_eq!(world.again(&bolt).all("/v1/notifications").len(), 1);
    });
}
