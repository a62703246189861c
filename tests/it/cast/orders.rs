//! A brand whose partner has brought it many orders, as it stands at a program of its own.

use entente::kernel::time::Clock;
use serde_json::{Value, json};

use super::deal::id;
use super::http::Caller;

/// Two companies, a contract and `count` orders of 100.00 euros, called `K-0` and so on; gives a
/// credential of the brand that lasts, and the event type.
pub fn tracked_orders(nobody: &Caller, count: usize) -> (String, String) {
    let (acme, _) = register(nobody, "acme");
    let (bolt, partner) = register(nobody, "bolt");
    let offer = json!({ "partner_company_id": partner, "message": "hello" });
    let offer = id(&acme.post("/v1/partnerships", offer, 201));
    bolt.post(&format!("/v1/partnerships/{offer}/accept"), json!({}), 200);
    let program = json!({ "name": "Shoes", "currency": "EUR", "time_zone": "UTC" });
    let program = id(&acme.post("/v1/programs", program, 201));
    let sale = json!({ "name": "Sale", "code": "sale", "kind": "sale" });
    let sale = id(&acme.post(&format!("/v1/programs/{program}/event-types"), sale, 201));
    let contract = json!({
        "program_id": program, "partner_company_id": partner, "starts_on": "2020-01-01",
        "payouts": [{ "event_type_id": sale, "percent": "10" }],
        "lock": { "after": "month", "months": 2, "days": 0 },
    });
    let contract = id(&acme.post("/v1/contracts", contract, 201));
    bolt.post(&format!("/v1/contracts/{contract}/accept"), json!({}), 200);
    // The program under test has no clock but the machine's.
    let now = Clock::System.now().to_string();
    let order = |number: &usize| {
        json!({
            "event_type_id": sale, "order_id": format!("K-{number}"), "occurred_at": now,
            "currency": "EUR", "partner_company_id": partner, "amount": "100.00",
        })
    };
    for some in (0..count).collect::<Vec<_>>().chunks(1_000) {
        let actions: Vec<Value> = some.iter().map(order).collect();
        acme.post("/v1/actions/batch", json!({ "actions": actions }), 200);
    }
    let scopes =
        ["reversals:write", "reversals:read", "actions:read", "actions:write", "events:read"];
    let key = acme.post("/v1/api-keys", json!({ "name": "Feed", "scopes": scopes }), 201);
    (key["secret"].as_str().expect("a secret").to_string(), sale)
}

/// A file that lowers each of these orders by 1.00 for every reason: a line that is done twice, or
/// not at all, shows in the sale.
pub fn lowering(count: usize, reasons: &[&str]) -> String {
    let mut file = String::from("order_id,operation,reason,amount_delta\n");
    for reason in reasons {
        (0..count).for_each(|n| file.push_str(&format!("K-{n},modify,{reason},-1.00\n")));
    }
    file
}

/// Each of these orders was lowered by 1.00 that often, and nothing else was done to it.
pub fn each_is_lowered(acme: &Caller, count: usize, times: usize) {
    let actions = acme.all("/v1/actions?limit=200");
    assert_eq!(actions.len(), count);
    for action in actions {
        assert_eq!(action["sale_amount"]["amount"], format!("{}.00", 100 - times), "{action}");
        assert_eq!(action["version"], 1 + times, "tracked and lowered so often: {action}");
    }
}

/// A company's owner, and the company.
pub fn register(nobody: &Caller, name: &str) -> (Caller, String) {
    let body = json!({
        "email": format!("{name}@example.com"), "password": "correct horse battery", "name": name,
        "company": { "name": name, "kind": "brand" },
    });
    let answer = nobody.post("/v1/auth/register", body, 201);
    let company = id(&answer["company"]);
    (nobody.with(answer["access_token"].as_str().expect("a token")), company)
}
