//! Where a company is paid: for owners alone, by their password, and nothing is paid at once.

use serde_json::{Value, json};

use crate::cast::deal::told_of;
use crate::cast::http::{Caller, faults};
use crate::cast::letters::letters_about;
use crate::cast::tables::texts;
use crate::cast::world::in_a_world;

const PASSWORD: &str = "correct horse battery";

fn path(of: &Caller) -> String {
    format!("/v1/companies/{}/profile/payment", of.company_id())
}

fn said() -> Value {
    json!({
        "method": "bank_transfer", "holder": "Bolt Ltd", "account": "DE89 3704 0044 0532 0130 00",
        "currency": "EUR", "threshold": "50.00", "password": PASSWORD,
    })
}

/// The same with other fields.
fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn an_owner_says_where_the_company_is_paid_and_all_owners_are_told() {
    in_a_world(|world| {
        let bolt = world.company("Bolt", "partner");
        let second = world.colleague(&bolt, "owner");
        let nothing = json!({
            "version": 1, "editable": true, "method": null, "holder": null, "account_last4": null,
            "bank_code": null, "currency": "USD", "threshold": "0.00", "payouts_held_until": null,
        });
        assert_eq!(bolt.get(&path(&bolt), 200), nothing);

        let first = bolt.patch(&path(&bolt), said(), 200);
        let expected = json!({
            "version": 2, "editable": true, "method": "bank_transfer", "holder": "Bolt Ltd",
            "account_last4": "3000", "bank_code": null, "currency": "EUR", "threshold": "50.00",
            "payouts_held_until": "2026-03-13T12:00:00Z",
        });
        assert_eq!(first, expected);
        assert_eq!(second.get(&path(&bolt), 200), first);
        let letters = letters_about(&world.outbox(), "Where Bolt is paid was changed", 2);
        assert!(letters.iter().all(|letter| letter.text.contains("for 72 hours")));
        assert!(!letters.iter().any(|letter| letter.text.contains("3000")));

        // The same again is no change; nor does a higher sum hold anything.
        world.travel("2026-03-13T11:00:00Z");
        let (bolt, second) = (world.again(&bolt), world.again(&second));
        let again = bolt.patch(&path(&bolt), said(), 200);
        assert_eq!(again, first);
        let more = json!({ "threshold": "75", "password": PASSWORD });
        let raised = second.patch(&path(&bolt), more, 200);
        assert_eq!(
            raised,
            with(first.clone(), json!({ "version": 3, "threshold": "75.00" })),
            "the hold of before goes on"
        );
        world.travel("2026-03-13T12:00:00Z");
        let bolt = world.again(&bolt);
        assert_eq!(bolt.get(&path(&bolt), 200)["payouts_held_until"], Value::Null);
        let elsewhere = json!({
            "method": "paypal", "account": "Pay@Bolt.example", "password": PASSWORD,
        });
        let moved = bolt.patch(&path(&bolt), elsewhere, 200);
        assert_eq!(
            (&moved["account_last4"], &moved["holder"], &moved["payouts_held_until"]),
            (&json!("mple"), &json!("Bolt Ltd"), &json!("2026-03-16T12:00:00Z"))
        );
        letters_about(&world.outbox(), "Where Bolt is paid was changed", 6);

        // Events and the audit log say that it was edited, and the database alone tells no account.
        let events = told_of("company.updated", &bolt, 3);
        assert_eq!(events[0]["changes"], json!({ "payment": [1, 2] }));
        let log = bolt.send("GET", "/v1/audit-log?limit=200", &[], b"").text;
        assert!(log.contains("\"changes\":{\"payment\":[3,4]}"), "{log}");
        let feed = bolt.send("GET", "/v1/events?limit=200", &[], b"").text;
        for text in [&log, &feed] {
            for hidden in ["Bolt Ltd", "0532013000", "pay@bolt"] {
                assert!(!text.contains(hidden), "{hidden}: {text}");
            }
        }
        let kept = texts(world, "SELECT account_last4 AS text FROM company_payment");
        assert_eq!(kept, ["mple"]);
    });
}

#[test]
fn a_stolen_session_sends_no_money_elsewhere() {
    in_a_world(|world| {
        let bolt = world.company("Bolt", "partner");
        bolt.patch(&path(&bolt), said(), 200);
        let before = bolt.get(&path(&bolt), 200);
        for (body, expected) in [
            (with(said(), json!({ "password": "a guess of mine" })), "/password password_wrong"),
            (json!({ "holder": "Crow" }), "/password missing_field"),
            (
                with(said(), json!({ "account": "DE89370400440532013001" })),
                "/account bad_check_digit",
            ),
            (with(said(), json!({ "method": "paypal" })), "/account bad_format"),
            (json!({ "method": "paypal", "password": PASSWORD }), "/account missing_field"),
            (json!({ "currency": "JPY", "password": PASSWORD }), "/threshold missing_field"),
            (with(said(), json!({ "threshold": "-1" })), "/threshold out_of_range"),
            (with(said(), json!({ "threshold": "0.001" })), "/threshold too_precise"),
            (with(said(), json!({ "method": "cash" })), "/method unknown_value"),
            (
                with(said(), json!({ "payouts_held_until": null })),
                "/payouts_held_until unknown_field",
            ),
        ] {
            let found = faults(&bolt.patch(&path(&bolt), body.clone(), 422));
            assert_eq!(found, [expected], "{body}");
        }
        let stale = [("If-Match", "\"1\"")];
        let late = bolt.call("PATCH", &path(&bolt), &stale, &said(), 412).json();
        assert_eq!(late["code"], "stale_version");
        // Guesses at the password have to wait, and then the right one does too.
        let guess = with(said(), json!({ "password": "another guess" }));
        let status = || {
            let body = serde_json::to_vec(&guess).unwrap();
            let json = [("Content-Type", "application/json")];
            bolt.send("PATCH", &path(&bolt), &json, &body).status
        };
        assert!((0..20).any(|_| status() == 429), "guessing is free");
        assert_eq!(bolt.patch(&path(&bolt), said(), 429)["code"], "too_many_attempts");
        assert_eq!(bolt.get(&path(&bolt), 200), before);

        // It is for owners: nobody else of the company sees or edits it, and no key.
        let admin = world.colleague(&bolt, "admin");
        admin.get(&path(&bolt), 403);
        admin.patch(&path(&bolt), said(), 403);
        assert!(admin.get(&path(&bolt).replace("/payment", ""), 200).get("payment").is_none());
        world.company("Crow", "brand").get(&path(&bolt), 404);
    });
}
