//! A second partner of the brand's, who may have earned what the first is credited for.

use serde_json::{Value, json};

use super::deal::{Deal, contract, id, keyed};
use super::http::Caller;
use super::world::World;

/// Acme's owner, signed in at this moment.
pub fn owner(world: &World) -> Caller {
    let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

/// Dawn, who gets 20 % of every sale in the deal's program, from the year's first day on.
pub fn dawn(world: &World, deal: &Deal) -> Caller {
    let payouts = json!([{ "event_type_id": deal.sale, "percent": "20" }]);
    partner(world, deal, "Dawn", json!({ "payouts": payouts }))
}

/// Another partner, by these terms.
pub fn partner(world: &World, deal: &Deal, name: &str, terms: Value) -> Caller {
    let (owner, partner) = (owner(world), world.company(name, "partner"));
    let offer = json!({ "partner_company_id": partner.company_id(), "message": "Hello" });
    let offer = id(&owner.post("/v1/partnerships", offer, 201));
    partner.post(&format!("/v1/partnerships/{offer}/accept"), json!({}), 200);
    contract(&owner, &partner, &deal.program, (&deal.sale, &deal.lead), terms);
    keyed(world, &partner)
}

/// A code of the deal's program, which the partner has from the year's first day on; its path.
pub fn code(deal: &Deal, text: &str, partner: &Caller) -> String {
    let body = json!({
        "program_id": deal.program, "code": text, "partner_company_id": partner.company_id(),
        "valid_from": "2026-01-01T00:00:00Z",
    });
    format!("/v1/referral-codes/{}", id(&deal.acme.post("/v1/referral-codes", body, 201)))
}

/// The deal's order, credited by a code alone.
pub fn order(deal: &Deal, order_id: &str, code: &str, occurred_at: &str) -> Value {
    let mut order = deal.order(order_id);
    let fields = order.as_object_mut().expect("an order");
    fields.remove("partner_company_id");
    fields.insert("code".into(), json!(code));
    fields.insert("occurred_at".into(), json!(occurred_at));
    order
}

/// The same, tracked; its path.
pub fn ordered(deal: &Deal, order_id: &str, code: &str, occurred_at: &str) -> String {
    let tracked = deal.acme.post("/v1/actions", order(deal, order_id, code, occurred_at), 201);
    format!("/v1/actions/{}", id(&tracked))
}
