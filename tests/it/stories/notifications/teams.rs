//! Whoever manages a partnership is told of what concerns it, whatever the role.

use serde_json::{Value, json};

use super::{QUIET, all_is_told, signed_in, since, told};
use crate::cast::deal::{Deal, id};
use crate::cast::http::Caller;
use crate::cast::rival::owner;
use crate::cast::world::in_a_world_with;

/// A person of the caller's company who is one of its users.
fn linked(owner: &Caller, user: &Caller) -> String {
    let me = user.get("/v1/me", 200)["user"]["id"].clone();
    let body = json!({
        "first_name": "Ada", "last_name": "Smith", "email": "ada@example.com", "user_id": me,
    });
    id(&owner.post("/v1/people", body, 201))
}

/// What a partner says about an action that is at this path.
fn dispute(action: &str) -> Value {
    json!({
        "kind": "incorrect", "action_id": action.rsplit('/').next().unwrap(),
        "amount": "90.00", "message": "Not right.",
    })
}

fn other_terms(deal: &Deal) -> Value {
    json!({
        "payouts": [{ "event_type_id": deal.sale, "percent": "8" }],
        "lock": { "after": "day", "months": 0, "days": 15 },
    })
}

#[test]
fn a_team_is_told_of_its_partnership_and_of_no_other() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let (acme, bolt) = (owner(world), signed_in(world, "bolt1@example.com"));
        let dawn = world.company("Dawn", "partner");
        let [viewer, bystander, of_dawn] =
            ["viewer", "member", "viewer"].map(|role| world.colleague(&acme, role));
        let partner = world.colleague(&bolt, "member");
        // Nobody is told anew of what came before he was on a team.
        all_is_told(world);
        let with_bolt =
            format!("/v1/partnerships/{}/managers", id(&acme.all("/v1/partnerships")[0]));
        let team = |by: &Caller, path: &str, user: &Caller| {
            by.post(path, json!({ "person_id": linked(by, user) }), 200)
        };
        team(&acme, &with_bolt, &viewer);
        team(&bolt, &with_bolt, &partner);
        let offer = json!({ "partner_company_id": dawn.company_id(), "message": "Hello" });
        let with_dawn =
            format!("/v1/partnerships/{}", id(&acme.post("/v1/partnerships", offer, 201)));
        team(&acme, &format!("{with_dawn}/managers"), &of_dawn);
        // Whoever is on the team and looks after the other company besides is told once.
        let me = viewer.get("/v1/me", 200)["user"]["id"].clone();
        let account_owner = format!("/v1/companies/{}/account-owner", bolt.company_id());
        acme.put(&account_owner, json!({ "user_id": me }), 200);
        all_is_told(world);
        let before = told(world, &acme, 0).len();
        let of_viewer = told(world, &viewer, 0);
        assert_eq!(of_viewer.len(), 1, "{of_viewer:?}");

        let action = deal.tracked("A-1");
        let inquiry = id(&bolt.post("/v1/inquiries", dispute(&action), 201));
        acme.post(&format!("/v1/inquiries/{inquiry}/decline"), json!({ "message": "No." }), 200);
        let versions = format!("/v1/contracts/{}/versions", deal.contract);
        acme.post(&versions, other_terms(&deal), 201);
        bolt.post(&format!("/v1/contracts/{}/accept", deal.contract), json!({}), 200);
        dawn.post(&format!("{with_dawn}/accept"), json!({}), 200);
        let key = json!({ "name": "Feed", "scopes": ["events:read"] });
        acme.post("/v1/api-keys", key, 201);
        let partnership = with_bolt.replace("managers", "end");
        bolt.post(&partnership, json!({ "reason": "Enough." }), 200);
        all_is_told(world);

        let of_acme = [
            "inquiry_opened: Bolt has opened an inquiry, which waits for your answer",
            "contract_answer: Bolt has accepted the terms that you proposed",
            "partnership_answer: Dawn has accepted the partnership that you offered",
            "partnership_answer: Bolt has ended the partnership with your company",
            "contract_answer: Bolt has ended a contract with your company",
        ];
        let of_bolt: Vec<&str> = of_acme.into_iter().filter(|one| !one.contains("Dawn")).collect();
        assert_eq!(since(world, &viewer, 1), of_bolt);
        assert_eq!(since(world, &of_dawn, 0), of_acme[2..3]);
        assert_eq!(since(world, &bystander, 0), [""; 0]);
        assert_eq!(since(world, &acme, before), of_acme, "managers are told as before");
        let of_partner = [
            "inquiry_answered: Acme has declined an inquiry of your company",
            "contract_proposal: Acme proposes other terms for a contract",
        ];
        assert_eq!(since(world, &partner, 0), of_partner);

        // Who is off the team, or no longer there, is told no more; what was told stays.
        let people: Vec<Value> = acme.all("/v1/people");
        let of_viewer = viewer.get("/v1/me", 200)["user"]["id"].clone();
        let ada = people.iter().find(|one| one["user_id"] == of_viewer).expect("the viewer");
        acme.post(&format!("/v1/people/{}/leave", id(ada)), json!({}), 200);
        acme.delete(&account_owner, 204);
        let offer = json!({ "client_company_id": acme.company_id(), "message": "Again?" });
        bolt.post("/v1/partnerships", offer, 201);
        all_is_told(world);
        let no_more = "account_owner: You are no longer the account owner of Bolt";
        assert_eq!(since(world, &viewer, 1), [&of_bolt[..], &[no_more]].concat());
        assert_eq!(since(world, &of_dawn, 0), of_acme[2..3]);
    });
}

#[test]
fn a_contact_who_leaves_is_told_to_the_other_side() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let member = world.colleague(&bolt, "member");
        let ada = linked(&acme, &acme);
        let offer = json!({
            "partner_company_id": bolt.company_id(), "message": "Hello", "contacts": [ada],
        });
        let path = format!("/v1/partnerships/{}", id(&acme.post("/v1/partnerships", offer, 201)));
        let body = json!({ "person_id": linked(&bolt, &member) });
        bolt.post(&format!("{path}/managers"), body, 200);
        bolt.post(&format!("{path}/accept"), json!({}), 200);
        all_is_told(world);
        let before = told(world, &bolt, 0).len();
        let of_acme = told(world, &acme, 0).len();
        acme.post(&format!("/v1/people/{ada}/leave"), json!({}), 200);
        all_is_told(world);
        let released =
            "partnership_answer: Acme has released a contact of your partnership, who has left";
        assert_eq!(since(world, &bolt, before), [released]);
        assert_eq!(since(world, &member, 0).last().map(String::as_str), Some(released));
        assert_eq!(since(world, &acme, of_acme), [""; 0]);
    });
}
