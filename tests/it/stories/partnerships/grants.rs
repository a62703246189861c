//! What a side lets the other do: given by both, taken back by one, and nothing of it after the end.

use entente::kernel::id::CompanyId;
use entente::partnerships::grants::model::{GrantKind, GrantLevel};
use entente::partnerships::grants::store;
use serde_json::{Value, json};

use super::{agreed, offered};
use crate::cast::at_once::at_once;
use crate::cast::deal::{id, run, shown};
use crate::cast::grants::grant;
use crate::cast::http::{Caller, faults};
use crate::cast::notices::{QUIET, told};
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// What of this kind `from` lets `to` do now: nothing, or how far.
fn in_force(
    world: &World,
    from: &Caller,
    to: &Caller,
    kind: GrantKind,
) -> Option<Option<GrantLevel>> {
    let id = |caller: &Caller| caller.company_id().parse::<CompanyId>().expect("an id");
    let (from, to) = (id(from), id(to));
    let found = run(world, async |pool| {
        pool.read(move |db| store::in_force(db, from, to, kind)).await.expect("it reads")
    });
    found.map(|grant| grant.level)
}

/// What a side reads of the grants: who grants what, how far, and whether it counts.
pub fn granted(by: &Caller, path: &str) -> Vec<String> {
    let all = by.all(&format!("{path}/grants"));
    let word = |one: &Value, field: &str| one[field].as_str().unwrap_or("-").to_string();
    let line = |one: &Value| {
        let own = one["granted_by_company_id"] == by.company_id();
        let who = if own { "own" } else { "other" };
        let counts = if one["in_force"] == true { "" } else { " (not yet, or no more)" };
        format!("{who} {} {}{counts}", word(one, "grant"), word(one, "level"))
    };
    let mut lines: Vec<String> = all.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn a_grant_is_in_force_one_way_and_as_long_as_the_partnership_is_active() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "agency"));
        let path = agreed(&acme, &bolt);
        let other = offered(&bolt, &acme);
        grant(world, &acme, &bolt, "sign_in_as", Some("relationship"));
        let signs_in = |from, to| in_force(world, from, to, GrantKind::SignInAs);
        assert_eq!(signs_in(&acme, &bolt), Some(Some(GrantLevel::Relationship)));
        assert_eq!(signs_in(&bolt, &acme), None);
        assert_eq!(in_force(world, &acme, &bolt, GrantKind::ManageStatus), None);
        acme.post(&format!("{other}/accept"), json!({}), 200);
        grant(world, &acme, &bolt, "manage_status", None);
        acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        assert_eq!(signs_in(&acme, &bolt), None, "the other partnership does not grant this");
        assert_eq!(in_force(world, &acme, &bolt, GrantKind::ManageStatus), Some(None));
        let after = ["own manage_status -", "own sign_in_as relationship"];
        let over = after.map(|line| format!("{line} (not yet, or no more)"));
        assert_eq!(granted(&acme, &path), over);
        assert_eq!(granted(&acme, &other), ["own manage_status -"]);
    });
}

#[test]
fn an_offer_brings_grants_along_which_count_once_it_is_accepted_by_an_admin() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "agency"));
        let [of_acme, of_bolt] = [&acme, &bolt].map(|side| world.colleague(side, "manager"));
        let crow = world.company("Crow", "brand");
        let offer = |grants: Value| {
            json!({
                "partner_company_id": bolt.company_id(), "message": "hello", "grants": grants,
            })
        };
        let wrong = offer(json!([
            { "grant": "manage_status", "level": "company" }, { "grant": "sign_in_as" },
            { "grant": "sign_in_as", "level": "count" },
        ]));
        let problem = acme.post("/v1/partnerships", wrong, 422);
        let expected =
            ["/grants/0/level bad_level", "/grants/2 duplicate", "/grants/2/level bad_level"];
        assert_eq!(faults(&problem), expected);
        let grants = json!([
            { "grant": "manage_profile", "level": "profile_and_tax" }, { "grant": "share_accounts" },
        ]);
        let low = of_acme.post("/v1/partnerships", offer(grants.clone()), 403);
        assert_eq!(low["code"], "role_too_low");
        let made = acme.post("/v1/partnerships", offer(grants), 201);
        let path = format!("/v1/partnerships/{}", id(&made));
        crow.get(&format!("{path}/grants"), 404);
        let lines = |who: &str, rest: &str| {
            let kinds = ["manage_profile profile_and_tax", "share_accounts count"];
            kinds.map(|kind| format!("{who} {kind}{rest}"))
        };
        assert_eq!(granted(&bolt, &path), lines("other", " (not yet, or no more)"));
        assert_eq!(in_force(world, &acme, &bolt, GrantKind::ManageProfile), None);
        assert_eq!(bolt.all(&format!("{path}/grants"))[0]["granted_at"], Value::Null);

        // Whoever may decide about offers may not take grants.
        let accept = format!("{path}/accept");
        assert_eq!(of_bolt.post(&accept, json!({}), 403)["code"], "role_too_low");
        world.travel("2026-03-10T12:05:00Z");
        bolt.post(&accept, json!({}), 200);
        assert_eq!(granted(&acme, &path), lines("own", ""));
        assert_eq!(bolt.all(&format!("{path}/grants"))[1]["granted_at"], "2026-03-10T12:05:00Z");
        let level = in_force(world, &acme, &bolt, GrantKind::ManageProfile);
        assert_eq!(level, Some(Some(GrantLevel::ProfileAndTax)));
        assert_eq!(in_force(world, &bolt, &acme, GrantKind::ManageProfile), None);
        let events =
            shown(2, || bolt.all("/v1/events?type=partnership.offered,partnership.accepted"));
        let of = |event: &Value| event["changes"]["grants"][1][1]["grant"].clone();
        assert_eq!([of(&events[0]), of(&events[1])], ["share_accounts", "share_accounts"]);
    });
}

fn proposed(by: &Caller, path: &str, operations: Value, status: u16) -> Value {
    let body = json!({ "reason": "why", "operations": operations });
    by.post(&format!("{path}/changes"), body, status)
}

fn answer(change: &Value, verb: &str) -> String {
    format!("/v1/changes/{}/{verb}", id(change))
}

#[test]
fn either_side_asks_for_a_grant_and_both_agree_on_it_by_their_admins() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "agency"));
        let [of_acme, of_bolt] = [&acme, &bolt].map(|side| world.colleague(side, "manager"));
        let path = agreed(&acme, &bolt);
        // The agency asks its client for a grant.
        let ask = json!([
            { "op": "set_grant", "grant": "sign_in_as",
              "granted_by_company_id": acme.company_id() },
            { "op": "set_description", "description": "Shoes" },
        ]);
        assert_eq!(proposed(&of_bolt, &path, ask.clone(), 403)["code"], "role_too_low");
        let change = proposed(&bolt, &path, ask.clone(), 201);
        let first = &change["operations"][0];
        assert_eq!([&first["grant"], &first["level"]], ["sign_in_as", "relationship"]);
        assert_eq!(first["granted_by_company_id"], acme.company_id());
        assert_eq!(granted(&acme, &path), [""; 0], "nothing before the yes");
        let yes = answer(&change, "accept");
        assert_eq!(of_acme.post(&yes, json!({}), 403)["code"], "role_too_low");
        // A manager takes what is none; the grant is declined with that.
        let rest = json!({ "operations": [change["operations"][1]["id"]] });
        let accepted = of_acme.post(&yes, rest, 200);
        assert_eq!(accepted["operations"][0]["state"], "declined");
        assert_eq!(granted(&bolt, &path), [""; 0]);
        let change = proposed(&bolt, &path, json!([ask[0]]), 201);
        acme.post(&answer(&change, "accept"), json!({}), 200);
        assert_eq!(granted(&bolt, &path), ["other sign_in_as relationship"]);
        let history = acme.all(&format!("{path}/history"));
        assert_eq!(history[0]["details"]["grants"][1][0]["grant"], "sign_in_as");

        // It goes further, by the side that gives it; and the other side hands it back.
        let further = json!([{ "op": "set_grant", "grant": "sign_in_as", "level": "company" }]);
        let change = proposed(&acme, &path, further, 201);
        assert_eq!(granted(&bolt, &path), ["other sign_in_as relationship"]);
        bolt.post(&answer(&change, "accept"), json!({}), 200);
        assert_eq!(granted(&acme, &path), ["own sign_in_as company"]);
        let back = json!([{ "op": "revoke_grant", "grant": "sign_in_as",
                            "granted_by_company_id": acme.company_id() }]);
        let change = proposed(&bolt, &path, back, 201);
        acme.post(&answer(&change, "accept"), json!({}), 200);
        assert_eq!(granted(&acme, &path), [""; 0]);
        let unfit = json!([
            { "op": "revoke_grant", "grant": "sign_in_as" },
            { "op": "set_grant", "grant": "view_performance",
              "granted_by_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a" },
        ]);
        let one = |place: usize| json!([unfit[place]]);
        let none = faults(&proposed(&acme, &path, one(0), 422));
        assert_eq!(none, ["/operations/0/grant not_granted"]);
        let who = faults(&proposed(&acme, &path, one(1), 422));
        assert_eq!(who, ["/operations/0/granted_by_company_id unknown_company"]);
        let fields = json!([
            { "op": "set_grant", "grant": "sign_in_as", "level": "count" },
            { "op": "revoke_grant", "grant": "sign_in_as", "level": "company" }, { "op": "set_grant" },
        ]);
        let expected = [
            "/operations/0/level bad_level",
            "/operations/1 duplicate",
            "/operations/1/level not_allowed",
            "/operations/2/grant missing_field",
        ];
        assert_eq!(faults(&proposed(&acme, &path, fields, 422)), expected);
    });
}

#[test]
fn whoever_grants_takes_it_back_at_once_and_tells_the_other_side() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "agency"));
        let manager = world.colleague(&acme, "manager");
        let path = agreed(&acme, &bolt);
        grant(world, &acme, &bolt, "manage_status", None);
        grant(world, &acme, &bolt, "sign_in_as", Some("relationship"));
        let further = json!([{ "op": "set_grant", "grant": "sign_in_as", "level": "company",
                               "granted_by_company_id": acme.company_id() }]);
        let change = proposed(&bolt, &path, further, 201);
        let before = told(world, &bolt, 1).len();
        let of = |kind: &str| format!("{path}/grants/{kind}");
        let why = json!({ "reason": "We do it ourselves." });
        let send = |by: &Caller, kind: &str, body: &Value| {
            let kind = of(kind);
            let headers = [("Content-Type", "application/json")];
            by.send("DELETE", &kind, &headers, body.to_string().as_bytes())
        };
        assert_eq!(send(&manager, "sign_in_as", &why).status, 403);
        assert_eq!(send(&acme, "sign_in_as", &json!({})).status, 422);
        assert_eq!(send(&acme, "everything", &why).status, 404);
        // What the other side grants is not one's own: nothing happens.
        assert_eq!(send(&bolt, "sign_in_as", &why).status, 204);
        assert_eq!(granted(&acme, &path).len(), 2);
        // Also a company that is suspended takes back what it grants.
        let company = format!("/v1/companies/{}", acme.company_id());
        acme.post(&format!("{company}/suspend"), json!({ "reason": "why" }), 200);
        assert_eq!(send(&acme, "sign_in_as", &why).status, 204);
        assert_eq!(send(&acme, "sign_in_as", &why).status, 204);
        assert_eq!(granted(&bolt, &path), ["other manage_status -"]);
        assert_eq!(in_force(world, &acme, &bolt, GrantKind::SignInAs), None);
        let stale = bolt.get(&format!("/v1/changes/{}", id(&change)), 200);
        assert_eq!(stale["operations"][0]["state"], "stale");
        let events = shown(1, || bolt.all("/v1/events?type=partnership.grant_revoked"));
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["changes"]["grant"], json!(["sign_in_as", null]));
        assert_eq!(events[0]["changes"]["reason"], json!([null, "We do it ourselves."]));
        let history = bolt.all(&format!("{path}/history"));
        assert_eq!(history[0]["type"], "partnership.grant_revoked");
        let notes = told(world, &bolt, before + 2);
        let revoked = notes
            .iter()
            .filter(|one| one["title"] == "Acme has taken back what it let your company do");
        assert_eq!(revoked.count(), 1, "{notes:?}");
        bolt.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        let late = send(&acme, "manage_status", &why);
        assert_eq!(late.json()["code"], "partnership_not_active");
    });
}

#[test]
fn what_is_taken_back_while_the_other_side_agrees_to_more_is_gone_in_either_order() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "agency"));
        let path = agreed(&acme, &bolt);
        let kind = [("Content-Type", "application/json")];
        for _ in 0..3 {
            grant(world, &acme, &bolt, "sign_in_as", Some("relationship"));
            let more = json!([{ "op": "set_grant", "grant": "sign_in_as", "level": "company" }]);
            let yes = answer(&proposed(&acme, &path, more, 201), "accept");
            let gone = format!("{path}/grants/sign_in_as");
            let sent = at_once(2, |number| match number {
                0 => bolt.send("POST", &yes, &kind, b"{}").status,
                _ => acme.send("DELETE", &gone, &kind, br#"{"reason": "why"}"#).status,
            });
            assert!([200, 409].contains(&sent[0]) && sent[1] == 204, "{sent:?}");
            assert_eq!(in_force(world, &acme, &bolt, GrantKind::SignInAs), None, "{sent:?}");
            if sent[0] == 409 {
                acme.post(&yes.replace("accept", "withdraw"), json!({}), 200);
            }
        }
    });
}
