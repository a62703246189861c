//! A company's systems are told of what happens: signed, in order, until they have taken it.

mod delivery;
mod endpoints;
mod failures;
mod log;
mod targets;
mod verifier;

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world_with};

/// Receivers of the stories listen on this machine, and nobody waits long for one that hangs.
const FLAGS: &[&str] = &["--webhook-private-targets", "--webhook-timeout-ms", "400"];

/// A brand that wants to be told.
struct Acme {
    owner: Caller,
    /// A key, which outlives every journey in time.
    key: Caller,
}

impl Acme {
    fn of(world: &World) -> Self {
        let owner = world.company("Acme", "brand");
        let scopes = json!(["events:read", "programs:read", "programs:write", "webhooks:read"]);
        let key = json!({ "name": "Key", "scopes": scopes });
        let key = world.caller(&owner.post("/v1/api-keys", key, 201));
        Self { owner, key }
    }

    /// An endpoint for some types of events; its path and its secret.
    fn endpoint(&self, url: &str, types: &[&str]) -> (String, String) {
        let body = json!({ "url": url, "event_types": types });
        let made = self.owner.post("/v1/webhook-endpoints", body, 201);
        let secret = made["secret"].as_str().expect("a secret").to_string();
        (format!("/v1/webhook-endpoints/{}", id(&made)), secret)
    }

    /// Makes a program: one event, about something new.
    fn program(&self, name: &str) -> String {
        let program = json!({ "name": name, "currency": "EUR", "time_zone": "UTC" });
        format!("/v1/programs/{}", id(&self.key.post("/v1/programs", program, 201)))
    }

    /// Renames a program: one more event about the same.
    fn rename(&self, program: &str, name: &str) {
        self.key.patch(program, json!({ "name": name }), 200);
    }

    /// What was sent to an endpoint, oldest first, once it fits.
    fn sent(&self, endpoint: &str, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let mut all = self.key.all(&format!("{endpoint}/deliveries?limit=200"));
            all.reverse();
            if fits(&all) {
                return all;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "this is all: {all:#?}");
        }
    }

    /// The only delivery to an endpoint, once it fits, with its attempts.
    fn only(&self, endpoint: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let all = self.sent(endpoint, |all| all.len() == 1 && fits(&all[0]));
        self.key.get(&format!("/v1/webhook-deliveries/{}", id(&all[0])), 200)
    }

    /// The only delivery, once it was sent so often.
    fn sent_times(&self, endpoint: &str, many: i64) -> Value {
        self.only(endpoint, |delivery| delivery["attempt_count"] == many)
    }
}

/// Tells a story of somebody who wants to be told.
fn told(story: impl Fn(&World, &Acme)) {
    in_a_world_with(FLAGS, |world| story(world, &Acme::of(world)));
}

/// Moves the clock on.
fn later(world: &World, seconds: i64) {
    world.clock.set(world.now().plus(SignedDuration::from_secs(seconds)));
}

fn statuses(deliveries: &[Value]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery["status"].as_str().unwrap()).collect()
}
