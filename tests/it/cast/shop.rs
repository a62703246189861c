//! A brand with one partner and one event type, in a currency of its choice.

use serde_json::{Value, json};

use super::deal::id;
use super::http::Caller;
use super::world::World;

/// Who they are, and what they agreed on: a share of every sale, locked 15 days after it.
pub struct Shop {
    /// The brand's owner.
    pub acme: Caller,
    /// The partner's owner.
    pub bolt: Caller,
    currency: String,
    event_type: String,
}

impl Shop {
    /// Makes it: an event type of this code, of whose sales the partner has so many percent.
    pub fn of(world: &World, currency: &str, code: &str, percent: &str) -> Self {
        Self::earning(world, currency, code, json!({ "percent": percent }))
    }

    /// The same, where the partner earns by any rate.
    pub fn earning(world: &World, currency: &str, code: &str, mut rate: Value) -> Self {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        let offer = id(&acme.post("/v1/partnerships", offer, 201));
        bolt.post(&format!("/v1/partnerships/{offer}/accept"), json!({}), 200);
        let program = json!({ "name": "Shop", "currency": currency, "time_zone": "UTC" });
        let program = id(&acme.post("/v1/programs", program, 201));
        let sale = json!({ "name": "Sale", "code": code, "kind": "sale" });
        let event_type = id(&acme.post(&format!("/v1/programs/{program}/event-types"), sale, 201));
        rate["event_type_id"] = json!(event_type);
        let contract = json!({
            "program_id": program, "partner_company_id": bolt.company_id(),
            "starts_on": "2026-01-01",
            "payouts": [rate],
            "lock": { "after": "day", "months": 0, "days": 15 },
        });
        let contract = id(&acme.post("/v1/contracts", contract, 201));
        bolt.post(&format!("/v1/contracts/{contract}/accept"), json!({}), 200);
        Self { acme, bolt, currency: currency.to_string(), event_type }
    }

    /// Tracks an order of items, each with its article number, how many there are and what they are
    /// worth together; the path of the action.
    pub fn tracked(&self, order_id: &str, items: &[(&str, i64, &str)]) -> String {
        let items = items.iter().map(
            |(sku, quantity, amount)| json!({ "sku": sku, "quantity": quantity, "amount": amount }),
        );
        let order = json!({
            "event_type_id": self.event_type, "order_id": order_id, "currency": self.currency,
            "occurred_at": "2026-03-09T10:00:00Z", "partner_company_id": self.bolt.company_id(),
            "items": items.collect::<Vec<Value>>(),
        });
        format!("/v1/actions/{}", id(&self.acme.post("/v1/actions", order, 201)))
    }
}
