//! Batches beyond a program's guard: who sets it, who is asked, who confirms.

use serde_json::{Value, json};

use crate::cast::deal::{Deal, id, shown, told_of};
use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world};

/// A brand whose program has a guard of two lines, and its people.
struct Shop {
    deal: Deal,
    owner: Caller,
}

impl Shop {
    fn of(world: &World, guard: Value) -> Self {
        let deal = Deal::of(world);
        let mut owner = deal.acme.clone();
        owner.email = Some("acme0@example.com".into());
        let shop = Self { owner: world.again(&owner), deal };
        for order in 1..=4 {
            shop.deal.tracked(&format!("A-{order}"));
        }
        let set = shop.owner.patch(&shop.program(), json!({ "reversal_guard": guard }), 200);
        assert_eq!(set["reversal_guard"], guard);
        shop
    }

    fn program(&self) -> String {
        format!("/v1/programs/{}", self.deal.program)
    }

    /// Reverses so many orders, and waits for what becomes of it.
    fn reverse(&self, many: usize, mode: &str, status: u16) -> Value {
        let line = |order| {
            let order = format!("A-{order}");
            json!({ "order_id": order, "operation": "reverse", "reason": "ITEM_RETURNED" })
        };
        let lines: Vec<Value> = (1..=many).map(line).collect();
        let body = json!({ "lines": lines, "mode": mode });
        let answer =
            self.deal.acme.call("POST", "/v1/reversals", &[("Prefer", "wait=30")], &body, status);
        let applied = if status == 200 { "wait" } else { "" };
        assert_eq!(answer.header("Preference-Applied"), applied);
        answer.json()
    }

    fn states(&self) -> Vec<Value> {
        let actions = self.deal.acme.all("/v1/actions");
        actions.iter().rev().map(|action| action["state"].clone()).collect()
    }

    /// The batch once it stands there.
    fn once(&self, batch: &Value, status: &str) -> Value {
        let (path, began) = (path(batch), std::time::Instant::now());
        loop {
            let batch = self.deal.acme.get(&path, 200);
            if batch["status"] == status || began.elapsed().as_secs() > 60 {
                assert_eq!(batch["status"], status);
                return batch;
            }
        }
    }
}

fn path(batch: &Value) -> String {
    format!("/v1/reversals/{}", id(batch))
}

#[test]
fn a_batch_beyond_the_guard_is_confirmed_by_a_person_or_cancelled() {
    in_a_world(|world| {
        let shop = Shop::of(world, json!({ "lines": 2, "payout_percent": 100 }));
        assert_eq!(shop.reverse(2, "dry_run", 200)["confirmation"], Value::Null);
        assert_eq!(shop.reverse(3, "dry_run", 200)["status"], "completed");
        let waits = shop.reverse(3, "best_effort", 202);
        assert_eq!(
            (&waits["status"], &waits["code"]),
            (&json!("needs_confirmation"), &json!("over_guard"))
        );
        let euros = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
        let expected = json!({
            "programs": [{
                "program_id": shop.deal.program, "lines": 3, "payout": euros("22.50"),
                "open_payout": euros("30.00"),
                "guard": { "lines": 2, "payout_percent": 100 },
            }],
            "confirm_by": "2026-03-13T12:00:00Z", "confirmed_at": null,
            "confirmed_by_user_id": null,
        });
        assert_eq!(waits["confirmation"], expected);
        assert_eq!(shop.states(), ["pending"; 4]);
        let stream = shop.deal.acme.send("GET", &format!("{}/events", path(&waits)), &[], b"");
        assert!(stream.text.contains("event: needs_confirmation\n"), "{}", stream.text);
        let listed = shop.deal.acme.all("/v1/reversals?status=needs_confirmation");
        assert_eq!(listed.len(), 1);

        let confirm = format!("{}/confirm", path(&waits));
        let key = shop.deal.acme.post(&confirm, json!({}), 403);
        assert_eq!(key["code"], "key_not_allowed");
        world.colleague(&shop.owner, "viewer").post(&confirm, json!({}), 403);
        for stranger in [&shop.deal.bolt, &shop.deal.crow] {
            stranger.post(&confirm, json!({}), 404);
        }
        let member = world.colleague(&shop.owner, "member");
        assert_eq!(member.post(&confirm, json!({}), 200)["status"], "processing");
        let done = shop.once(&waits, "completed");
        let me = member.get("/v1/me", 200)["user"]["id"].clone();
        assert_eq!(done["confirmation"]["confirmed_by_user_id"], me);
        assert_eq!(done["counts"]["applied"], 3);
        assert_eq!(shop.states(), ["reversed", "reversed", "reversed", "pending"]);
        let again = member.post(&confirm, json!({}), 409);
        assert_eq!(again["code"], "confirmation_not_needed");
        let told = shown(5, || {
            let told = told_of("reversal.", &shop.deal.acme, 0);
            told.into_iter().filter(|one| one["object_id"] == waits["id"]).collect()
        });
        let kinds: Vec<_> = told.iter().map(|one| one["type"].as_str().unwrap()).collect();
        let expected = ["received", "started", "needs_confirmation", "confirmed", "completed"];
        assert_eq!(kinds, expected.map(|kind| format!("reversal.{kind}")));
        assert_eq!(told[3]["changes"]["status"], json!(["needs_confirmation", "processing"]));
        assert_eq!(told[3]["user_id"], me);

        // What is not meant is cancelled, by a key too.
        let other = shop.reverse(4, "all_or_nothing", 202);
        shop.deal.acme.post(&format!("{}/cancel", path(&other)), json!({}), 200);
        assert_eq!(shop.states()[3], "pending");
    });
}

#[test]
fn every_door_is_guarded_and_every_program_by_its_own() {
    in_a_world(|world| {
        let shop = Shop::of(world, json!({ "lines": 100, "payout_percent": 50 }));
        let acme = &shop.deal.acme;
        let bulk = |operation: &str| {
            let actions = acme.all("/v1/actions");
            let ids: Vec<&Value> = actions.iter().map(|one| &one["id"]).collect();
            let mut body = json!({ "operation": operation, "action_ids": ids });
            if operation == "reverse" {
                body["reason"] = json!("CONS_FRAUD");
            }
            let wait = [("Prefer", "wait=30")];
            let status = if operation == "reverse" { 202 } else { 200 };
            acme.call("POST", "/v1/actions/bulk", &wait, &body, status).json()
        };
        assert_eq!(bulk("approve")["counts"]["applied"], 4, "approving takes nothing");
        let waits = bulk("reverse");
        assert_eq!(waits["status"], "needs_confirmation");
        assert_eq!(waits["confirmation"]["programs"][0]["payout"]["amount"], "30.00");

        let file = "order_id,reason\nA-1,ITEM_RETURNED\nA-2,ITEM_RETURNED\nA-3,ITEM_RETURNED\n";
        let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
        let sent = acme.send("POST", "/v1/reversals", &headers, file.as_bytes());
        assert_eq!((sent.status, &sent.json()["status"]), (202, &json!("needs_confirmation")));
        // It is at work as far as the same file is concerned, until it is cancelled.
        let again = acme.send("POST", "/v1/reversals", &headers, file.as_bytes());
        assert_eq!(again.json()["code"], "duplicate_file");

        // Another program's guard does not judge this one, and none is none.
        let other = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
        let other = id(&shop.owner.post("/v1/programs", other, 201));
        let strict = json!({ "reversal_guard": { "lines": 1, "payout_percent": 1 } });
        shop.owner.patch(&format!("/v1/programs/{other}"), strict, 200);
        assert_eq!(shop.reverse(2, "best_effort", 200)["status"], "completed", "half of it");
        shop.owner.patch(&shop.program(), json!({ "reversal_guard": null }), 200);
        assert_eq!(shop.reverse(4, "best_effort", 200)["counts"]["applied"], 2);
    });
}

#[test]
fn whoever_is_guarded_does_not_lift_the_guard() {
    in_a_world(|world| {
        let guard = json!({ "lines": 2, "payout_percent": 20 });
        let shop = Shop::of(world, guard.clone());
        let lift = json!({ "reversal_guard": null });
        let manager = world.colleague(&shop.owner, "manager");
        assert_eq!(manager.patch(&shop.program(), lift.clone(), 403)["code"], "role_too_low");
        manager.patch(&shop.program(), json!({ "name": "Shoes" }), 200);
        let key = json!({ "name": "Programs", "scopes": ["programs:write", "programs:read"] });
        let key = world.caller(&shop.owner.post("/v1/api-keys", key, 201));
        assert_eq!(key.patch(&shop.program(), lift, 403)["code"], "key_not_allowed");
        assert_eq!(shop.deal.bolt.get(&shop.program(), 200)["reversal_guard"], Value::Null);
        assert_eq!(key.get(&shop.program(), 200)["reversal_guard"], guard);
        for (guard, fault) in [
            (json!({ "lines": 0, "payout_percent": 20 }), "/reversal_guard/lines out_of_range"),
            (
                json!({ "lines": 1, "payout_percent": 101 }),
                "/reversal_guard/payout_percent out_of_range",
            ),
            (json!({ "lines": 1 }), "/reversal_guard/payout_percent missing_field"),
        ] {
            let body = json!({ "reversal_guard": guard });
            assert_eq!(faults(&shop.owner.patch(&shop.program(), body, 422)), [fault]);
        }
    });
}
