//! A brand proposes terms, a partner accepts them, both foretell what they pay.

use serde_json::{Value, json};

use super::partnerships::{agreed, record_until};
use super::programs::{event_type, program};
use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world};

/// What a contract of a story is about.
#[derive(Clone, Copy)]
pub struct Deal<'a> {
    /// The program.
    pub program: &'a str,
    /// What earns 7.5 %.
    pub event_type: &'a str,
    /// The first day.
    pub starts_on: Option<&'a str>,
}

/// A contract that Acme proposes to Bolt; its path.
pub fn proposed(acme: &Caller, bolt: &Caller, deal: Deal<'_>) -> String {
    let made = acme.post("/v1/contracts", terms_of(bolt, deal), 201);
    format!("/v1/contracts/{}", made["id"].as_str().unwrap())
}

fn terms_of(bolt: &Caller, deal: Deal<'_>) -> Value {
    let mut body = json!({
        "program_id": deal.program, "partner_company_id": bolt.company_id(),
        "payouts": [{ "event_type_id": deal.event_type, "percent": "7.5" }],
        "lock": { "after": "day", "months": 0, "days": 15 },
    });
    if let Some(day) = deal.starts_on {
        body["starts_on"] = json!(day);
    }
    body
}

/// Acme and Bolt with an active partnership, a stranger, and a program with one event type.
struct Cast {
    acme: Caller,
    bolt: Caller,
    crow: Caller,
    partnership: String,
    program: String,
    sale: String,
}

impl Cast {
    fn of(world: &World, zone: &str) -> Self {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let partnership = agreed(&acme, &bolt);
        let program = program(&acme, zone);
        let sale = event_type(&acme, &program, "SALE");
        Self { crow: world.company("Crow", "partner"), acme, bolt, partnership, program, sale }
    }

    fn deal(&self) -> Deal<'_> {
        Deal { program: &self.program, event_type: &self.sale, starts_on: None }
    }

    fn proposed(&self) -> String {
        proposed(&self.acme, &self.bolt, self.deal())
    }

    fn active(&self) -> String {
        let path = self.proposed();
        self.bolt.post(&format!("{path}/accept"), json!({}), 200);
        path
    }
}

#[test]
fn a_contract_is_proposed_by_the_brand_and_accepted_by_the_partner() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let (acme, bolt, crow) = (&cast.acme, &cast.bolt, &cast.crow);
        let path = cast.proposed();
        let seen = bolt.get(&path, 200);
        assert_eq!(seen["status"], "proposed");
        assert_eq!(seen["currency"], "EUR");
        assert_eq!(seen["terms"], Value::Null);
        let version = &seen["versions"][0];
        assert_eq!(version["lock"], json!({ "after": "day", "months": 0, "days": 15 }));
        assert_eq!(version["payouts"][0]["percent"], "7.5");
        assert_eq!(version["after_lock"], "forbid");
        assert_eq!(version["hold_days"], 60);

        let accept = format!("{path}/accept");
        crow.get(&path, 404);
        crow.post(&accept, json!({}), 404);
        assert_eq!(acme.post(&accept, json!({}), 403)["code"], "forbidden");
        let stale = [("If-Match", "\"9\"")];
        bolt.call("POST", &accept, &stale, &json!({}), 412);
        let once = [("Idempotency-Key", "yes"), ("If-Match", "\"1\"")];
        let accepted = bolt.call("POST", &accept, &once, &json!({}), 200);
        let again = bolt.call("POST", &accept, &once, &json!({}), 200);
        assert_eq!(accepted.json(), again.json());
        assert_eq!(accepted.header("ETag"), "\"2\"");
        assert_eq!(accepted.json()["status"], "active");
        assert_eq!(accepted.json()["terms"]["in_force_from"], "2026-03-10T12:00:00Z");
        assert_eq!(bolt.post(&accept, json!({}), 409)["code"], "no_open_version");
        assert_eq!(acme.all("/v1/contracts").len(), 1);
        assert!(crow.all("/v1/contracts").is_empty());
    });
}

#[test]
fn a_contract_is_declined_withdrawn_and_ended_by_the_right_side() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let (acme, bolt) = (&cast.acme, &cast.bolt);
        let declined = cast.proposed();
        acme.post(&format!("{declined}/decline"), json!({}), 403);
        assert_eq!(bolt.post(&format!("{declined}/decline"), json!({}), 200)["status"], "declined");
        let late = bolt.post(&format!("{declined}/accept"), json!({}), 409);
        assert_eq!(late["code"], "contract_already_answered");

        let withdrawn = cast.proposed();
        bolt.post(&format!("{withdrawn}/withdraw"), json!({}), 403);
        let done = acme.post(&format!("{withdrawn}/withdraw"), json!({}), 200);
        assert_eq!(done["versions"][0]["status"], "withdrawn");

        let early = cast.proposed();
        let problem = acme.post(&format!("{early}/end"), json!({}), 409);
        assert_eq!(problem["code"], "contract_not_active");
        bolt.post(&format!("{early}/accept"), json!({}), 200);
        bolt.post(&format!("{early}/end"), json!({}), 403);
        let ended = acme.post(&format!("{early}/end"), json!({}), 200);
        assert_eq!((&ended["status"], &ended["terms"]), (&json!("ended"), &Value::Null));

        let program = &cast.program;
        let filtered = format!("/v1/contracts?program_id={program}&status=declined,ended");
        assert_eq!(bolt.all(&filtered).len(), 2);
        let mine = format!("/v1/contracts?partner_company_id={}&limit=1", bolt.company_id());
        assert_eq!(acme.all(&mine).len(), 3);
    });
}

#[test]
fn a_partner_has_one_active_contract_in_a_program_and_needs_a_partnership() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let (acme, bolt, crow) = (&cast.acme, &cast.bolt, &cast.crow);
        let (first, second) = (cast.proposed(), cast.proposed());
        bolt.post(&format!("{first}/accept"), json!({}), 200);
        let problem = bolt.post(&format!("{second}/accept"), json!({}), 409);
        assert_eq!(problem["code"], "contract_exists");
        let third = acme.post("/v1/contracts", terms_of(bolt, cast.deal()), 409);
        assert_eq!(third["code"], "contract_exists");
        let stranger = acme.post("/v1/contracts", terms_of(crow, cast.deal()), 409);
        assert_eq!(stranger["code"], "no_partnership");
    });
}

#[test]
fn of_two_contracts_accepted_at_once_one_is_active() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let paths: Vec<String> = (0..4).map(|_| cast.proposed()).collect();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let sent: Vec<_> = paths
                .iter()
                .map(|path| {
                    let (bolt, accept) = (cast.bolt.clone(), format!("{path}/accept"));
                    scope.spawn(move || bolt.send("POST", &accept, &[], b"").status)
                })
                .collect();
            sent.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
    });
}

#[test]
fn ending_the_partnership_ends_its_contracts_at_the_same_moment() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let (acme, bolt) = (&cast.acme, &cast.bolt);
        let (active, open) = (cast.proposed(), cast.proposed());
        bolt.post(&format!("{active}/accept"), json!({}), 200);
        world.travel("2026-03-10T12:10:00Z");
        bolt.post(&format!("{}/end", cast.partnership), json!({ "reason": "enough" }), 200);
        let ended = acme.get(&active, 200);
        assert_eq!(ended["status"], "ended");
        assert_eq!(ended["ended_at"], "2026-03-10T12:10:00Z");
        assert_eq!(acme.get(&open, 200)["status"], "withdrawn");
        let problem = acme.post("/v1/contracts", terms_of(bolt, cast.deal()), 409);
        assert_eq!(problem["code"], "no_partnership");
        let events = record_until(acme, "contract.withdrawn");
        let at_the_end: Vec<_> = events
            .iter()
            .filter(|event| event["at"] == "2026-03-10T12:10:00Z")
            .map(|event| event["type"].as_str().unwrap())
            .collect();
        assert_eq!(at_the_end, ["partnership.ended", "contract.ended", "contract.withdrawn"]);
    });
}

#[test]
fn contracts_outlive_one_of_two_partnerships() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let path = cast.active();
        agreed(&cast.bolt, &cast.acme);
        let end = format!("{}/end", cast.partnership);
        cast.acme.post(&end, json!({ "reason": "one is enough" }), 200);
        assert_eq!(cast.bolt.get(&path, 200)["status"], "active");
    });
}

#[test]
fn new_terms_are_a_version_and_count_once_accepted() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let (acme, bolt) = (&cast.acme, &cast.bolt);
        let path = cast.proposed();
        let versions = format!("{path}/versions");
        let better = json!({
            "payouts": [{ "event_type_id": cast.sale, "fixed": "5.00", "fixed_per": "item" }],
            "lock": { "open_ended": true }, "clearing": { "after": "day", "days": 30 },
            "after_lock": "clawback", "hold_days": 14, "clawback_days": 30,
            "inquiry_days": 7, "inquiry_default": "accept",
        });
        let early = acme.post(&versions, better.clone(), 409);
        assert_eq!(early["code"], "contract_not_active");
        bolt.post(&format!("{path}/accept"), json!({}), 200);
        bolt.post(&versions, better.clone(), 403);
        let opened = acme.call("POST", &versions, &[], &better, 201);
        assert_eq!(opened.header("ETag"), "\"3\"");
        assert_eq!(opened.header("Location"), path);
        assert_eq!(acme.post(&versions, better.clone(), 409)["code"], "version_open");
        assert_eq!(bolt.get(&path, 200)["terms"]["number"], 1);
        let declined = bolt.post(&format!("{path}/decline"), json!({}), 200);
        assert_eq!(declined["status"], "active");

        acme.post(&versions, better.clone(), 201);
        acme.post(&format!("{path}/withdraw"), json!({}), 200);
        acme.post(&versions, better, 201);
        let accepted = bolt.post(&format!("{path}/accept"), json!({}), 200);
        let terms = &accepted["terms"];
        assert_eq!(terms["number"], 4);
        assert_eq!(terms["lock"], json!({ "open_ended": true }));
        assert_eq!((&terms["hold_days"], &terms["clawback_days"]), (&json!(14), &json!(30)));
        let inquiries = (&terms["inquiry_days"], &terms["inquiry_default"]);
        assert_eq!(inquiries, (&json!(7), &json!("accept")));
        let first = &accepted["versions"][0];
        let usual = (&first["inquiry_days"], &first["inquiry_default"]);
        assert_eq!(usual, (&json!(30), &json!("decline")));
        assert_eq!(terms["clearing"], json!({ "after": "day", "months": 0, "days": 30 }));
        assert_eq!(terms["payouts"][0]["fixed"], json!({ "amount": "5.00", "currency": "EUR" }));
        let events = record_until(bolt, "contract.version_withdrawn");
        let kinds: Vec<_> = events.iter().map(|event| event["type"].clone()).collect();
        for kind in ["proposed", "accepted", "version_proposed", "version_declined"] {
            assert!(kinds.contains(&json!(format!("contract.{kind}"))), "{kind} in {kinds:?}");
        }
    });
}

#[test]
fn a_proposal_is_told_all_its_faults_at_once() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let elsewhere = event_type(&cast.acme, &program(&cast.acme, "UTC"), "ELSE");
        let body = json!({
            "program_id": cast.program, "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a",
            "currency": "USD", "starts_on": "2026-05-01", "ends_on": "2026-04-01",
            "payouts": [
                { "event_type_id": cast.sale, "percent": "100.5" },
                { "event_type_id": cast.sale, "fixed": "1.005" },
                { "event_type_id": elsewhere, "percent": "1", "fixed": "1.00" },
            ],
            "lock": { "open_ended": true, "days": 3 },
        });
        let expected = [
            "/currency currency_mismatch",
            "/ends_on out_of_range",
            "/lock one_of_fields",
            "/partner_company_id unknown_company",
            "/payouts/0/percent out_of_range",
            "/payouts/1/fixed too_precise",
            "/payouts/2 one_of_fields",
            "/payouts/2/event_type_id unknown_event_type",
        ];
        assert_eq!(faults(&cast.acme.post("/v1/contracts", body, 422)), expected);

        let twice = json!({
            "program_id": cast.program, "partner_company_id": cast.bolt.company_id(),
            "payouts": [
                { "event_type_id": cast.sale, "percent": "1" },
                { "event_type_id": cast.sale, "percent": "2" },
            ],
            "lock": { "months": 1 },
        });
        let expected = ["/lock/after missing_field", "/payouts/1/event_type_id duplicate"];
        assert_eq!(faults(&cast.acme.post("/v1/contracts", twice, 422)), expected);

        let mut foreign = terms_of(&cast.acme, cast.deal());
        foreign["payouts"][0]["percent"] = json!(7.5);
        foreign["lock"]["months"] = json!(25);
        foreign["hold_days"] = json!(0);
        foreign["clawback_days"] = json!(3651);
        foreign["inquiry_days"] = json!(91);
        foreign["inquiry_default"] = json!("shrug");
        foreign["colour"] = json!("red");
        let expected = [
            "/clawback_days out_of_range",
            "/colour unknown_field",
            "/hold_days out_of_range",
            "/inquiry_days out_of_range",
            "/inquiry_default unknown_value",
            "/lock/months out_of_range",
            "/payouts/0/percent wrong_type",
        ];
        assert_eq!(faults(&cast.bolt.post("/v1/contracts", foreign, 422)), expected);
        let foreign = terms_of(&cast.acme, cast.deal());
        let problem = cast.bolt.post("/v1/contracts", foreign, 422);
        assert_eq!(faults(&problem), ["/program_id unknown_program"]);
    });
}

/// A preview of 100.00 EUR at a moment.
fn foretold(caller: &Caller, path: &str, sale: &str, occurred_at: &str) -> Value {
    let body = json!({
        "event_type_id": sale, "occurred_at": occurred_at, "currency": "EUR", "amount": "100.00",
    });
    caller.post(&format!("{path}/preview"), body, 200)
}

#[test]
fn a_preview_tells_the_lock_dates_of_the_book() {
    in_a_world(|world| {
        let cast = Cast::of(world, "America/Los_Angeles");
        let (acme, bolt, sale) = (&cast.acme, &cast.bolt, &cast.sale);
        let deal = Deal { starts_on: Some("2020-01-01"), ..cast.deal() };
        let by_day = proposed(acme, bolt, deal);
        let told = foretold(bolt, &by_day, sale, "2020-09-10T10:42:38-07:00");
        assert_eq!(told["locks_at"], "2020-09-26T07:00:00Z", "proposed terms foretell");
        bolt.post(&format!("{by_day}/accept"), json!({}), 200);
        let told = foretold(acme, &by_day, sale, "2020-09-10T10:42:38-07:00");
        assert_eq!(told["locks_at"], "2020-09-26T07:00:00Z", "midnight in Los Angeles");
        assert_eq!(told["clears_at"], told["locks_at"]);
        assert_eq!(told["payout"], json!({ "amount": "7.50", "currency": "EUR" }));

        let by_month = json!({
            "payouts": [{ "event_type_id": sale, "percent": "10" }],
            "lock": { "after": "month", "months": 0, "days": 27 },
            "clearing": { "after": "month", "months": 1 },
        });
        acme.post(&format!("{by_day}/versions"), by_month, 201);
        bolt.post(&format!("{by_day}/accept"), json!({}), 200);
        let told = foretold(acme, &by_day, sale, "2027-01-31T23:59:00-08:00");
        assert_eq!(told["locks_at"], "2027-02-28T08:00:00Z");
        assert_eq!(told["clears_at"], "2027-04-01T07:00:00Z");
        let told = foretold(acme, &by_day, sale, "2027-02-01T00:00:00-08:00");
        assert_eq!(told["locks_at"], "2027-03-28T07:00:00Z", "one minute later, a March date");
        assert_eq!(told["payout"]["amount"], "10.00");
        let told = foretold(acme, &by_day, sale, "2020-09-10T10:42:38-07:00");
        assert_eq!(told["payout"]["amount"], "7.50", "older events keep their terms");
        assert_eq!(acme.get(&by_day, 200)["version"], 4, "nothing was stored");
    });
}

#[test]
fn a_preview_adds_up_over_items_and_tells_what_is_wrong() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let path = cast.active();
        let preview = format!("{path}/preview");
        let body = json!({
            "event_type_id": cast.sale, "occurred_at": "2026-06-01T00:00:00Z", "currency": "EUR",
            "items": [
                { "sku": "A", "quantity": 2, "amount": "0.10" },
                { "quantity": 1, "amount": "33.33" },
            ],
        });
        let told = cast.bolt.post(&preview, body, 200);
        assert_eq!(told["items"][0]["payout"]["amount"], "0.01");
        assert_eq!(told["items"][1]["payout"]["amount"], "2.50");
        assert_eq!(told["payout"]["amount"], "2.51");

        let wrong = json!({
            "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "currency": "JPY",
            "occurred_at": "2026-03-09T00:00:00Z",
            "items": [{ "quantity": 1, "amount": "1.00" }, { "quantity": 1, "amount": "-1" }],
        });
        let expected = [
            "/currency currency_mismatch",
            "/event_type_id unknown_event_type",
            "/items/0/amount too_precise",
            "/items/1/amount out_of_range",
            "/occurred_at no_contract",
        ];
        assert_eq!(faults(&cast.acme.post(&preview, wrong, 422)), expected);
        let unpaid = event_type(&cast.acme, &cast.program, "LEAD");
        let body = json!({
            "event_type_id": unpaid, "occurred_at": "2026-06-01T00:00:00Z", "currency": "EUR",
        });
        let expected = [" one_of_fields", "/event_type_id no_contract"];
        assert_eq!(faults(&cast.acme.post(&preview, body.clone(), 422)), expected);
        cast.crow.post(&preview, body, 404);
    });
}

#[test]
fn keys_read_contracts_within_their_limits_and_decide_nothing() {
    in_a_world(|world| {
        let cast = Cast::of(world, "UTC");
        let path = cast.active();
        let other = program(&cast.acme, "UTC");
        let elsewhere = event_type(&cast.acme, &other, "ELSE");
        let unseen = event_type(&cast.acme, &cast.program, "LEAD");
        let key = |field: &str, id: &str| {
            let body = json!({ "name": "Key", "scopes": ["contracts:read"], field: [id] });
            world.caller(&cast.acme.post("/v1/api-keys", body, 201))
        };
        let within = key("program_ids", &cast.program);
        assert_eq!(within.get(&path, 200)["terms"]["payouts"].as_array().unwrap().len(), 1);
        assert_eq!(
            foretold(&within, &path, &cast.sale, "2026-06-01T00:00:00Z")["payout"]["amount"],
            "7.50"
        );
        let problem = within.post(&format!("{path}/end"), json!({}), 403);
        assert_eq!(problem["code"], "key_not_allowed");
        for beyond in [key("program_ids", &other), key("event_type_ids", &elsewhere)] {
            beyond.get(&path, 404);
            assert!(beyond.all("/v1/contracts").is_empty());
        }
        let narrow = key("event_type_ids", &unseen);
        assert_eq!(narrow.get(&path, 200)["terms"]["payouts"], json!([]));
    });
}
