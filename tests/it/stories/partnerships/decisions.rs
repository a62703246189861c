//! Of several who decide at the same moment one wins, and the others learn who did.

use serde_json::{Value, json};

use super::{agreed, offered};
use crate::cast::at_once::at_once;
use crate::cast::deal::id;
use crate::cast::http::{Answer, Caller};
use crate::cast::world::in_a_world;

/// Sends a command.
fn say(by: &Caller, path: &str) -> Answer {
    let body = if path.ends_with("/decline") { r#"{"comment": "no"}"# } else { "{}" };
    by.send("POST", path, &[("Content-Type", "application/json")], body.as_bytes())
}

/// Exactly one was let through; what it made is what all others are told.
fn one_wins(answers: &[Answer], thing: &Value, by: &[(&str, &Caller)], code: &str) {
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let status = thing["status"].as_str().expect("a status");
    assert_eq!(won, 1, "{status}");
    let (_, decider) = by.iter().find(|(word, _)| *word == status).expect("one of them");
    for late in answers.iter().filter(|answer| answer.status != 200) {
        let problem = late.json();
        assert_eq!((late.status, &problem["code"]), (409, &json!(code)));
        assert_eq!(problem["decision"]["status"], status);
        assert_eq!(problem["decision"]["decided_by_company_id"], decider.company_id());
        assert_eq!(problem["decision"]["decided_at"], "2026-03-10T12:00:00Z");
    }
}

#[test]
fn an_offer_is_decided_once_and_whoever_comes_too_late_learns_how() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        for _ in 0..4 {
            let path = offered(&acme, &bolt);
            let answers = at_once(6, |number| match number % 3 {
                0 => say(&bolt, &format!("{path}/accept")),
                1 => say(&bolt, &format!("{path}/decline")),
                _ => say(&acme, &format!("{path}/withdraw")),
            });
            let after = acme.get(&path, 200);
            let by = [("active", &bolt), ("declined", &bolt), ("withdrawn", &acme)];
            one_wins(&answers, &after, &by, "partnership_already_answered");
            if after["status"] == "active" {
                acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
                let late = bolt.post(&format!("{path}/accept"), json!({}), 409);
                assert_eq!(late["decision"]["status"], "ended");
                assert_eq!(late["decision"]["decided_by_company_id"], acme.company_id());
            }
        }
        let path = offered(&acme, &bolt);
        world.travel("2026-04-09T12:00:00Z");
        let late = world.again(&bolt).post(&format!("{path}/accept"), json!({}), 409);
        assert_eq!(
            late["decision"],
            json!({ "status": "expired", "decided_by_company_id": null,
                    "decided_at": "2026-04-09T12:00:00Z" })
        );
    });
}

#[test]
fn a_change_is_decided_once_and_whoever_comes_too_late_learns_how() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let path = agreed(&acme, &bolt);
        for number in 0..4 {
            let wish = json!({ "op": "set_description", "description": format!("Shoes {number}") });
            let body = json!({ "reason": "why", "operations": [wish] });
            let change = id(&acme.post(&format!("{path}/changes"), body, 201));
            let change = format!("/v1/changes/{change}");
            let answers = at_once(6, |number| match number % 3 {
                0 => say(&bolt, &format!("{change}/accept")),
                1 => say(&bolt, &format!("{change}/decline")),
                _ => say(&acme, &format!("{change}/withdraw")),
            });
            let after = acme.get(&change, 200);
            let by = [("accepted", &bolt), ("declined", &bolt), ("withdrawn", &acme)];
            one_wins(&answers, &after, &by, "change_already_answered");
            let described = acme.get(&path, 200)["description"] == format!("Shoes {number}");
            assert_eq!(described, after["status"] == "accepted");
            assert_eq!(acme.get(&path, 200)["modified"], false);
        }
    });
}
