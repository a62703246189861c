//! Who of a company's own people looks after another company.

use entente::relations::store::clear_of;
use serde_json::{Value, json};

use super::{Pair, company, offered, texts, user};
use crate::cast::deal::{literal, meddle, run, told_of};
use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// Puts somebody in charge of Bolt.
fn assign(pair: &Pair, who: &Caller) -> Value {
    pair.acme.put(&pair.at("account-owner"), json!({ "user_id": user(who) }), 200)
}

/// Somebody leaves Acme, as whatever ends a membership does it.
pub fn leaves(world: &World, pair: &Pair, who: &Caller) {
    let (own, person) = (pair.acme.company_id(), user(who));
    let person = person.as_str().expect("an id").to_string();
    let rows = [("company_id", own), ("user_id", person.as_str())];
    let rows = rows.map(|(column, id)| format!("{column} = {}", literal(world, id))).join(" AND ");
    meddle(world, &format!("DELETE FROM memberships WHERE {rows}"));
    let (company, now) = (own.parse().expect("an id"), world.now());
    let left = run(world, async |pool| {
        let person = person.parse().expect("an id");
        pool.write(move |db| clear_of(db, company, person, now)).await
    });
    left.expect("nobody is looked after any more");
}

#[test]
fn an_account_owner_is_assigned_replaced_and_cleared_with_a_history() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (dora, emil) =
            (world.colleague(&pair.acme, "viewer"), world.colleague(&pair.acme, "member"));
        let relation = assign(&pair, &dora);
        assert_eq!(
            relation["account_owner"],
            json!({ "id": user(&dora), "name": "viewer's owner" })
        );
        assert_eq!(relation["company_id"], pair.bolt.company_id());
        world.travel("2026-03-10T12:05:00Z");
        assign(&pair, &emil);
        world.travel("2026-03-10T12:10:00Z");
        let seen = pair.acme.send("GET", &pair.at("relation"), &[], b"");
        assert_eq!(assign(&pair, &emil), seen.json(), "the same person again changes nothing");
        pair.acme.delete(&pair.at("account-owner"), 204);
        pair.acme.delete(&pair.at("account-owner"), 204);
        assert_eq!(pair.acme.get(&pair.at("relation"), 200)["account_owner"], Value::Null);
        let stale = [("If-Match", seen.header("etag"))];
        let body = json!({ "user_id": user(&dora) });
        let refused = pair.acme.call("PUT", &pair.at("account-owner"), &stale, &body, 412).json();
        assert_eq!(refused["code"], "stale_version");

        let history = pair.acme.all(&pair.at("account-owner/history?limit=1"));
        let told = |one: &Value| {
            let fields = ["assigned_at", "cleared_at", "cleared_because"];
            let times = fields.map(|field| one[field].as_str().unwrap_or("-").to_string());
            (one["user"]["id"].clone(), times.join(" "))
        };
        let expected = [
            (user(&emil), "2026-03-10T12:05:00Z 2026-03-10T12:10:00Z cleared".to_string()),
            (user(&dora), "2026-03-10T12:00:00Z 2026-03-10T12:05:00Z replaced".to_string()),
        ];
        assert_eq!(history.iter().map(told).collect::<Vec<_>>(), expected);
        for one in &history {
            assert_eq!(one["assigned_by"]["id"], user(&pair.acme));
            assert_eq!(one["cleared_by"]["id"], user(&pair.acme));
            let path = format!("/v1/account-owners/{}", one["id"].as_str().unwrap());
            assert_eq!(pair.acme.get(&path, 200), *one);
            pair.bolt.get(&path, 404);
        }
        let kinds: Vec<Value> = told_of("account_owner.", &pair.acme, 4)
            .into_iter()
            .map(|event| json!([event["type"], event["object"]["user"]["id"], event["changes"]]))
            .collect();
        let changes = |from: Value, to: Value| json!({ "user_id": [from, to] });
        let ended = |from: Value, why: &str| json!({ "user_id": [from, null], "cleared_because": [null, why] });
        let expected = [
            json!(["account_owner.assigned", user(&dora), changes(Value::Null, user(&dora))]),
            json!(["account_owner.cleared", user(&dora), ended(user(&dora), "replaced")]),
            json!(["account_owner.assigned", user(&emil), changes(Value::Null, user(&emil))]),
            json!(["account_owner.cleared", user(&emil), ended(user(&emil), "cleared")]),
        ];
        assert_eq!(kinds, expected);
    });
}

#[test]
fn a_partner_sees_whom_it_may_turn_to_and_a_stranger_nothing() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let dora = world.colleague(&pair.acme, "member");
        let card = company(&pair.acme);
        let turn_to = |caller: &Caller| caller.get(&card, 200)["your_account_owner"].clone();
        let before = pair.bolt.send("GET", &card, &[], b"");
        assert_eq!(before.json()["your_account_owner"], Value::Null);
        let tag = before.header("etag").to_string();
        assign(&pair, &dora);
        let contact = json!({ "name": "member's owner", "email": dora.email });
        // Whoever has the card from before is told that it is another one.
        let after = pair.bolt.send("GET", &card, &[("If-None-Match", &tag)], b"");
        assert_eq!((after.status, &after.json()["your_account_owner"]), (200, &contact));
        let known = [("If-None-Match", after.header("etag"))];
        assert_eq!(pair.bolt.send("GET", &card, &known, b"").status, 304);
        let listed = pair.bolt.all("/v1/companies");
        assert_eq!(
            (&listed[0]["name"], &listed[0]["your_account_owner"]),
            (&json!("Acme"), &contact)
        );
        assert_eq!(turn_to(&pair.acme), Value::Null, "of one's own company there is none");
        assert_eq!(pair.bolt.get(&company(&pair.bolt), 200)["your_account_owner"], Value::Null);

        // Another partner sees its own, and a stranger no card at all.
        let dawn = world.company("Dawn", "partner");
        offered(&pair.acme, &dawn);
        assert_eq!(turn_to(&dawn), Value::Null);
        let crow = world.company("Crow", "brand");
        for path in ["relation", "account-owner/history"].map(|what| pair.at(what)) {
            crow.get(&path, 404);
            pair.bolt.get(&path, 404);
        }
        // What Bolt keeps about Acme is its own, and empty.
        let kept = pair.bolt.get(&format!("{card}/relation"), 200);
        assert_eq!(
            (&kept["account_owner"], &kept["relationship"]),
            (&Value::Null, &json!("client"))
        );
        assert_eq!(pair.bolt.all(&format!("{card}/account-owner/history")), Vec::<Value>::new());
        assert_eq!(told_of("account_owner.", &pair.bolt, 0), Vec::<Value>::new());

        leaves(world, &pair, &dora);
        assert_eq!(turn_to(&pair.bolt), Value::Null);
        let history = pair.acme.all(&pair.at("account-owner/history"));
        assert_eq!(history[0]["cleared_because"], "member_left");
        assert_eq!(history[0]["cleared_by"], Value::Null);
        assert_eq!(pair.acme.get(&pair.at("relation"), 200)["account_owner"], Value::Null);
        // Nothing is left to clear, and nobody else is concerned.
        leaves(world, &pair, &dora);
        assert_eq!(pair.acme.all(&pair.at("account-owner/history")).len(), 1);
    });
}

#[test]
fn only_a_member_of_the_own_company_is_assigned_and_only_by_a_manager() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let path = pair.at("account-owner");
        let body = |who: &Caller| json!({ "user_id": user(who) });
        for outsider in [&pair.bolt, &world.company("Crow", "brand")] {
            let problem = pair.acme.put(&path, body(outsider), 422);
            assert_eq!(faults(&problem), ["/user_id unknown_user"]);
        }
        let wrong = json!({ "user_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a", "since": "today" });
        let problem = pair.acme.put(&path, wrong, 422);
        assert_eq!(faults(&problem), ["/since unknown_field", "/user_id bad_format"]);
        assert_eq!(faults(&pair.acme.put(&path, json!({}), 422)), ["/user_id missing_field"]);
        for (role, status) in [("viewer", 403), ("member", 403), ("manager", 200)] {
            let colleague = world.colleague(&pair.acme, role);
            colleague.put(&path, body(&pair.acme), status);
            colleague.delete(&path, if status == 200 { 204 } else { status });
        }
        // One does not look after oneself, nor after whom one does not know.
        let own = format!("{}/account-owner", company(&pair.acme));
        pair.acme.put(&own, body(&pair.acme), 404);
        pair.bolt.put(&path, body(&pair.bolt), 404);

        // Without a partnership nobody is assigned; whoever was stays, for when it is taken up again.
        assign(&pair, &pair.acme);
        pair.acme.post(&format!("{}/end", pair.partnership), json!({ "reason": "enough" }), 200);
        pair.bolt.get(&company(&pair.acme), 404);
        let other = world.colleague(&pair.acme, "viewer");
        assert_eq!(pair.acme.put(&path, body(&other), 409)["code"], "not_together");
        assign(&pair, &pair.acme);
        let kept = pair.acme.get(&pair.at("relation"), 200);
        assert_eq!((&kept["relationship"], &kept["partnerships"]), (&Value::Null, &json!([])));
        assert_eq!(kept["allowed"], json!(["add_note", "set_tags"]));
        offered(&pair.bolt, &pair.acme);
        let contact = pair.bolt.get(&company(&pair.acme), 200)["your_account_owner"].clone();
        assert_eq!(contact["name"], "Acme's owner");
        pair.acme.delete(&path, 204);
    });
}

#[test]
fn two_who_assign_at_the_same_moment_leave_one_account_owner() {
    in_a_world_with(&["--no-jobs"], |world| {
        let pair = Pair::of(world);
        let both = [world.colleague(&pair.acme, "viewer"), world.colleague(&pair.acme, "member")];
        let path = pair.at("account-owner");
        crate::cast::at_once::at_once(4, |number| {
            let body = json!({ "user_id": user(&both[number % 2]) });
            pair.acme.put(&path, body, 200);
        });
        let history = pair.acme.all(&pair.at("account-owner/history"));
        let open = history.iter().filter(|one| one["cleared_at"].is_null()).count();
        let now = pair.acme.get(&pair.at("relation"), 200)["account_owner"]["id"].clone();
        assert_eq!((open, &history[0]["user"]["id"]), (1, &now));
        let replaced = texts(&pair.acme, &pair.at("account-owner/history"), "assigned_at");
        assert!(replaced.len() >= 2, "{replaced:?}");
    });
}
