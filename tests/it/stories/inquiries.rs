//! A partner disputes, the brand answers, and what is accepted is done by the rules of everything else.

use serde_json::{Value, json};

use super::verify::differences;
use crate::cast::deal::{Deal, id, told_of};
use crate::cast::http::{Caller, faults};
use crate::cast::rival::dawn;
use crate::cast::world::{World, in_a_world_with};

mod access;
mod locks;
mod silence;

const QUIET: &[&str] = &["--no-jobs"];

/// The partner asks for an order of 100.00 that the brand never tracked.
fn untracked(deal: &Deal, order_id: &str) -> Value {
    json!({
        "kind": "untracked", "program_id": deal.program, "event_type_id": deal.sale,
        "order_id": order_id, "occurred_at": "2026-03-09T10:00:00Z", "currency": "EUR",
        "amount": "100.00", "message": "It came by our link.",
    })
}

/// The partner disputes the action at a path.
fn about(kind: &str, path: &str) -> Value {
    let action = path.rsplit('/').next().unwrap();
    json!({ "kind": kind, "action_id": action, "message": "This is not right." })
}

/// The same, and what it should be.
fn claiming(kind: &str, path: &str, claim: Value) -> Value {
    let mut body = about(kind, path);
    body.as_object_mut().unwrap().extend(claim.as_object().unwrap().clone());
    body
}

/// Opens an inquiry; gives its path.
fn opened(deal: &Deal, body: Value) -> String {
    let inquiry = deal.bolt.post("/v1/inquiries", body, 201);
    assert_eq!(inquiry["status"], "open");
    format!("/v1/inquiries/{}", id(&inquiry))
}

/// An order that is another partner's; the path of its action.
fn anothers(world: &World, deal: &Deal, order_id: &str) -> String {
    let mut order = deal.order(order_id);
    order["partner_company_id"] = json!(dawn(world, deal).company_id());
    format!("/v1/actions/{}", id(&deal.acme.post("/v1/actions", order, 201)))
}

/// What credits an action to a partner.
fn to(partner: &Caller) -> Value {
    json!({ "partner_company_id": partner.company_id(), "reason": "CREDITED_DIFFERENT_MP" })
}

/// The brand says yes, with these fields.
fn accepted(deal: &Deal, inquiry: &str, body: Value) -> Value {
    let answer = deal.acme.post(&format!("{inquiry}/accept"), body, 200);
    assert_eq!((&answer["status"], &answer["decided_by"]), (&json!("accepted"), &json!("brand")));
    answer
}

/// What an action counts as: state, sale and payout.
fn stands(deal: &Deal, path: &str) -> String {
    let action = deal.bolt.get(path, 200);
    let amount = |field: &str| action[field]["amount"].as_str().unwrap();
    format!("{} {} {}", action["state"].as_str().unwrap(), amount("sale_amount"), amount("payout"))
}

/// The path of the action that an inquiry names.
fn action_of(inquiry: &Value) -> String {
    format!("/v1/actions/{}", inquiry["action_id"].as_str().expect("an action"))
}

/// The commands in an action's ledger, with their reasons.
fn ledger(deal: &Deal, path: &str) -> Vec<String> {
    let entries = deal.bolt.all(&format!("{path}/updates"));
    let word = |entry: &Value| {
        let command = entry["command"].as_str().unwrap();
        match entry["reason"].as_str() {
            Some(reason) => format!("{command} {reason}"),
            None => command.to_string(),
        }
    };
    entries.iter().map(word).collect()
}

/// The owner of a company of the deal, signed in at this moment.
fn owner(world: &World, name: &str) -> Caller {
    let email = format!("{name}@example.com");
    let login = json!({ "email": email, "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

fn returned() -> Value {
    json!({ "reason": "ITEM_RETURNED" })
}

fn hat(op: &str) -> Value {
    json!([{ "op": op, "sku": "HAT" }])
}

#[test]
fn an_untracked_order_is_tracked_once_the_brand_says_so() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let answer = deal.bolt.call("POST", "/v1/inquiries", &[], &untracked(&deal, " U-1 "), 201);
        let asked = answer.json();
        let path = format!("/v1/inquiries/{}", id(&asked));
        assert_eq!((answer.header("Location"), answer.header("ETag")), (path.as_str(), "\"1\""));
        assert_eq!(asked["answer_by"], "2026-04-09T12:00:00Z");
        assert_eq!((&asked["order_id"], &asked["action_id"]), (&json!("U-1"), &Value::Null));
        let item = &asked["claim"]["items"][0];
        assert_eq!(item["amount"], json!({ "amount": "100.00", "currency": "EUR" }));
        assert!(asked["api_key_id"].is_string());
        let seen = deal.acme.get(&path, 200);
        assert_eq!((&seen["message"], &seen["api_key_id"]), (&asked["message"], &Value::Null));

        let stale = [("If-Match", "\"2\"")];
        deal.acme.call("POST", &format!("{path}/accept"), &stale, &json!({}), 412);
        let said = json!({ "message": "Indeed.", "note": "Our pixel was down." });
        let yes = accepted(&deal, &path, said);
        assert_eq!((&yes["applied"], &yes["action_version"]), (&json!("tracked"), &json!(1)));
        assert_eq!((&yes["version"], &yes["note"]), (&json!(2), &json!("Our pixel was down.")));
        let action = action_of(&yes);
        assert_eq!(stands(&deal, &action), "pending 100.00 7.50");
        assert_eq!(deal.acme.get(&action, 200)["note"], "Our pixel was down.");
        let shown = deal.bolt.get(&path, 200);
        assert_eq!((&shown["answer"], &shown["note"]), (&json!("Indeed."), &Value::Null));
        let again = deal.acme.post(&format!("{path}/accept"), json!({}), 409);
        assert_eq!(again["code"], "inquiry_already_answered");

        for side in [&deal.acme, &deal.bolt] {
            let events = told_of("inquiry.", side, 2);
            let kinds: Vec<_> = events.iter().map(|event| event["type"].clone()).collect();
            assert_eq!(kinds, ["inquiry.opened", "inquiry.accepted"]);
            assert_eq!(events[1]["changes"]["action_id"], json!([null, yes["action_id"]]));
            assert!(!events.iter().any(|event| event["changes"].to_string().contains("pixel")));
        }
        let theirs = told_of("inquiry.", &deal.bolt, 2);
        assert!(!theirs.iter().any(|event| event.to_string().contains("pixel")));
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn a_part_of_an_order_is_tracked_and_a_late_one_has_its_time() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let part = opened(&deal, untracked(&deal, "U-1"));
        let yes = accepted(&deal, &part, json!({ "amount": "60.00" }));
        assert_eq!(stands(&deal, &action_of(&yes)), "pending 60.00 4.50");
        let part = opened(&deal, untracked(&deal, "U-2"));
        let items = json!([{ "sku": "HAT", "quantity": 1, "amount": "20.00" }]);
        let yes = accepted(&deal, &part, json!({ "items": items }));
        let action = deal.bolt.get(&action_of(&yes), 200);
        assert_eq!((&action["items"][0]["sku"], &action["late"]), (&json!("HAT"), &json!(false)));

        let mut old = untracked(&deal, "U-3");
        old["occurred_at"] = json!("2026-01-05T10:00:00Z");
        let yes = accepted(&deal, &opened(&deal, old), json!({}));
        let action = deal.bolt.get(&action_of(&yes), 200);
        assert_eq!((&action["late"], &action["state"]), (&json!(true), &json!("pending")));

        let no = opened(&deal, untracked(&deal, "U-4"));
        let said = json!({ "message": "Not ours.", "note": "Who is that?" });
        let answer = deal.acme.post(&format!("{no}/decline"), said, 200);
        assert_eq!((&answer["status"], &answer["applied"]), (&json!("declined"), &Value::Null));
        assert_eq!(deal.bolt.get(&no, 200)["note"], Value::Null);
        let back = opened(&deal, untracked(&deal, "U-4"));
        let answer = deal.bolt.post(&format!("{back}/withdraw"), json!({}), 200);
        let ended = (&answer["status"], &answer["decided_by"]);
        assert_eq!(ended, (&json!("withdrawn"), &Value::Null));
        let late = deal.acme.post(&format!("{back}/accept"), json!({}), 409);
        assert_eq!(late["code"], "inquiry_already_answered");
        assert_eq!(deal.acme.get("/v1/actions?order_id=U-4", 200)["data"], json!([]));
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_another_partner_has_is_told_to_the_brand_alone() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let theirs = anothers(world, &deal, "T-1");
        // What the partner is told differs in nothing from an order that nobody has.
        let plain = |order: &str| {
            let mut told = deal.bolt.post("/v1/inquiries", untracked(&deal, order), 201);
            let path = format!("/v1/inquiries/{}", id(&told));
            for field in ["id", "order_id"] {
                told[field] = Value::Null;
            }
            (path, told)
        };
        let ((taken, of_taken), (free, of_free)) = (plain("T-1"), plain("F-1"));
        assert_eq!(of_taken, of_free);
        let existing = |path: &str| deal.acme.get(path, 200)["existing_action_id"].clone();
        assert_eq!(json!(theirs.rsplit('/').next().unwrap()), existing(&taken));
        assert_eq!(
            (existing(&free), deal.bolt.get(&taken, 200)["existing_action_id"].clone()),
            (Value::Null, Value::Null)
        );
        let refused = deal.acme.post(&format!("{taken}/accept"), json!({}), 409);
        assert_eq!(refused["code"], "duplicate_order");
        assert_eq!(deal.bolt.get(&taken, 200)["status"], "open");
        for event in told_of("inquiry.", &deal.bolt, 2) {
            assert!(!event.to_string().contains(theirs.rsplit('/').next().unwrap()));
        }

        let own = deal.tracked("O-1");
        let refused = deal.bolt.post("/v1/inquiries", untracked(&deal, "O-1"), 409);
        assert_eq!(refused["code"], "duplicate_order");
        let named = refused["detail"].as_str().unwrap();
        assert!(named.contains(own.rsplit('/').next().unwrap()), "{named}");
        // Tracked for it in the meantime: there is nothing left to do.
        let path = deal.tracked("F-1");
        let yes = accepted(&deal, &free, json!({}));
        assert_eq!((&yes["applied"], action_of(&yes)), (&json!("nothing"), path));
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn wrong_figures_are_put_right() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let asked = opened(&deal, claiming("incorrect", &path, json!({ "amount": "120.00" })));
        let seen = deal.acme.get(&asked, 200);
        assert_eq!(seen["claim"]["amount"]["amount"], "120.00");
        let yes = accepted(&deal, &asked, json!({}));
        assert_eq!((&yes["applied"], &yes["action_version"]), (&json!("changed"), &json!(2)));
        assert_eq!(stands(&deal, &path), "pending 120.00 9.00");
        assert_eq!(ledger(&deal, &path), ["track", "modify ORDER_UPDATE"]);

        let asked = opened(&deal, claiming("incorrect", &path, json!({ "amount": "150.00" })));
        accepted(&deal, &asked, json!({ "amount": "130.00" }));
        assert_eq!(stands(&deal, &path), "pending 130.00 9.75");
        let steps = json!([{ "op": "set_quantity", "sku": "HAT", "quantity": 2 }]);
        let asked = opened(&deal, claiming("incorrect", &path, json!({ "operations": steps })));
        assert_eq!(deal.acme.get(&asked, 200)["claim"]["operations"][0]["quantity"], 2);
        accepted(&deal, &asked, json!({}));
        assert_eq!(deal.bolt.get(&path, 200)["items"][1]["quantity"], 2);

        // Without figures the brand says what it should be.
        let asked = opened(&deal, about("incorrect", &path));
        let refused = deal.acme.post(&format!("{asked}/accept"), json!({}), 422);
        assert_eq!(faults(&refused), ["/amount missing_field"]);
        accepted(&deal, &asked, json!({ "amount": "100.00" }));
        assert_eq!(stands(&deal, &path), "pending 100.00 7.50");
        let asked = opened(&deal, claiming("incorrect", &path, json!({ "amount": "100.00" })));
        assert_eq!(accepted(&deal, &asked, json!({}))["applied"], "nothing");

        // What the rules refuse is refused, and the inquiry stays open.
        let asked = opened(&deal, claiming("incorrect", &path, json!({ "amount": "101.00" })));
        deal.acme.post(&format!("{path}/reverse"), returned(), 200);
        let refused = deal.acme.post(&format!("{asked}/accept"), json!({}), 409);
        assert_eq!(refused["code"], "action_reversed");
        assert_eq!(deal.acme.get(&asked, 200)["status"], "open");
        deal.acme.post(&format!("{path}/restore"), json!({}), 200);
        accepted(&deal, &asked, json!({}));
        assert_eq!(stands(&deal, &path), "pending 101.00 7.57");
        deal.acme.post(&format!("{path}/reverse"), returned(), 200);
        let refused = deal.bolt.post("/v1/inquiries", about("incorrect", &path), 409);
        assert_eq!(refused["code"], "action_reversed");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_was_declined_counts_again() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let refused = deal.bolt.post("/v1/inquiries", about("declined", &path), 409);
        assert_eq!(refused["code"], "not_reversed");
        let reverse = || deal.acme.post(&format!("{path}/reverse"), returned(), 200);
        reverse();
        let yes = accepted(&deal, &opened(&deal, about("declined", &path)), json!({}));
        assert_eq!(
            (&yes["applied"], stands(&deal, &path).as_str()),
            (&json!("changed"), "pending 100.00 7.50")
        );
        assert_eq!(ledger(&deal, &path), ["track", "reverse ITEM_RETURNED", "restore"]);

        // In part: one item, or an amount.
        reverse();
        let asked = opened(&deal, about("declined", &path));
        accepted(&deal, &asked, json!({ "operations": hat("restore_item") }));
        assert_eq!(stands(&deal, &path), "pending 20.00 1.50");
        // Single items: the shoes are still reversed.
        let asked = opened(&deal, about("declined", &path));
        accepted(&deal, &asked, json!({ "amount": "80.00" }));
        assert_eq!(stands(&deal, &path), "pending 80.00 6.00");
        let last = ledger(&deal, &path).pop();
        assert_eq!(last.as_deref(), Some("modify PUB_ACT_DISPUTE"));
        let less = json!({ "reason": "ITEM_RETURNED", "operations": hat("reverse_item") });
        deal.acme.post(&format!("{path}/modify"), less.clone(), 200);
        let claim = json!({ "operations": hat("restore_item") });
        accepted(&deal, &opened(&deal, claiming("declined", &path, claim)), json!({}));
        assert_eq!(stands(&deal, &path), "pending 80.00 6.00");

        // Undone before the answer: there is nothing left to do.
        reverse();
        let asked = opened(&deal, about("declined", &path));
        deal.acme.post(&format!("{path}/restore"), json!({}), 200);
        assert_eq!(accepted(&deal, &asked, json!({}))["applied"], "nothing");
        // More than was reversed is not given back.
        reverse();
        let asked = opened(&deal, about("declined", &path));
        let refused = deal.acme.post(&format!("{asked}/accept"), json!({ "amount": "80.01" }), 409);
        assert_eq!(refused["code"], "exceeds_remaining");
        deal.acme.post(&format!("{asked}/decline"), json!({ "message": "No." }), 200);
        assert_eq!(stands(&deal, &path), "reversed 0.00 0.00");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn an_inquiry_is_told_all_its_faults_at_once() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let told = |body: Value| faults(&deal.bolt.post("/v1/inquiries", body, 422));
        assert_eq!(
            told(
                json!({ "kind": "untracked", "message": " ", "action_id": "act_01k5h2v7xnf8rtq3m9bcw4ze6a" })
            ),
            [
                "/action_id not_allowed",
                "/currency missing_field",
                "/event_type_id missing_field",
                "/message too_short",
                "/occurred_at missing_field",
                "/order_id missing_field",
                "/program_id missing_field",
            ]
        );
        let mut wrong = untracked(&deal, "\u{1}");
        wrong["currency"] = json!("USD");
        wrong["occurred_at"] = json!("2026-03-10T12:00:01Z");
        wrong["amount"] = json!("1,5");
        wrong["operations"] = hat("restore_item");
        let expected = [
            "/amount bad_number",
            "/currency currency_mismatch",
            "/occurred_at out_of_range",
            "/operations not_allowed",
            "/order_id bad_characters",
        ];
        assert_eq!(told(wrong), expected);
        let mut old = untracked(&deal, "U-1");
        old["occurred_at"] = json!("2025-12-10T11:59:59Z");
        assert_eq!(told(old), ["/occurred_at no_contract", "/occurred_at out_of_range"]);
        let mut other = claiming("declined", &path, json!({ "amount": "1.00" }));
        other["operations"] = hat("reverse_item");
        other["order_id"] = json!("A-1");
        let expected = [
            " conflicting_fields",
            "/amount not_allowed",
            "/operations/0/op not_allowed",
            "/order_id not_allowed",
        ];
        assert_eq!(told(other), expected);
        assert_eq!(
            told(json!({ "kind": "incorrect", "message": "x" })),
            ["/action_id missing_field"]
        );
        let both = json!({ "amount": "1.00", "operations": hat("reverse_item") });
        assert_eq!(told(claiming("incorrect", &path, both)), [" conflicting_fields"]);

        let asked = opened(&deal, untracked(&deal, "U-1"));
        let accept = format!("{asked}/accept");
        let bad = json!({ "amount": "1.005", "operations": hat("restore_item"), "note": "\u{1}" });
        assert_eq!(
            faults(&deal.acme.post(&accept, bad, 422)),
            ["/amount too_precise", "/note bad_characters", "/operations not_allowed"]
        );
        let bad = deal.acme.post(&format!("{asked}/decline"), json!({ "message": " " }), 422);
        assert_eq!(faults(&bad), ["/message too_short"]);
        let of_action = opened(&deal, about("incorrect", &path));
        let items = json!([{ "quantity": 1, "amount": "1.00" }]);
        let bad = json!({ "amount": "-1.00", "items": items });
        assert_eq!(
            faults(&deal.acme.post(&format!("{of_action}/accept"), bad, 422)),
            ["/amount out_of_range", "/items not_allowed"]
        );
    });
}

#[test]
fn inquiries_are_listed_newest_first_by_side_and_filter() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let first = opened(&deal, untracked(&deal, "U-1"));
        let second = opened(&deal, about("incorrect", &path));
        deal.acme.post(&format!("{second}/decline"), json!({ "message": "No." }), 200);
        world.travel("2026-03-12T12:00:00Z");
        let third = opened(&deal, untracked(&deal, "U-2"));
        let listed = |caller: &Caller, query: &str| -> Vec<String> {
            let all = caller.all(&format!("/v1/inquiries?limit=2{query}"));
            all.iter().map(|one| format!("/v1/inquiries/{}", id(one))).collect()
        };
        let action = path.rsplit('/').next().unwrap();
        for side in [&deal.acme, &deal.bolt] {
            assert_eq!(listed(side, ""), [&third, &second, &first].map(String::clone));
            assert_eq!(listed(side, "&status=open"), [&third, &first].map(String::clone));
            assert_eq!(listed(side, "&kind=incorrect,declined"), std::slice::from_ref(&second));
            assert_eq!(
                listed(side, &format!("&action_id={action}")),
                std::slice::from_ref(&second)
            );
            let program = format!("&program_id={}", deal.program);
            assert_eq!(listed(side, &program).len(), 3);
            let partner = format!("&partner_company_id={}", deal.bolt.company_id());
            assert_eq!(listed(side, &partner).len(), 3);
            let partner = format!("&partner_company_id={}", deal.crow.company_id());
            assert_eq!(listed(side, &partner), Vec::<String>::new());
            let soon = "&status=open&answer_before=2026-04-09T12:00:01Z";
            assert_eq!(listed(side, soon), std::slice::from_ref(&first));
        }
        assert_eq!(listed(&deal.crow, ""), Vec::<String>::new());
    });
}
