//! A line for every code a line can have, a file for every code of files, and lines for every warning.
//! A code that is new does not compile until there is one here.

use entente::kernel::id::ItemId;
use entente::reversals::model::{FileCode, LineCode, Warning};
use serde_json::{Value, json};

use super::{Batch, and, by, ended, outcome, plain, reverse, submit, submit_file, submit_with, to};
use crate::cast::deal::Deal;
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// What is sent so that a line comes to a code.
enum Way {
    /// A line of JSON.
    Line(Value),
    /// The same, by the partner, about the action of an order.
    OfPartner(&'static str),
    /// The same beside one with a fault, all or nothing.
    Whole(Value),
    /// A file with one row.
    File(&'static str, &'static str),
    /// Nothing: only a fault of ours brings it about, of which the worker has a story, or a line of
    /// another kind of batch.
    None,
}

/// Orders to stumble over: A-1; K-1, locked and no longer to be clawed back; K-2, which locked a day
/// later; L-1, which happened twice; R-1, reversed; T-1 with an article number twice; X-1 with the
/// reference RMA-1; Z-1, worth nothing.
fn scene(world: &World) -> Deal {
    let terms = json!({ "after_lock": "clawback", "clawback_days": 1 });
    let deal = Deal::with_terms(world, terms);
    deal.tracked("K-1");
    deal.tracked_at("K-2", "2026-03-10T10:00:00Z");
    world.travel("2026-03-26T12:00:00Z");
    for order in ["A-1", "R-1", "X-1"] {
        deal.tracked(order);
    }
    for occurred_at in ["2026-02-01T10:00:00Z", "2026-03-09T10:00:00Z"] {
        let lead = json!({ "event_type_id": deal.lead, "occurred_at": occurred_at });
        deal.acme.post("/v1/actions", and(deal.order("L-1"), lead), 201);
    }
    let items = |amount: &str| {
        let sock = json!({ "sku": "SOCK", "quantity": 1, "amount": amount });
        json!({ "items": [sock, sock] })
    };
    deal.acme.post("/v1/actions", and(deal.order("T-1"), items("5.00")), 201);
    deal.acme.post("/v1/actions", and(deal.order("Z-1"), items("0.00")), 201);
    let referred = and(by("X-1", "-1.00"), json!({ "external_ref": "RMA-1" }));
    assert_eq!(submit(&deal.acme, &json!([reverse("R-1"), referred])).told(), ["applied"; 2]);
    deal
}

/// A line that has this fault and no other.
fn way(code: LineCode) -> Way {
    use LineCode::*;
    let reversed = |more: Value| Way::Line(and(reverse("A-1"), more));
    let modified = |more: Value| Way::Line(and(to("A-1", "50.00"), more));
    match code {
        ActionNotFound => Way::Line(reverse("A-9")),
        AmbiguousOrder => Way::Line(reverse("L-1")),
        UnknownEventType => reversed(json!({ "event_type_id": "CALL" })),
        OrderIdMangled => Way::Line(reverse("1.23E+12")),
        SkuNotFound => reversed(json!({ "sku": "GLOVE" })),
        AmbiguousSku => Way::Line(and(reverse("T-1"), json!({ "sku": "SOCK" }))),
        ItemNotFound => reversed(json!({ "item_id": ItemId::new().to_string() })),
        ActionLocked => Way::Line(plain("K-1", "approve")),
        ClawbackOver => Way::Line(reverse("K-1")),
        ActionReversed => Way::Line(to("R-1", "50.00")),
        NotReversed => Way::Line(plain("A-1", "restore")),
        ExceedsRemaining => modified(json!({ "amount": "100.01" })),
        CurrencyMismatch => modified(json!({ "currency": "USD" })),
        UnknownCurrency => modified(json!({ "currency": "XXQ" })),
        UnknownOperation => reversed(json!({ "operation": "undo" })),
        UnknownReason => reversed(json!({ "reason": "MOOD" })),
        ReasonNotAllowed => modified(json!({ "reason": "REJECTED" })),
        ExternalRefConflict => {
            Way::Line(and(by("X-1", "-2.00"), json!({ "external_ref": "RMA-1" })))
        }
        Forbidden => Way::OfPartner("A-1"),
        MissingField => Way::Line(plain("A-1", "reverse")),
        ConflictingFields => modified(json!({ "amount_delta": "-1.00" })),
        UnknownField => reversed(json!({ "colour": "red" })),
        WrongType => reversed(json!({ "order_id": 5 })),
        BadNumber => modified(json!({ "amount": "50,00" })),
        TooPrecise => modified(json!({ "amount": "50.001" })),
        OutOfRange => modified(json!({ "amount": "-1.00" })),
        TooLong => reversed(json!({ "note": "n".repeat(1_001) })),
        BadCharacters => reversed(json!({ "order_id": "A\u{7}1" })),
        WrongCellCount => Way::File("text/csv", "order_id,reason\nA-1\n"),
        UnreadableLine => Way::File("application/x-ndjson", "{\"order_id\": oops\n"),
        BadFormat | TooShort | TooFew | TooMany | UnknownPartner | UnknownCode | NoContract => {
            Way::None
        }
        BatchRejected => Way::Whole(reverse("A-1")),
        InternalError => Way::None,
    }
}

fn sent(caller: &Caller, kind: &str, query: &str, body: &[u8]) -> Value {
    let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
    caller.send("POST", &format!("/v1/reversals{query}"), &headers, body).json()
}

/// The batch that goes this way.
fn gone(deal: &Deal, way: Way) -> Option<Batch> {
    let action = |order: &str| {
        let found = deal.acme.all(&format!("/v1/actions?order_id={order}"));
        found[0]["id"].clone()
    };
    Some(match way {
        Way::Line(line) => submit(&deal.acme, &json!([line])),
        Way::OfPartner(order) => {
            let mut line = and(reverse(order), json!({ "action_id": action(order) }));
            line.as_object_mut().unwrap().remove("order_id");
            submit(&deal.bolt, &json!([line]))
        }
        Way::Whole(line) => {
            let whole = json!({ "mode": "all_or_nothing" });
            submit_with(&deal.acme, whole, &json!([line, reverse("A-9")]))
        }
        Way::File(kind, body) => ended(&deal.acme, sent(&deal.acme, kind, "", body.as_bytes())),
        Way::None => return None,
    })
}

#[test]
fn there_is_a_line_for_every_code() {
    in_a_world(|world| {
        let deal = scene(world);
        for code in LineCode::ALL {
            let Some(batch) = gone(&deal, way(*code)) else { continue };
            let told = outcome(&batch.lines[0]);
            assert_eq!(told, format!("rejected {code}"), "{:?}", batch.lines);
        }
    });
}

/// A file that cannot be a batch for this reason alone.
fn file(code: FileCode) -> Vec<u8> {
    let row = "A-1,OTHER\n";
    let text = match code {
        FileCode::EmptyFile => " \n".to_string(),
        FileCode::BinaryFile => "order_id,reason\nA\0,OTHER\n".to_string(),
        FileCode::NotUtf8 => return b"order_id,reason\nA\xff,OTHER\n".to_vec(),
        FileCode::HeaderUnknown => "colour,shape\nred,round\n".to_string(),
        FileCode::HeaderTooLong => format!("order_id,reason,{}\n{row}", "x".repeat(70_000)),
        FileCode::UnknownColumn => format!("order_id,reason,colour\n{row}"),
        FileCode::DuplicateColumn => format!("order_id,reason,Oid\n{row}"),
        FileCode::MissingColumn => format!("order_id,amount\n{row}"),
        FileCode::NoLines => "order_id,reason\n".to_string(),
        FileCode::RecordTooLong => format!("order_id,reason\n{},OTHER\n", "A".repeat(70_000)),
        FileCode::UnclosedQuote => format!("order_id,reason\n\"{row}"),
        FileCode::TooManyLines => format!("order_id,reason\n{}", row.repeat(3)),
    };
    text.into_bytes()
}

#[test]
fn there_is_a_file_for_every_code() {
    in_a_world_with(&["--reversal-max-lines-at-once", "2"], |world| {
        let acme = world.company("Acme", "brand");
        for code in FileCode::ALL {
            let told = sent(&acme, "text/csv", "?mode=all_or_nothing", &file(*code));
            // What the door sees is a fault of the request, and what is further down the batch's.
            let codes: Vec<&str> = match told["errors"].as_array() {
                Some(faults) => {
                    faults.iter().map(|fault| fault["code"].as_str().unwrap()).collect()
                }
                None => vec![told["code"].as_str().unwrap_or_default()],
            };
            assert_eq!(codes, [code.as_str()], "{told}");
        }
    });
}

#[test]
fn there_are_lines_for_every_warning() {
    in_a_world(|world| {
        let deal = scene(world);
        for warning in Warning::ALL {
            let (batch, became) = match warning {
                // Of imports, which have stories of their own.
                Warning::DuplicateOrder => continue,
                Warning::Superseded => {
                    let lines = json!([to("A-1", "90.00"), to("A-1", "80.00")]);
                    (submit(&deal.acme, &lines), "applied superseded")
                }
                Warning::TrackedAtZero => {
                    let file = "order_id,reason,amount\nZ-1,ITEM_RETURNED,0.00\n";
                    (submit_file(&deal.acme, "", file), "unchanged tracked_at_zero")
                }
                Warning::ClawedBack => {
                    let lines = json!([reverse("K-2")]);
                    (submit(&deal.acme, &lines), "applied clawed_back")
                }
            };
            assert_eq!(outcome(&batch.lines[0]), became, "{:?}", batch.lines);
            assert!(became.ends_with(warning.as_str()));
        }
        // An item that was tracked at zero is reversed by no amount of zero either.
        let items = json!({ "items": [
            { "sku": "GIFT", "quantity": 1, "amount": "0.00" },
            { "sku": "HAT", "quantity": 1, "amount": "20.00" },
        ] });
        deal.acme.post("/v1/actions", and(deal.order("F-1"), items), 201);
        let file =
            "order_id,sku,reason,amount\nF-1,GIFT,ITEM_RETURNED,0\nF-1,HAT,ITEM_RETURNED,0\n";
        let told = submit_file(&deal.acme, "", file).told();
        assert_eq!(told, ["unchanged tracked_at_zero", "applied"]);
    });
}
