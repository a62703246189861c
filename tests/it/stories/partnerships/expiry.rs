//! An offer that nobody answers in time is over, and can be made again.

use entente::partnerships::jobs::expire_offers;
use serde_json::{Value, json};

use super::super::people::person;
use super::offered;
use crate::cast::deal::{id, run, shown};
use crate::cast::http::Caller;
use crate::cast::notices::{QUIET, all_is_told, said, told};
use crate::cast::world::{World, in_a_world_with};

/// One run of the job; how many offers it ended.
fn expire(world: &World) -> u64 {
    let done = run(world, async |pool| expire_offers(pool, &world.clock).await);
    done.expect("the job runs")
}

#[test]
fn an_offer_expires_after_thirty_days_and_both_sides_are_told() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let ada = person(&acme, "Ada", "Smith");
        let body = json!({
            "partner_company_id": bolt.company_id(), "message": "hello", "contacts": [ada],
        });
        let offer = acme.post("/v1/partnerships", body, 201);
        assert_eq!(offer["expires_at"], "2026-04-09T12:00:00Z");
        let path = format!("/v1/partnerships/{}", id(&offer));
        let (dawn, taken) = (world.company("Dawn", "partner"), world.company("Eve", "partner"));
        world.travel("2026-03-10T12:10:00Z");
        let later = offered(&acme, &dawn);
        taken.post(&format!("{}/accept", offered(&acme, &taken)), json!({}), 200);
        world.travel("2026-04-09T11:59:59Z");
        assert_eq!(expire(world), 0);
        world.travel("2026-04-09T12:00:00Z");
        let [acme, bolt, dawn] = [&acme, &bolt, &dawn].map(|one| world.again(one));
        // Nothing depends on the job being on time.
        let late = bolt.post(&format!("{path}/accept"), json!({}), 409);
        assert_eq!(late["code"], "partnership_already_answered");
        assert_eq!(bolt.get(&path, 200)["status"], "offered");
        assert_eq!(expire(world), 1);
        assert_eq!(expire(world), 0);
        let expired = bolt.get(&path, 200);
        let what = [&expired["status"], &expired["version"], &expired["answered_at"]];
        assert_eq!(what, [&json!("expired"), &json!(2), &Value::Null]);
        assert_eq!(expired["expires_at"], Value::Null);
        assert_eq!(dawn.get(&later, 200)["status"], "offered");
        let gone = &bolt.all(&format!("{path}/contacts?state=removed"))[0];
        assert_eq!((&gone["first_name"], &gone["email"]), (&json!("Ada"), &Value::Null));

        for side in [&acme, &bolt] {
            let events = shown(1, || side.all("/v1/events?type=partnership.expired"));
            assert_eq!(events.len(), 1);
            let (by, changes) = (&events[0]["acted_by"], &events[0]["changes"]);
            let expected = json!({ "status": ["offered", "expired"] });
            assert_eq!((by, changes), (&json!("system"), &expected));
        }
        all_is_told(world);
        let over = |other: &str| {
            let told = "Nobody answered an offer of a partnership in time, so it has expired";
            format!("partnership_answer: {told} ({other})")
        };
        for (side, other) in [(&acme, "Bolt"), (&bolt, "Acme")] {
            assert_eq!(said(&told(world, side, 1)).last(), Some(&over(other)));
        }
        let again = offered(&acme, &bolt);
        assert_eq!(bolt.post(&format!("{again}/accept"), json!({}), 200)["status"], "active");
        assert_eq!(bolt.get(&path, 200)["status"], "expired");
    });
}

#[test]
fn whoever_offers_anew_ends_what_was_never_answered() {
    let flags = [QUIET, &["--partnership-offer-days", "1"][..]].concat();
    in_a_world_with(&flags, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let first = offered(&acme, &bolt);
        let offer = |by: &Caller, status: u16| {
            let body = json!({ "client_company_id": acme.company_id(), "message": "me too" });
            by.post("/v1/partnerships", body, status)
        };
        world.travel("2026-03-11T11:59:59Z");
        let [acme, bolt] = [&acme, &bolt].map(|one| world.again(one));
        assert_eq!(offer(&bolt, 409)["code"], "partnership_exists");
        world.travel("2026-03-11T12:00:00Z");
        let [acme, bolt] = [&acme, &bolt].map(|one| world.again(one));
        let second = offer(&bolt, 201);
        assert_eq!(second["expires_at"], "2026-03-12T12:00:00Z");
        assert_eq!(acme.get(&first, 200)["status"], "expired");
        let path = format!("/v1/partnerships/{}", id(&second));
        assert_eq!(acme.post(&format!("{path}/accept"), json!({}), 200)["status"], "active");
        let history = acme.all(&format!("{first}/history"));
        let kinds: Vec<&Value> = history.iter().map(|one| &one["type"]).collect();
        assert_eq!(kinds, ["partnership.expired", "partnership.offered"]);
        assert_eq!(history[0]["user"], Value::Null, "nobody did it");
        assert_eq!(expire(world), 0);
    });
}
