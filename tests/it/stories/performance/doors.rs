//! The doors: who sees which figures, over which periods, and how they are asked for.

use entente::kernel::id::CompanyId;
use entente::performance::model::Side;
use entente::performance::store;
use serde_json::{Value, json};

use super::{adds_up, days, fold, line, only};
use crate::cast::deal::{Deal, id, keyed, run};
use crate::cast::grants::grant;
use crate::cast::http::{Caller, faults};
use crate::cast::rival::{dawn, owner};
use crate::cast::world::{World, in_a_world};
use crate::stories::exports::{column, download};
use crate::stories::soonest_lock::limited;

fn of(company: &Caller, query: &str) -> String {
    format!("/v1/companies/{}/performance?{query}", company.company_id())
}

/// How many actions a caller is told of.
fn told(caller: &Caller, path: &str) -> i64 {
    only(&caller.get(path, 200))["totals"]["actions"].as_i64().unwrap()
}

#[test]
fn figures_are_seen_by_those_whose_actions_they_are_of() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        deal.tracked("A-1");
        let mut other = deal.order("A-2");
        other["partner_company_id"] = json!(dawn.company_id());
        deal.acme.post("/v1/actions", other, 201);
        let mut lead = deal.order("A-3");
        lead["event_type_id"] = json!(deal.lead);
        deal.acme.post("/v1/actions", lead, 201);
        fold(world);

        // The brand sees each of its partners, each partner itself, and strangers nobody.
        let program = format!("/v1/programs/{}/performance", deal.program);
        assert_eq!(told(&deal.acme, &of(&deal.bolt, "")), 2);
        assert_eq!(told(&deal.acme, &of(&dawn, "")), 1);
        assert_eq!(told(&deal.bolt, &of(&deal.bolt, "")), 2);
        assert_eq!(told(&deal.acme, &program), 3);
        assert_eq!(told(&deal.bolt, &program), 2);
        assert_eq!(told(&dawn, &program), 1);
        for path in [of(&deal.bolt, ""), of(&deal.acme, ""), program.clone()] {
            deal.crow.get(&path, 404);
            let file = path.replace("performance", "performance/export.csv");
            deal.crow.get(&file, 404);
            world.nobody().get(&path, 401);
        }
        deal.bolt.get(&of(&dawn, ""), 404);
        // What a brand's programs come to, the brand sees; a partner, what it earns there.
        assert_eq!(told(&deal.acme, &of(&deal.acme, "as=brand")), 3);
        assert_eq!(told(&deal.acme, &of(&deal.acme, "")), 0);
        assert_eq!(told(&dawn, &of(&deal.acme, "as=brand")), 1);
        assert_eq!(told(&deal.acme, &of(&deal.bolt, "as=brand")), 0);

        // Filters, and the limits of keys.
        let sale = format!("event_type_id={}", deal.sale);
        assert_eq!(told(&deal.acme, &of(&deal.bolt, &sale)), 1);
        assert_eq!(told(&deal.acme, &format!("{program}?{sale}")), 2);
        let of_dawn = format!("{program}?partner_company_id={}", dawn.company_id());
        assert_eq!(told(&deal.acme, &of_dawn), 1);
        assert_eq!(told(&deal.bolt, &of_dawn), 0, "another partner's are as if there were none");
        let unknown = format!("program_id={}", deal.program.replace('0', "1"));
        assert_eq!(told(&deal.acme, &of(&deal.bolt, &unknown)), 0);
        let key = limited(world, &deal.acme, json!({ "event_type_ids": [deal.lead] }));
        assert_eq!(told(&key, &of(&deal.bolt, "")), 1);
        assert_eq!(told(&key, &program), 1);
        let viewer = world.colleague(&deal.acme, "viewer");
        assert_eq!(told(&viewer, &program), 3);
        let weak = json!({ "name": "Weak", "scopes": ["programs:read", "companies:read"] });
        let weak =
            world.caller(&world.colleague(&deal.acme, "admin").post("/v1/api-keys", weak, 201));
        assert_eq!(weak.get(&program, 403)["code"], "scope_missing");
        let list = weak.get("/v1/companies?relationship=partner", 200);
        assert_eq!(list["data"][0]["performance_30d"], Value::Null);
    });
}

/// An agency that runs a program of its own with the deal's partner, and works for the brand.
fn agency(world: &World, deal: &Deal) -> Caller {
    let (agency, owner) = (world.company("Agency", "agency"), owner(world));
    for (from, partner) in [(&agency, deal.bolt.company_id()), (&owner, agency.company_id())] {
        let offer = json!({ "partner_company_id": partner, "message": "Hello" });
        let offer = id(&from.post("/v1/partnerships", offer, 201));
        let partner = match partner == agency.company_id() {
            true => world.again(&agency),
            false => bolts_owner(world),
        };
        partner.post(&format!("/v1/partnerships/{offer}/accept"), json!({}), 200);
    }
    agency
}

fn bolts_owner(world: &World) -> Caller {
    let login = json!({ "email": "bolt1@example.com", "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

#[test]
fn an_agency_sees_its_own_programs_and_those_of_brands_that_let_it() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let owner_of_agency = agency(world, &deal);
        let agency = keyed(world, &owner_of_agency);
        let program = format!("/v1/programs/{}/performance", deal.program);
        let (bolts, acmes) = (of(&deal.bolt, ""), of(&deal.acme, "as=brand"));
        assert_eq!(told(&agency, &bolts), 0, "a brand's figures are the brand's");
        assert_eq!(told(&agency, &acmes), 0);
        agency.get(&program, 404);

        // The other way round nothing is granted, and neither is by another kind.
        grant(world, &agency, &deal.acme, "view_performance", None);
        grant(world, &deal.acme, &agency, "manage_status", None);
        assert_eq!((told(&agency, &bolts), told(&agency, &acmes)), (0, 0));
        agency.get(&program, 404);
        grant(world, &deal.acme, &agency, "view_performance", None);
        for _ in 0..2 {
            assert_eq!((told(&agency, &bolts), told(&agency, &acmes)), (1, 1));
            assert_eq!(told(&agency, &program), 1);
            fold(world);
        }
        assert_eq!(brands(world, &agency, &deal.bolt).len(), 2);
        // What Bolt lets it see of its own programs opens nobody else's.
        assert_eq!(told(&deal.bolt, &acmes), 1);

        let partnerships = owner_of_agency.all("/v1/partnerships");
        let with_acme =
            partnerships.iter().find(|one| one["client_company_id"] == deal.acme.company_id());
        let path = format!("/v1/partnerships/{}/end", id(with_acme.expect("a partnership")));
        owner_of_agency.post(&path, json!({ "reason": "enough" }), 200);
        assert_eq!(told(&agency, &bolts), 0);
        agency.get(&acmes, 404);
        agency.get(&program, 404);
        assert_eq!(brands(world, &agency, &deal.bolt).len(), 1);
    });
}

/// Whose programs a reader sees a partner's figures of.
fn brands(world: &World, reader: &Caller, partner: &Caller) -> Vec<CompanyId> {
    let id = |caller: &Caller| caller.company_id().parse::<CompanyId>().expect("an id");
    let (reader, partner) = (id(reader), id(partner));
    let found = run(world, async |pool| {
        let found = pool.read(move |db| store::others(db, reader, (Side::Partner, partner)));
        found.await.expect("it reads")
    });
    found.expect("not all of them")
}

#[test]
fn every_stretch_is_told_and_compared_with_the_one_before() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for (order, at) in [
            ("A-1", "2026-01-10T10:00:00Z"),
            ("A-2", "2026-02-03T10:00:00Z"),
            ("A-3", "2026-02-27T10:00:00Z"),
            ("A-4", "2026-03-09T10:00:00Z"),
        ] {
            deal.tracked_at(order, at);
        }
        let back = deal.tracked_at("A-5", "2026-02-28T10:00:00Z");
        deal.acme.post(&format!("{back}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        fold(world);
        let ask = |query: &str| only(&deal.acme.get(&of(&deal.bolt, query), 200)).clone();
        let counts = |series: &Value| -> Vec<String> {
            let one = |one: &Value| format!("{} {}", one["from"].as_str().unwrap(), one["actions"]);
            series.as_array().unwrap().iter().map(one).collect()
        };
        let months = ask("from=2026-02-01&to=2026-03-31&interval=month&compare=previous_period");
        assert_eq!(counts(&months["series"]), ["2026-02-01 3", "2026-03-01 1"]);
        let before = &months["comparison"];
        assert_eq!((&before["from"], &before["to"]), (&json!("2025-12-01"), &json!("2026-01-31")));
        assert_eq!(counts(&before["series"]), ["2025-12-01 0", "2026-01-01 1"]);
        adds_up(&months["totals"], months["series"].as_array().unwrap());
        assert_eq!(line(&before["totals"]), "1 1/0/0/0 100.00 100.00 0.00 7.50");
        let above = |difference: &Value| {
            let amount = |name: &str| difference[name]["amount"].as_str().unwrap().to_string();
            let [actions, reversed] = [&difference["actions"], &difference["reversed_count"]];
            format!("{actions} {reversed} {} {}", amount("sale_amount"), amount("payout"))
        };
        assert_eq!(above(&before["difference"]), "3 1 200.00 15.00");
        let each: Vec<String> = before["series"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| above(&one["difference"]))
            .collect();
        assert_eq!(each, ["3 1 200.00 15.00", "0 0 0.00 0.00"]);

        let weeks = ask("from=2026-02-23&to=2026-03-10&interval=week");
        assert_eq!(counts(&weeks["series"]), ["2026-02-23 2", "2026-03-02 0", "2026-03-09 1"]);
        assert_eq!(weeks["series"][2]["to"], "2026-03-10");
        assert_eq!(weeks["comparison"], Value::Null);
        let quarters = ask("from=2025-10-01&to=2026-03-31&interval=quarter&compare=previous_year");
        assert_eq!(counts(&quarters["series"]), ["2025-10-01 0", "2026-01-01 5"]);
        assert_eq!(quarters["comparison"]["to"], "2025-03-31");
        // Two days of a leap year more than in the year after.
        let leap = ask("from=2025-02-27&to=2025-03-01&compare=previous_year");
        assert_eq!(leap["comparison"]["series"].as_array().unwrap().len(), 4);
        assert_eq!(leap["comparison"]["series"][3]["difference"], Value::Null);
        // Nothing said, it is the last thirty days.
        let usual = deal.acme.get(&of(&deal.bolt, ""), 200);
        assert_eq!((&usual["from"], &usual["to"]), (&json!("2026-02-09"), &json!("2026-03-10")));
        assert_eq!(only(&usual)["series"].as_array().unwrap().len(), 30);
        // Where there is nothing there are zeros, and no share of them.
        let none = ask("from=2020-01-01&to=2020-01-02");
        assert_eq!(
            (&none["currency"], none["series"].as_array().unwrap().len()),
            (&json!("USD"), 2)
        );
        assert_eq!(none["totals"]["reversal_rate"], Value::Null);
        assert_eq!(none["totals"]["average_order"], Value::Null);
        let program = format!("/v1/programs/{}/performance?to=2020-01-02", deal.program);
        assert_eq!(only(&deal.acme.get(&program, 200))["currency"], "EUR");
    });
}

#[test]
fn a_file_has_a_row_for_each_stretch_with_what_it_is_compared_with() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.tracked_at("A-2", "2026-03-08T10:00:00Z");
        deal.acme.post(&format!("{path}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        let query = "from=2026-03-09&to=2026-03-10&compare=previous_period";
        let programs = format!("/v1/programs/{}/performance/export.csv?{query}", deal.program);
        let bolt = deal.bolt.company_id();
        let companies = format!("/v1/companies/{bolt}/performance/export.csv?{query}");
        for (caller, path) in
            [(&deal.acme, &programs), (&deal.acme, &companies), (&deal.bolt, &companies)]
        {
            let file = download(caller, path);
            let name = file.header("Content-Disposition");
            assert_eq!(name, "attachment; filename=\"performance.csv\"");
            for (name, cells) in [
                ("currency", ["EUR", "EUR"]),
                ("from", ["2026-03-09", "2026-03-10"]),
                ("actions", ["1", "0"]),
                ("reversed_count", ["1", "0"]),
                ("sale_amount", ["0.00", "0.00"]),
                ("reversed_amount", ["100.00", "0.00"]),
                ("reversal_rate", ["1.0000", ""]),
                ("compared_from", ["2026-03-07", "2026-03-08"]),
                ("compared_actions", ["0", "1"]),
                ("compared_payout", ["0.00", "7.50"]),
            ] {
                assert_eq!(column(&file, name), cells, "{name}");
            }
        }
        let plain = download(&deal.acme, &companies.replace("&compare=previous_period", ""));
        assert_eq!(column(&plain, "compared_from"), ["", ""]);
    });
}

#[test]
fn what_cannot_be_asked_for_is_refused_with_everything_that_is_wrong() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let program = format!("/v1/programs/{}/performance", deal.program);
        for base in [of(&deal.bolt, ""), format!("{program}?")] {
            for file in [false, true] {
                let base = match file {
                    true => base.replace("performance?", "performance/export.csv?"),
                    false => base.clone(),
                };
                let wrong = |query: &str| faults(&deal.acme.get(&format!("{base}{query}"), 422));
                assert_eq!(wrong("from=2026-03-02&to=2026-03-01"), ["to out_of_range"]);
                assert_eq!(wrong("from=2027-01-01"), ["from out_of_range"]);
                assert_eq!(wrong("from=2025-01-01&to=2026-03-01"), ["to out_of_range"]);
                let long = "from=2020-01-01&to=2026-03-01&interval=quarter";
                assert_eq!(wrong(long), ["to out_of_range"]);
                let all = wrong("from=yesterday&to=2026-02-30&interval=hour&compare=me&nonsense=1");
                let places: Vec<&str> =
                    all.iter().filter_map(|one| one.split(' ').next()).collect();
                assert_eq!(places, ["compare", "from", "interval", "nonsense", "to"], "{all:?}");
            }
        }
        deal.acme.get(&of(&deal.bolt, "as=agency"), 422);
        deal.acme.get(&of(&deal.bolt, "program_id=prg_1"), 422);
        deal.acme.get(&format!("{program}?as=brand"), 422);
        // As far as days go there is nothing, and nothing breaks.
        for query in
            ["from=0001-01-01&to=0001-01-02&compare=previous_year", "from=9999-12-01&to=9999-12-31"]
        {
            assert_eq!(told(&deal.acme, &of(&deal.bolt, query)), 0, "{query}");
        }
    });
}

#[test]
fn the_list_of_companies_tells_what_each_brought_of_late() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        deal.tracked("A-2");
        deal.tracked_at("old", "2026-02-08T10:00:00Z");
        deal.acme.post(&format!("{path}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        let owner = owner(world);
        let euros = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
        let expected = json!([{
            "currency": "EUR", "actions": 2, "sale_amount": euros("100.00"),
            "payout": euros("7.50"), "reversal_rate": "0.5000",
        }]);
        for _ in 0..2 {
            let list = owner.get("/v1/companies", 200);
            let row = |id: &str| {
                let rows = list["data"].as_array().unwrap();
                rows.iter().find(|row| row["id"] == id).unwrap()["performance_30d"].clone()
            };
            assert_eq!(row(deal.bolt.company_id()), expected);
            assert_eq!(row(dawn.company_id()), json!([]));
            assert_eq!(row(deal.acme.company_id()), Value::Null);
            fold(world);
        }
        // To Bolt Acme brought nothing.
        let list = bolts_owner(world).get("/v1/companies?relationship=client", 200);
        assert_eq!(list["data"][0]["performance_30d"], json!([]));
        assert_eq!(days(&deal.acme, &of(&deal.bolt, "from=2026-03-09&to=2026-03-09")).len(), 2);
    });
}
