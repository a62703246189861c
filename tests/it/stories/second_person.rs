//! Make-goods beyond what one person alone may make: a second one approves, or declines.

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use super::verify::differences;
use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, run, told_of};
use crate::cast::http::{Caller, faults};
use crate::cast::notices::{QUIET, all_is_told, said, told};
use crate::cast::world::{World, in_a_world_with};

/// A brand with a limit of 2.00 euros, its people, and an order that locked at 0.00 after 7.50 was
/// tracked.
struct Shop {
    deal: Deal,
    owner: Caller,
    one: Caller,
    other: Caller,
    path: String,
}

impl Shop {
    fn of(world: &World) -> Self {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.acme.post(&format!("{path}/reverse"), json!({ "reason": "CONS_ERROR" }), 200);
        world.travel("2026-03-24T23:00:05Z");
        run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
        let mut owner = deal.acme.clone();
        owner.email = Some("acme0@example.com".into());
        let owner = world.again(&owner);
        let (one, other) = (world.colleague(&owner, "manager"), world.colleague(&owner, "manager"));
        let shop = Self { deal, owner, one, other, path };
        let limited = shop.limit(json!("2.00"));
        assert_eq!(limited["make_good_limit"], json!({ "amount": "2.00", "currency": "EUR" }));
        shop
    }

    fn limit(&self, limit: Value) -> Value {
        let program = format!("/v1/programs/{}", self.deal.program);
        self.owner.patch(&program, json!({ "make_good_limit": limit }), 200)
    }

    fn adjust(&self, by: &Caller, payout_delta: &str) -> Value {
        let body = json!({
            "reason": "OTHER", "note": "Declined wrongly", "payout_delta": payout_delta,
        });
        by.post(&format!("{}/adjust", self.path), body, 201)
    }

    fn answer(&self, by: &Caller, adjustment: &Value, word: &str, status: u16) -> Value {
        let body = if word == "decline" { json!({ "reason": "No" }) } else { json!({}) };
        by.post(&format!("/v1/adjustments/{}/{word}", id(adjustment)), body, status)
    }

    /// What counts beside the action, as the partner sees it.
    fn counts(&self) -> Vec<Value> {
        let made = self.deal.bolt.all(&format!("{}/adjustments", self.path));
        made.iter().map(|one| one["payout"]["amount"].clone()).collect()
    }
}

#[test]
fn what_one_person_proposes_another_approves_and_only_then_it_counts() {
    in_a_world_with(&["--no-jobs"], |world| {
        let shop = Shop::of(world);
        assert_eq!(shop.adjust(&shop.one, "2.00")["status"], "made", "up to the limit");
        let proposed = shop.adjust(&shop.one, "3.00");
        assert_eq!(
            (&proposed["status"], &proposed["sequence"], &proposed["kind"]),
            (&json!("proposed"), &Value::Null, &json!("make_good"))
        );
        assert_eq!(proposed["payout"]["amount"], "5.00", "what would be left");
        let at = format!("/v1/adjustments/{}", id(&proposed));
        assert_eq!(shop.counts(), ["2.00"]);
        shop.deal.bolt.get(&at, 404);
        shop.deal.crow.get(&at, 404);
        assert_eq!(shop.deal.acme.get(&at, 200), proposed);

        assert_eq!(shop.answer(&shop.one, &proposed, "approve", 409)["code"], "own_proposal");
        let key = shop.answer(&shop.deal.acme, &proposed, "approve", 403);
        assert_eq!(key["code"], "key_not_allowed");
        shop.answer(&world.colleague(&shop.owner, "member"), &proposed, "approve", 403);
        shop.answer(&shop.deal.crow, &proposed, "approve", 404);
        shop.answer(&shop.deal.bolt, &proposed, "approve", 404);

        let made = shop.answer(&shop.other, &proposed, "approve", 200);
        assert_eq!((&made["id"], &made["status"]), (&proposed["id"], &json!("made")));
        assert_eq!((&made["sequence"], &made["payout"]["amount"]), (&json!(2), &json!("5.00")));
        assert_eq!(made["user_id"], proposed["user_id"]);
        let second = shop.other.get("/v1/me", 200)["user"]["id"].clone();
        assert_eq!(made["decided_by_user_id"], second);
        assert_eq!(shop.counts(), ["2.00", "5.00"]);
        let seen = shop.deal.bolt.get(&at, 200);
        assert_eq!((&seen["note"], &seen["decided_by_user_id"]), (&Value::Null, &Value::Null));
        for word in ["approve", "decline"] {
            let again = shop.answer(&shop.other, &proposed, word, 409);
            assert_eq!(again["code"], "adjustment_answered");
            shop.answer(&shop.deal.bolt, &proposed, word, 403);
        }

        let kinds = |caller: &Caller, many| -> Vec<String> {
            let told = told_of("adjustment.", caller, many);
            told.iter().map(|event| event["type"].as_str().unwrap().into()).collect()
        };
        let (created, asked) = ("adjustment.created", "adjustment.proposed");
        assert_eq!(kinds(&shop.deal.acme, 3), [created, asked, created]);
        assert_eq!(kinds(&shop.deal.bolt, 2), [created, created]);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn whoever_proposed_is_told_of_the_answer() {
    in_a_world_with(QUIET, |world| {
        let shop = Shop::of(world);
        all_is_told(world);
        let before = told(world, &shop.one, 0).len();
        for word in ["approve", "decline"] {
            let proposed = shop.adjust(&shop.one, "3.00");
            shop.answer(&shop.other, &proposed, word, 200);
        }
        all_is_told(world);
        assert_eq!(
            said(&told(world, &shop.one, before)).split_off(before),
            [
                "adjustment_answered: An adjustment that you proposed was approved",
                "adjustment_answered: An adjustment that you proposed was declined",
            ]
        );
    });
}

#[test]
fn what_is_declined_never_counts_and_its_proposer_may_take_it_back() {
    in_a_world_with(&["--no-jobs"], |world| {
        let shop = Shop::of(world);
        let first = shop.adjust(&shop.one, "3.00");
        let declined = shop.answer(&shop.other, &first, "decline", 200);
        assert_eq!(
            (&declined["status"], &declined["decline_reason"]),
            (&json!("declined"), &json!("No"))
        );
        let second = shop.adjust(&shop.one, "3.00");
        assert_eq!(shop.answer(&shop.one, &second, "decline", 200)["status"], "declined");
        assert_eq!(shop.counts(), Vec::<Value>::new());
        let path = format!("/v1/adjustments/{}/decline", id(&second));
        assert_eq!(faults(&shop.other.post(&path, json!({}), 422)), ["/reason missing_field"]);
        let told = told_of("adjustment.", &shop.deal.acme, 4);
        assert_eq!(told[1]["type"], "adjustment.declined");
        assert_eq!(told[1]["changes"]["status"], json!(["proposed", "declined"]));
        assert!(told_of("adjustment.", &shop.deal.bolt, 0).is_empty());
    });
}

#[test]
fn a_proposal_of_a_key_is_not_for_whoever_made_the_key() {
    in_a_world_with(&["--no-jobs"], |world| {
        let shop = Shop::of(world);
        let proposed = shop.adjust(&shop.deal.acme, "3.00");
        assert_eq!(shop.answer(&shop.owner, &proposed, "approve", 409)["code"], "own_proposal");
        assert_eq!(shop.answer(&shop.other, &proposed, "approve", 200)["status"], "made");
    });
}

#[test]
fn approving_decides_again() {
    in_a_world_with(&["--no-jobs"], |world| {
        let shop = Shop::of(world);
        let sale = |delta: &str| json!({ "reason": "ORDER_ERROR", "amount_delta": delta });
        let hat = json!({
            "reason": "ORDER_ERROR", "operations": [{ "op": "restore_item", "sku": "SHOE" }],
        });
        let adjust = format!("{}/adjust", shop.path);
        let shoes = shop.one.post(&adjust, hat, 201);
        assert_eq!(
            (&shoes["status"], &shoes["payout_delta"]["amount"]),
            (&json!("proposed"), &json!("6.00"))
        );
        let (first, second) = (shop.adjust(&shop.one, "4.00"), shop.adjust(&shop.one, "4.00"));
        shop.answer(&shop.other, &first, "approve", 200);
        let refused =
            |proposal: &Value| shop.answer(&shop.other, proposal, "approve", 409)["code"].clone();
        assert_eq!(refused(&second), "exceeds_due", "8.00 of 7.50");
        assert_eq!(refused(&shoes), "proposal_outdated", "2.00 and not 6.00 any more");
        assert_eq!(shop.counts(), ["4.00"]);
        assert_eq!(shop.one.post(&adjust, sale("1.00"), 409)["code"], "action_reversed");
        // Two who approve at the same time.
        let third = shop.adjust(&shop.one, "3.50");
        let path = format!("/v1/adjustments/{}/approve", id(&third));
        let headers = [("Content-Type", "application/json")];
        let statuses = at_once(4, |_| shop.other.send("POST", &path, &headers, b"{}").status);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
        assert_eq!(shop.counts(), ["4.00", "7.50"]);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn the_limit_is_the_brands_and_takes_an_admin() {
    in_a_world_with(&["--no-jobs"], |world| {
        let shop = Shop::of(world);
        let program = format!("/v1/programs/{}", shop.deal.program);
        let lift = json!({ "make_good_limit": null });
        assert_eq!(shop.one.patch(&program, lift.clone(), 403)["code"], "role_too_low");
        shop.one.patch(&program, json!({ "name": "Shoes" }), 200);
        let scopes = json!(["programs:write", "programs:read"]);
        let key = json!({ "name": "Programs", "scopes": scopes });
        let key = world.caller(&shop.owner.post("/v1/api-keys", key, 201));
        assert_eq!(key.patch(&program, lift, 403)["code"], "key_not_allowed");
        for (limit, fault) in [
            ("-1.00", "/make_good_limit out_of_range"),
            ("1.005", "/make_good_limit too_precise"),
            ("much", "/make_good_limit bad_number"),
        ] {
            let body = json!({ "make_good_limit": limit });
            assert_eq!(faults(&shop.owner.patch(&program, body, 422)), [fault]);
        }
        assert_eq!(shop.deal.bolt.get(&program, 200)["make_good_limit"], Value::Null);
        assert_eq!(shop.limit(json!("0.00"))["make_good_limit"]["amount"], "0.00");
        assert_eq!(shop.adjust(&shop.one, "0.01")["status"], "proposed");
        assert_eq!(shop.limit(Value::Null)["make_good_limit"], Value::Null);
        assert_eq!(shop.adjust(&shop.one, "7.50")["status"], "made");
    });
}

#[test]
fn all_adjustments_of_a_company_are_one_list() {
    in_a_world_with(&["--no-jobs"], |world| {
        let shop = Shop::of(world);
        let sent: Vec<Value> = [
            shop.adjust(&shop.one, "1.00"),
            shop.adjust(&shop.one, "3.00"),
            shop.adjust(&shop.deal.acme, "1.50"),
            shop.adjust(&shop.one, "2.50"),
        ]
        .into();
        shop.answer(&shop.other, &sent[1], "decline", 200);
        let ids = |caller: &Caller, query: &str| -> Vec<String> {
            caller.all(&format!("/v1/adjustments{query}")).iter().map(id).collect()
        };
        let [first, second, third, fourth] = [0, 1, 2, 3].map(|number: usize| id(&sent[number]));
        let all = vec![fourth.clone(), third.clone(), second.clone(), first.clone()];
        assert_eq!(ids(&shop.one, "?limit=1"), all, "newest first, page by page");
        assert_eq!(ids(&shop.one, "?status=proposed"), std::slice::from_ref(&fourth));
        assert_eq!(ids(&shop.one, "?status=declined"), [second]);
        let made = vec![third, first];
        assert_eq!(ids(&shop.one, "?status=made"), made);
        assert_eq!(ids(&shop.deal.bolt, ""), made, "a partner sees what counts");
        assert_eq!(ids(&shop.deal.bolt, "?status=proposed"), Vec::<String>::new());
        assert_eq!(ids(&shop.deal.crow, ""), Vec::<String>::new());
        assert_eq!(ids(&shop.one, "?kind=make_good&limit=3"), all);
        assert_eq!(ids(&shop.one, "?kind=clawback"), Vec::<String>::new());
        let bolt = shop.deal.bolt.company_id();
        assert_eq!(ids(&shop.one, &format!("?partner_company_id={bolt}")), all);
        let action = shop.path.rsplit('/').next().unwrap();
        assert_eq!(ids(&shop.one, &format!("?action_id={action}&status=made")), made);
        let acme = shop.deal.acme.company_id();
        assert_eq!(ids(&shop.one, &format!("?partner_company_id={acme}")), Vec::<String>::new());

        // A key that is limited to another event type sees none of them.
        let key = json!({
            "name": "Leads", "scopes": ["actions:read"], "event_type_ids": [shop.deal.lead],
        });
        let key = world.caller(&shop.owner.post("/v1/api-keys", key, 201));
        assert_eq!(ids(&key, ""), Vec::<String>::new());
        key.get(&format!("/v1/adjustments/{fourth}"), 404);
    });
}
