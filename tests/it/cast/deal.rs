//! Acme and Bolt have a deal: a partnership, a program, an event type and a contract.

use serde_json::{Value, json};

use super::http::Caller;
use super::world::World;

/// A brand, its partner, and what they have agreed on.
pub struct Deal {
    /// The brand's owner.
    pub acme: Caller,
    /// The partner's owner.
    pub bolt: Caller,
    /// The partnership.
    pub partnership: String,
    /// Acme's program, in euros, in Berlin.
    pub program: String,
    /// Its event type, with the code `sale`.
    pub event_type: String,
    /// The contract: 10 percent, locking a month after the end of the event's month.
    pub contract: String,
    /// An action of 100 euros, if the story wants one.
    pub action: String,
    /// A batch, if the story wants one.
    pub reversal: String,
    /// An API key, if the story wants one.
    pub api_key: String,
}

/// The id in an answer.
pub fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_string()
}

impl Deal {
    /// Partnership, program, event type and contract.
    pub fn new(world: &World) -> Self {
        Self::with_terms(
            world,
            json!({ "percent": "10" }),
            json!({ "after": "month", "months": 1, "days": 0 }),
        )
    }

    /// The same with other terms: the payout without its event type, and the lock rule.
    pub fn with_terms(world: &World, payout: Value, lock: Value) -> Self {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "hello" });
        let partnership = id(&acme.post("/v1/partnerships", offer, 201));
        bolt.post(&format!("/v1/partnerships/{partnership}/accept"), json!({}), 200);
        let program = json!({ "name": "Shoes", "currency": "EUR", "time_zone": "Europe/Berlin" });
        let program = id(&acme.post("/v1/programs", program, 201));
        let sale = json!({ "name": "Sale", "code": "sale", "kind": "sale" });
        let event_type = id(&acme.post(&format!("/v1/programs/{program}/event-types"), sale, 201));
        let mut payout = payout;
        payout["event_type_id"] = json!(event_type);
        let contract = json!({
            "program_id": program, "partner_company_id": bolt.company_id(),
            "starts_on": "2020-01-01", "payouts": [payout], "lock": lock,
        });
        let contract = id(&acme.post("/v1/contracts", contract, 201));
        bolt.post(&format!("/v1/contracts/{contract}/accept"), json!({}), 200);
        let none = String::new;
        Self {
            acme,
            bolt,
            partnership,
            program,
            event_type,
            contract,
            action: none(),
            reversal: none(),
            api_key: none(),
        }
    }

    /// The same with an action, a batch and an API key.
    pub fn with_an_action(world: &World) -> Self {
        let mut deal = Self::new(world);
        deal.action = id(&deal.track("A-1", "100.00"));
        let lines = json!([{ "order_id": "A-0", "operation": "approve" }]);
        let headers = [("Prefer", "wait=30")];
        let batch = json!({ "lines": lines });
        deal.reversal = id(&deal.acme.call("POST", "/v1/reversals", &headers, &batch, 200).json());
        let key = json!({ "name": "Spare", "scopes": ["events:read"] });
        deal.api_key = id(&deal.acme.post("/v1/api-keys", key, 201));
        deal
    }

    /// Tracks an order that happens now.
    pub fn track(&self, order: &str, amount: &str) -> Value {
        self.acme.post("/v1/actions", self.order(order, amount), 201)
    }

    /// An order to be tracked, which happened when the stories begin.
    pub fn order(&self, order: &str, amount: &str) -> Value {
        json!({
            "event_type_id": self.event_type, "order_id": order, "currency": "EUR",
            "occurred_at": super::world::BEGINNING, "amount": amount,
            "partner_company_id": self.bolt.company_id(),
        })
    }

    /// A path of the document with this deal's ids.
    pub fn path(&self, path: &str) -> String {
        let owner = path.split('/').zip(path.split('/').skip(1)).find(|(_, next)| *next == "{id}");
        let id = match owner.map(|(owner, _)| owner) {
            None => return path.to_string(),
            Some("actions") => &self.action,
            Some("api-keys") => &self.api_key,
            Some("companies") => self.acme.company_id(),
            Some("contracts") => &self.contract,
            Some("event-types") => &self.event_type,
            Some("partnerships") => &self.partnership,
            Some("programs") => &self.program,
            Some("reversals") => &self.reversal,
            Some(other) => panic!("no {other} in this deal"),
        };
        path.replace("{id}", id)
    }
}
