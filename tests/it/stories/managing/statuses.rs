//! A company is suspended by one that it lets manage its status, and comes back.

use serde_json::{Value, json};

use super::{of, revoked, two};
use crate::cast::deal::shown;
use crate::cast::delegates::together;
use crate::cast::grants::grant;
use crate::cast::http::Caller;
use crate::cast::world::in_a_world;

/// A command about a company's status.
fn becomes(caller: &Caller, company: &Caller, verb: &str, status: u16) -> Value {
    let reason = json!({ "reason": format!("{verb} it") });
    caller.post(&of(company, &format!("/{verb}")), reason, status)
}

/// What a company's history says of each change, the newest first.
fn history(company: &Caller) -> Vec<Value> {
    let rows = company.all(&of(company, "/status-history"));
    let fields = ["status", "by", "user_id", "grantee_company_id"];
    rows.iter().map(|row| json!(fields.map(|field| row[field].clone()))).collect()
}

/// Whether a company may write.
fn writes(company: &Caller) -> bool {
    let body = json!({ "email": "hello@bolt.example" }).to_string();
    let path = of(company, "/profile/contact");
    let kind = [("Content-Type", "application/json")];
    let answer = company.send("PATCH", &path, &kind, body.as_bytes());
    match answer.status {
        200 => true,
        _ => {
            assert_eq!(answer.json()["code"], "company_suspended", "{}", answer.text);
            false
        }
    }
}

#[test]
fn whoever_is_let_suspends_a_company_and_takes_back_its_own_word_alone() {
    in_a_world(|world| {
        let (acme, bolt, _) = two(world);
        let (crow, dawn) = (world.company("Crow", "agency"), world.company("Dawn", "agency"));
        for verb in ["suspend", "reactivate", "deactivate"] {
            assert_eq!(becomes(&acme, &bolt, verb, 403)["code"], "forbidden");
            becomes(&crow, &bolt, verb, 404);
        }
        grant(world, &bolt, &acme, "manage_status", None);
        together(&dawn, &bolt);
        grant(world, &bolt, &dawn, "manage_status", None);
        let admin = world.colleague(&acme, "admin");
        assert_eq!(becomes(&admin, &bolt, "suspend", 403)["code"], "role_too_low");
        assert_eq!(becomes(&acme, &bolt, "reactivate", 409)["code"], "status_unchanged");

        let (once, why) = ([("Idempotency-Key", "once")], json!({ "reason": "suspend it" }));
        let suspend = || acme.call("POST", &of(&bolt, "/suspend"), &once, &why, 200);
        let card = suspend().json();
        let again = suspend();
        assert_eq!((&again.json(), again.header("Idempotency-Replayed")), (&card, "true"));
        assert_eq!((&card["name"], &card["status"]), (&json!("Bolt"), &Value::Null));
        assert!(!writes(&bolt), "it reads and no more");
        bolt.get("/v1/partnerships", 200);
        let me = acme.get("/v1/me", 200)["user"]["id"].clone();
        let ours = json!(["suspended", "grantee", me, acme.company_id()]);
        assert_eq!(history(&bolt), [ours]);
        assert_eq!(bolt.all(&of(&bolt, "/status-history"))[0]["reason"], "suspend it");
        acme.get(&of(&bolt, "/status-history"), 403);
        let told = shown(1, || bolt.all("/v1/events?type=company.suspended"));
        assert_eq!((&told[0]["user_id"], &told[0]["delegate_user_id"]), (&Value::Null, &me));
        let others = shown(1, || dawn.all("/v1/events?type=company.other_suspended"));
        assert_eq!(others[0]["changes"], json!({}), "neither why nor by whom");

        // Nobody else that is let do so takes it back, and nobody of them deactivates.
        assert_eq!(becomes(&dawn, &bolt, "suspend", 409)["code"], "status_unchanged");
        assert_eq!(becomes(&dawn, &bolt, "reactivate", 409)["code"], "status_kept_by_others");
        assert_eq!(becomes(&acme, &bolt, "deactivate", 403)["code"], "forbidden");
        becomes(&acme, &bolt, "reactivate", 200);
        assert!(writes(&bolt));

        // What its owner has said, or has said again, the owner takes back.
        becomes(&acme, &bolt, "suspend", 200);
        becomes(&bolt, &bolt, "suspend", 200);
        assert_eq!(becomes(&acme, &bolt, "reactivate", 409)["code"], "status_kept_by_others");
        becomes(&bolt, &bolt, "reactivate", 200);
        becomes(&acme, &bolt, "suspend", 200);
        becomes(&bolt, &bolt, "reactivate", 200);
        assert!(writes(&bolt), "nobody is held hostage");

        // A company that is not active acts for nobody.
        becomes(&acme, &acme, "suspend", 200);
        for verb in ["suspend", "reactivate"] {
            assert_eq!(becomes(&acme, &bolt, verb, 403)["code"], "company_suspended");
        }
    });
}

#[test]
fn with_the_grant_its_suspension_is_over() {
    in_a_world(|world| {
        let (acme, bolt, partnership) = two(world);
        let grants = |kind| grant(world, &bolt, &acme, kind, None);
        grants("manage_status");
        becomes(&acme, &bolt, "suspend", 200);
        grants("submit_reversals");
        revoked(&partnership, &bolt, "submit_reversals");
        assert!(!writes(&bolt), "another grant has nothing to do with it");
        revoked(&partnership, &bolt, "manage_status");
        assert!(writes(&bolt));
        let lifted = json!(["active", "grantee", null, acme.company_id()]);
        assert_eq!(history(&bolt)[0], lifted);
        assert_eq!(becomes(&acme, &bolt, "suspend", 403)["code"], "forbidden");
        let told = shown(1, || bolt.all("/v1/events?type=company.reactivated"));
        assert_eq!(told[0]["acted_by"], "system");

        // What the owner has said is not the grant's to take back.
        grants("manage_status");
        becomes(&bolt, &bolt, "suspend", 200);
        revoked(&partnership, &bolt, "manage_status");
        assert!(!writes(&bolt));
        becomes(&bolt, &bolt, "reactivate", 200);

        // With the partnership it is over, too, and a suspended company ends that.
        grants("manage_status");
        becomes(&acme, &bolt, "suspend", 200);
        bolt.post(&format!("{partnership}/end"), json!({ "reason": "Over" }), 200);
        assert!(writes(&bolt));
    });
}
