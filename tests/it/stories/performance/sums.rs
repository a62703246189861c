//! What a day comes to, and what changes that.

use entente::actions::jobs::lock_due;
use serde_json::json;

use super::{days, fold, fold_all, line, only, wrong};
use crate::cast::deal::{Deal, contract, id, meddle, run};
use crate::cast::process;
use crate::cast::rival::{dawn, owner};
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// A month of a deal.
fn march(deal: &Deal) -> String {
    let bolt = deal.bolt.company_id();
    format!("/v1/companies/{bolt}/performance?from=2026-03-01&to=2026-03-31")
}

#[test]
fn a_day_is_what_has_become_of_its_actions() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::with_terms(world, json!({ "after_lock": "clawback" }));
        let path = march(&deal);
        let of = |order: &str, day: &str| deal.tracked_at(order, &format!("{day}T10:00:00Z"));
        let (first, second) = (of("A-1", "2026-03-02"), of("A-2", "2026-03-02"));
        let (third, fourth) = (of("A-3", "2026-03-05"), of("A-4", "2026-03-05"));
        let tracked = [
            "2026-03-02: 2 2/0/0/0 200.00 200.00 0.00 15.00",
            "2026-03-05: 2 2/0/0/0 200.00 200.00 0.00 15.00",
            "4 4/0/0/0 400.00 400.00 0.00 30.00",
        ];
        assert_eq!(days(&deal.acme, &path), tracked);
        // With the sums as without them, for either side.
        fold(world);
        assert_eq!(days(&deal.acme, &path), tracked);
        assert_eq!(days(&deal.bolt, &path), tracked);

        deal.acme.post(&format!("{first}/approve"), json!({}), 200);
        deal.acme.post(&format!("{second}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        let hat = json!({ "op": "reverse_item", "sku": "HAT" });
        let less = json!({ "reason": "ITEM_RETURNED", "operations": [hat] });
        deal.acme.post(&format!("{third}/modify"), less, 200);
        deal.acme.post(&format!("{fourth}/hold"), json!({ "reason": "why" }), 200);
        let changed = [
            "2026-03-02: 2 0/1/1/0 200.00 100.00 100.00 7.50",
            "2026-03-05: 2 2/0/0/0 200.00 180.00 20.00 13.50",
            "4 2/1/1/0 400.00 280.00 120.00 21.00",
        ];
        assert_eq!(days(&deal.acme, &path), changed);
        fold_all(world);
        assert_eq!(days(&deal.bolt, &path), changed);
        let totals = only(&deal.acme.get(&path, 200))["totals"].clone();
        assert_eq!(totals["reversal_rate"], "0.2500");
        assert_eq!(totals["average_order"]["amount"], "93.33");

        // Restored, and increased beyond what was tracked: nothing is lost of it.
        deal.acme.post(&format!("{second}/restore"), json!({}), 200);
        let more = json!({ "reason": "ORDER_UPDATE", "allow_increase": true, "amount": "150.00" });
        deal.acme.post(&format!("{second}/modify"), more, 200);
        let more = [
            "2026-03-02: 2 1/1/0/0 200.00 250.00 0.00 18.75",
            "2026-03-05: 2 2/0/0/0 200.00 180.00 20.00 13.50",
            "4 3/1/0/0 400.00 430.00 20.00 32.25",
        ];
        assert_eq!(days(&deal.acme, &path), more);

        // Locked, and clawed back: what locked stays, and the correction stands beside it.
        world.travel("2026-03-17T23:00:05Z");
        run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
        let less = json!({ "reason": "ITEM_RETURNED", "amount_delta": "-40.00" });
        deal.acme.post(&format!("{first}/adjust"), less, 201);
        for _ in 0..2 {
            let told = days(&deal.bolt, &path);
            assert_eq!(told[0], "2026-03-02: 2 0/2/0/2 200.00 250.00 0.00 18.75");
            let totals = only(&deal.bolt.get(&path, 200))["totals"].clone();
            assert_eq!(totals["adjustments"], 1);
            assert_eq!(totals["adjusted_amount"]["amount"], "-40.00");
            assert_eq!(totals["adjusted_payout"]["amount"], "-3.00");
            fold_all(world);
        }
        assert_eq!(wrong(world), Vec::<String>::new());
    });
}

#[test]
fn a_day_begins_where_the_program_was_when_the_action_was_tracked() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let path = march(&deal);
        world.travel("2026-03-31T12:00:00Z");
        // Berlin: the 28th has 24 hours and ends at 23:00, the 29th has 23 and ends at 22:00.
        let moments = [
            "2026-03-28T22:59:59Z",
            "2026-03-28T23:00:00Z",
            "2026-03-29T21:59:59Z",
            "2026-03-29T22:00:00Z",
        ];
        for (number, moment) in moments.iter().enumerate() {
            deal.tracked_at(&format!("A-{number}"), moment);
        }
        let one = |day: &str, many: i64| {
            format!("{day}: {many} {many}/0/0/0 {many}00.00 {many}00.00 0.00 {}", many * 15 / 2)
        };
        let told = || -> Vec<String> {
            let told = days(&deal.acme, &path);
            told.iter().map(|day| day.split('.').next().unwrap_or_default().to_string()).collect()
        };
        let short =
            |day: &str, many: i64| one(day, many).split('.').next().unwrap_or_default().to_string();
        let berlin = [short("2026-03-28", 1), short("2026-03-29", 2), short("2026-03-30", 1)];
        assert_eq!(told()[..3], berlin);
        fold_all(world);

        // In Los Angeles it is still the day before, for what is tracked from then on.
        let zone = json!({ "time_zone": "America/Los_Angeles" });
        owner(world).patch(&format!("/v1/programs/{}", deal.program), zone, 200);
        assert_eq!(told()[..3], berlin);
        let later = deal.tracked_at("B-1", "2026-03-30T06:59:59Z");
        deal.tracked_at("B-2", "2026-03-30T07:00:00Z");
        let both = [short("2026-03-28", 1), short("2026-03-29", 3), short("2026-03-30", 2)];
        assert_eq!(told()[..3], both);
        deal.acme.post(&format!("{later}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        assert_eq!(days(&deal.acme, &path)[1], "2026-03-29: 3 2/0/1/0 300.00 200.00 100.00 15.00");

        // What was tracked before days were kept goes by the zone of then.
        meddle(world, "UPDATE actions SET occurred_on = NULL WHERE order_id LIKE 'A-%'");
        let zones = "INSERT INTO earlier_zones (program_id, time_zone) \
                     SELECT id, 'Europe/Berlin' FROM programs";
        meddle(world, zones);
        for zeroed in ["performance_days", "performance_program_days"] {
            meddle(world, &format!("DELETE FROM {zeroed}"));
        }
        meddle(world, "UPDATE performance_places SET turn = 0");
        let then = days(&deal.acme, &path);
        assert_eq!(then[1], "2026-03-29: 3 2/0/1/0 300.00 200.00 100.00 15.00");
        assert_eq!((told()[0].clone(), told()[2].clone()), (both[0].clone(), both[2].clone()));
        assert_eq!(wrong(world), Vec::<String>::new());
        fold_all(world);
        assert_eq!(days(&deal.acme, &path), then);
        assert_eq!(wrong(world), Vec::<String>::new());
    });
}

#[test]
fn who_is_credited_no_more_has_lost_the_action_of_that_day() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let (stays, goes) = (deal.tracked("A-1"), deal.tracked("A-2"));
        deal.acme.post(&format!("{goes}/approve"), json!({}), 200);
        fold(world);
        let to = json!({
            "partner_company_id": dawn.company_id(), "reason": "CREDITED_DIFFERENT_MP",
        });
        deal.acme.post(&format!("{goes}/reattribute"), to, 200);
        deal.acme.post(&format!("{stays}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        let of = |company: &str| {
            format!("/v1/companies/{company}/performance?from=2026-03-09&to=2026-03-09")
        };
        let (bolts, dawns) = (of(deal.bolt.company_id()), of(dawn.company_id()));
        let program = format!("/v1/programs/{}/performance", deal.program);
        for _ in 0..2 {
            assert_eq!(
                days(&deal.bolt, &bolts).pop().unwrap(),
                "1 0/0/1/0 100.00 0.00 100.00 0.00"
            );
            assert_eq!(days(&dawn, &dawns).pop().unwrap(), "1 1/0/0/0 100.00 100.00 0.00 20.00");
            let whole = "2 1/0/1/0 200.00 100.00 100.00 20.00";
            assert_eq!(days(&deal.acme, &program).pop().unwrap(), whole);
            fold_all(world);
        }
        assert_eq!(wrong(world), Vec::<String>::new());
    });
}

#[test]
fn currencies_stand_beside_each_other_and_no_amount_is_too_large_to_be_kept() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let yen = in_yen(world);
        let mut order = deal.order("A-2");
        (order["event_type_id"], order["currency"]) = (json!(yen), json!("JPY"));
        order["items"] = json!([{ "quantity": 1, "amount": "5000" }]);
        deal.acme.post("/v1/actions", order, 201);
        let path = march(&deal);
        let told = || -> Vec<String> {
            let answer = deal.acme.get(&path, 200);
            let all = answer["currencies"].as_array().unwrap().iter();
            all.map(|one| format!("{} {}", one["currency"], line(&one["totals"]))).collect()
        };
        let both =
            ["\"EUR\" 1 1/0/0/0 100.00 100.00 0.00 7.50", "\"JPY\" 1 1/0/0/0 5000 5000 0 375"];
        assert_eq!(told(), both);
        fold_all(world);
        assert_eq!(told(), both);

        let large = |number: i32| {
            let mut order = deal.order(&format!("L-{number}"));
            order["items"] = json!([{ "quantity": 1, "amount": "90000000000000000.00" }]);
            id(&deal.acme.post("/v1/actions", order, 201))
        };
        for number in 0..3 {
            large(number);
        }
        let problem = deal.acme.get(&path, 422);
        assert_eq!(problem["errors"][0]["code"], "out_of_range");
        fold_all(world);
        deal.acme.get(&path, 422);
        // The list of companies does without, and others are not concerned.
        let list = owner(world).get("/v1/companies?relationship=partner", 200);
        assert_eq!(list["data"][0]["performance_30d"], json!(null));
        let of_yen = deal.acme.get(&format!("{path}&event_type_id={yen}"), 200);
        assert_eq!(line(&only(&of_yen)["totals"]), "1 1/0/0/0 5000 5000 0 375");
        assert_eq!(wrong(world), Vec::<String>::new());
    });
}

/// The event type of another program of the brand, which counts in yen.
fn in_yen(world: &World) -> String {
    let owner = owner(world);
    let program = json!({ "name": "Tokyo", "currency": "JPY", "time_zone": "Asia/Tokyo" });
    let program = id(&owner.post("/v1/programs", program, 201));
    let types = format!("/v1/programs/{program}/event-types");
    let sale = json!({ "name": "Yen", "code": "YEN", "kind": "sale" });
    let sale = id(&owner.post(&types, sale, 201));
    let payouts = json!({ "payouts": [{ "event_type_id": sale, "percent": "7.5" }] });
    let login = json!({ "email": "bolt1@example.com", "password": "correct horse battery" });
    let bolt = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
    contract(&owner, &bolt, &program, (&sale, &sale), payouts);
    sale
}

#[test]
fn sums_that_somebody_meddled_with_are_found() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        deal.tracked_at("A-2", "2026-01-15T10:00:00Z");
        fold_all(world);
        assert_eq!(wrong(world), Vec::<String>::new());
        for (table, wrong_sums) in [("performance_days", 3), ("performance_program_days", 2)] {
            for change in ["sale_minor = sale_minor + 1", "actions = actions + 1"] {
                meddle(world, &format!("UPDATE {table} SET {change}"));
                // What is wrong of a partner is wrong of the whole too.
                let found = wrong(world);
                assert!(found.len() >= wrong_sums.min(2), "{table}: {found:?}");
                assert!(found.iter().any(|one| one.contains("2026-01-15")), "{found:?}");
                meddle(world, &format!("UPDATE {table} SET {}", change.replace('+', "-")));
                assert_eq!(wrong(world), Vec::<String>::new());
            }
        }
        told_by_the_command(world);
    });
}

fn told_by_the_command(world: &World) {
    let home = tempfile::tempdir().unwrap();
    process::adds_up(&world.database_url, home.path());
    meddle(world, "DELETE FROM performance_days WHERE day = '2026-01-15'");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(["verify", "--database-url", &world.database_url])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("on 2026-01-15: the sums of the day are not its actions"), "{told}");
}
