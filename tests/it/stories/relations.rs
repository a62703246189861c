//! What a company privately keeps about a company it works with: who looks after it, labels, notes, and
//! its list by all of that.

mod lists;
mod notes;
mod owners;
mod secrets;
mod told;

use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::http::Caller;
use crate::cast::world::World;

/// Two companies with an active partnership: Acme, an agency, and Bolt, its partner.
pub struct Pair {
    /// The agency's owner.
    pub acme: Caller,
    /// The partner's owner.
    pub bolt: Caller,
    /// The path of the partnership.
    pub partnership: String,
    /// The path of Bolt, as Acme knows it.
    pub path: String,
}

impl Pair {
    /// Makes it.
    pub fn of(world: &World) -> Self {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        let partnership = offered(&acme, &bolt);
        bolt.post(&format!("{partnership}/accept"), json!({}), 200);
        let path = company(&bolt);
        Self { acme, bolt, partnership, path }
    }

    /// The path of something that is kept about Bolt.
    pub fn at(&self, what: &str) -> String {
        format!("{}/{what}", self.path)
    }
}

/// The path of a company.
pub fn company(caller: &Caller) -> String {
    format!("/v1/companies/{}", caller.company_id())
}

/// A partnership that one offers to another, its partner; the path of it.
pub fn offered(from: &Caller, to: &Caller) -> String {
    let offer = json!({ "partner_company_id": to.company_id(), "message": "Hello" });
    format!("/v1/partnerships/{}", id(&from.post("/v1/partnerships", offer, 201)))
}

/// The user that somebody is.
pub fn user(caller: &Caller) -> Value {
    caller.get("/v1/me", 200)["user"]["id"].clone()
}

/// A field of every entry of a list.
pub fn all(caller: &Caller, path: &str, field: &str) -> Vec<Value> {
    caller.all(path).iter().map(|one| one[field].clone()).collect()
}

/// The same, as texts.
pub fn texts(caller: &Caller, path: &str, field: &str) -> Vec<String> {
    let text = |one: Value| one.as_str().unwrap_or_else(|| panic!("{one}")).to_string();
    all(caller, path, field).into_iter().map(text).collect()
}
