//! Somebody signs in as another company.

use serde_json::{Value, json};

use super::grants::grant;
use super::http::Caller;
use super::world::World;

/// The path of the sessions with a company.
pub fn sessions_with(company: &Caller) -> String {
    format!("/v1/companies/{}/sessions", company.company_id())
}

/// What somebody gets who signs in as a company that has granted it.
pub fn signed_in_as(who: &Caller, company: &Caller) -> Value {
    who.post(&sessions_with(company), json!({ "reason": "Ticket 1042" }), 200)
}

/// Somebody who acts for a company that grants it so far.
pub fn acting(world: &World, who: &Caller, company: &Caller, level: &str) -> Caller {
    grant(world, company, who, "sign_in_as", Some(level));
    world.caller(&signed_in_as(who, company))
}

/// Two companies work together from now on; the path of the partnership.
pub fn together(from: &Caller, partner: &Caller) -> String {
    let offer = json!({ "partner_company_id": partner.company_id(), "message": "Hello" });
    let offered = from.post("/v1/partnerships", offer, 201);
    let path = format!("/v1/partnerships/{}", offered["id"].as_str().expect("an id"));
    partner.post(&format!("{path}/accept"), json!({}), 200);
    path
}
