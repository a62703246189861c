//! Whoever looks after a company is told of what becomes of it, whatever his role.

use serde_json::{Value, json};

use super::owners::leaves;
use super::{Pair, company, offered, user};
use crate::cast::deal::{Deal, id};
use crate::cast::http::Caller;
use crate::cast::notices::{QUIET, all_is_told, said, told};
use crate::cast::rival::owner;
use crate::cast::world::{World, in_a_world_with};

/// What somebody is told, once everything is, oldest first.
fn words(world: &World, who: &Caller) -> Vec<String> {
    said(&told(world, who, 0))
}

#[test]
fn whoever_is_assigned_is_told_and_so_is_whoever_no_longer_is() {
    in_a_world_with(QUIET, |world| {
        let pair = Pair::of(world);
        all_is_told(world);
        let (dora, emil) =
            (world.colleague(&pair.acme, "viewer"), world.colleague(&pair.acme, "member"));
        let boss = world.colleague(&pair.acme, "manager");
        let assign = |who: &Caller| {
            pair.acme.put(&pair.at("account-owner"), json!({ "user_id": user(who) }), 200);
        };
        [&dora, &emil, &pair.acme, &emil].into_iter().for_each(assign);
        leaves(&emil);
        all_is_told(world);
        let of_dora = [
            "account_owner: You are the account owner of Bolt",
            "account_owner: You are no longer the account owner of Bolt",
        ];
        assert_eq!(words(world, &dora), of_dora);
        // Whoever assigns himself knows; that somebody left is for those who find another one.
        let gone = "account_owner: Bolt has no account owner any more, because that one left your \
                    company";
        assert_eq!(words(world, &boss), [gone]);
        let of_owner = told(world, &pair.acme, 0);
        let left = "members: Somebody no longer belongs to your company";
        assert_eq!(said(&of_owner)[1..], [left, gone]);
        let last = &of_owner[0];
        assert_eq!(last["company"], json!({ "id": pair.bolt.company_id(), "name": "Bolt" }));
        assert_eq!(last["object_type"], "account_owner");
        let path = format!("/v1/account-owners/{}", last["object_id"].as_str().unwrap());
        assert_eq!(pair.acme.get(&path, 200)["cleared_because"], "member_left");
        assert_eq!(words(world, &pair.bolt).len(), 1, "the partner is told of its offer alone");
    });
}

#[test]
fn the_account_owner_of_a_partner_is_told_of_partnership_contracts_and_inquiries() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        all_is_told(world);
        let acme = owner(world);
        let bolt = json!({ "email": "bolt1@example.com", "password": "correct horse battery" });
        let bolt = world.caller(&world.nobody().post("/v1/auth/login", bolt, 200));
        let (dora, emil) = (world.colleague(&acme, "viewer"), world.colleague(&acme, "viewer"));
        let dawn = world.company("Dawn", "partner");
        offered(&acme, &dawn);
        for (partner, who) in [(&bolt, &dora), (&dawn, &emil)] {
            let body = json!({ "user_id": user(who) });
            acme.put(&format!("{}/account-owner", company(partner)), body, 200);
        }
        let terms = json!({
            "payouts": [{ "event_type_id": deal.sale, "percent": "8" }],
            "lock": { "after": "day", "months": 0, "days": 15 },
        });
        let contract = format!("/v1/contracts/{}", deal.contract);
        acme.post(&format!("{contract}/versions"), terms, 201);
        bolt.post(&format!("{contract}/decline"), json!({}), 200);
        let dispute = json!({
            "kind": "untracked", "program_id": deal.program, "event_type_id": deal.sale,
            "order_id": "U-1", "occurred_at": "2026-03-09T10:00:00Z", "currency": "EUR",
            "amount": "100.00", "message": "It came by our link.",
        });
        id(&deal.bolt.post("/v1/inquiries", dispute, 201));
        let together = bolt.all("/v1/partnerships");
        let end = format!("/v1/partnerships/{}/end", id(&together[0]));
        bolt.post(&end, json!({ "reason": "enough" }), 200);
        all_is_told(world);
        let of_dora = [
            "account_owner: You are the account owner of Bolt",
            "contract_answer: Bolt has declined the terms that you proposed",
            "inquiry_opened: Bolt has opened an inquiry, which waits for your answer",
            "contract_answer: Bolt has ended a contract with your company",
            "partnership_answer: Bolt has ended the partnership with your company",
        ];
        let mut found = words(world, &dora);
        let mut expected: Vec<String> = of_dora.iter().map(ToString::to_string).collect();
        [&mut found, &mut expected].into_iter().for_each(|words| words.sort());
        assert_eq!(found, expected);
        // Another partner's is told of that one alone.
        assert_eq!(words(world, &emil), ["account_owner: You are the account owner of Dawn"]);
        let of_acme: Vec<Value> = told(world, &acme, 0);
        assert!(!of_acme.is_empty(), "managers are told as ever");
    });
}
