//! Batches of reversals, line by line: what is done, what is refused, and what is told about it.

mod any_file;
mod codes;
mod duplicates;
mod examples;
mod forms;
mod large;
mod limits;
mod multipart;
mod receipt;
mod refusals;
mod results;
mod several_items;
mod waiting;

use entente::reversals::formats::FIELDS;
use serde_json::{Map, Value, json};

use super::actions::worth;
use crate::cast::deal::{Deal, id, told};
use crate::cast::http::Caller;
use crate::cast::process;
use crate::cast::world::{World, in_a_world};

/// A batch that has ended.
struct Batch {
    path: String,
    head: Value,
    lines: Vec<Value>,
}

/// Sends lines as JSON, with options.
fn submit_with(caller: &Caller, mut options: Value, lines: &Value) -> Batch {
    options["lines"] = lines.clone();
    let headers = [("Prefer", "wait=30")];
    let answer = caller.call("POST", "/v1/reversals", &headers, &options, 200);
    ended(caller, answer.json())
}

/// Sends lines as JSON.
fn submit(caller: &Caller, lines: &Value) -> Batch {
    submit_with(caller, json!({}), lines)
}

/// Sends a file.
fn submit_file(caller: &Caller, query: &str, file: &str) -> Batch {
    let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
    let path = format!("/v1/reversals{query}");
    let answer = caller.send("POST", &path, &headers, file.as_bytes());
    assert_eq!(answer.status, 200, "{file} was answered {}", answer.text);
    ended(caller, answer.json())
}

/// Reads a batch to its end, and holds its counts against its lines.
fn ended(caller: &Caller, head: Value) -> Batch {
    let path = format!("/v1/reversals/{}", id(&head));
    let lines = caller.all(&format!("{path}/lines"));
    let many = |outcome: &str| {
        i64::try_from(lines.iter().filter(|line| line["outcome"] == outcome).count()).unwrap()
    };
    let counts = json!({
        "total": lines.len(), "applied": many("applied"), "unchanged": many("unchanged"),
        "duplicate": many("duplicate_of_line"), "rejected": many("rejected"),
    });
    assert_eq!(head["counts"], counts, "{head}");
    Batch { path, head, lines }
}

impl Batch {
    /// What became of the lines: `rejected sku_not_found`.
    fn told(&self) -> Vec<String> {
        self.lines.iter().map(outcome).collect()
    }

    /// The message of the line at an index.
    fn message(&self, at: usize) -> &str {
        self.lines[at]["message"].as_str().unwrap_or_default()
    }
}

/// What became of a line, with its code and its warnings.
fn outcome(line: &Value) -> String {
    let warnings = line["warnings"].as_array().cloned().unwrap_or_default();
    let mut words = vec![line["outcome"].clone(), line["code"].clone()];
    words.extend(warnings);
    words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

/// Lines of JSON as a file: an absent field is an empty cell.
fn file_of(lines: &Value) -> String {
    let cell = |line: &Value, column: &str| match &line[column] {
        Value::Null => String::new(),
        Value::String(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        other => other.to_string(),
    };
    let row = |line: &Value| {
        let cells: Vec<String> = FIELDS.iter().map(|column| cell(line, column)).collect();
        cells.join(",")
    };
    let rows = lines.as_array().unwrap().iter().map(row);
    let rows: Vec<String> = std::iter::once(FIELDS.join(",")).chain(rows).collect();
    rows.join("\n")
}

/// A line with these fields that lowers an order of 100.00 to an amount.
fn to(order: &str, amount: &str) -> Value {
    json!({ "order_id": order, "operation": "modify", "reason": "ITEM_RETURNED", "amount": amount })
}

/// One that lowers it by an amount.
fn by(order: &str, delta: &str) -> Value {
    json!({
        "order_id": order, "operation": "modify", "reason": "ITEM_RETURNED", "amount_delta": delta,
    })
}

/// One that reverses it.
fn reverse(order: &str) -> Value {
    json!({ "order_id": order, "operation": "reverse", "reason": "ITEM_RETURNED" })
}

/// One of an operation that needs no reason.
fn plain(order: &str, operation: &str) -> Value {
    json!({ "order_id": order, "operation": operation })
}

/// A line with more, or other, fields.
fn and(mut line: Value, more: Value) -> Value {
    let more: Map<String, Value> = serde_json::from_value(more).unwrap();
    line.as_object_mut().unwrap().extend(more);
    line
}

/// What an action is worth now.
fn now(deal: &Deal, path: &str) -> String {
    worth(&deal.acme.get(path, 200))
}

/// Everything that a line could change: actions, their ledgers, and what is told of them.
fn state_of(deal: &Deal) -> Vec<Value> {
    let mut all = deal.acme.all("/v1/actions");
    let ledgers: Vec<Value> = all
        .iter()
        .flat_map(|action| deal.acme.all(&format!("/v1/actions/{}/updates", id(action))))
        .collect();
    // Every entry is told of, as soon as it shows.
    let events = told(&deal.acme, ledgers.len());
    assert_eq!(events.len(), ledgers.len(), "{events:?}");
    all.extend(ledgers);
    all.extend(events);
    all
}

/// The ledger's sums are the current values.
pub fn adds_up(world: &World) {
    let home = tempfile::tempdir().unwrap();
    process::adds_up(&world.database_url, home.path());
}

/// What is done to an order of 100.00, one line after the other, and what it is worth then.
fn steps(o: &str) -> [(Value, &'static str); 12] {
    let item = |sku: &str, more: Value| and(json!({ "order_id": o, "sku": sku }), more);
    let shoe = json!({ "operation": "modify", "reason": "ITEM_RETURNED", "quantity": 1 });
    let hat = json!({ "operation": "reverse", "reason": "ITEM_RETURNED" });
    let raised = json!({ "reason": "ORDER_UPDATE", "allow_increase": true });
    [
        (to(o, "60.00"), "60.00 4.50 pending"),
        (plain(o, "approve"), "60.00 4.50 approved"),
        (by(o, "-10.00"), "50.00 3.75 pending"),
        (and(to(o, "80.00"), raised), "80.00 6.00 pending"),
        (plain(o, "reset"), "100.00 7.50 pending"),
        (item("SHOE", shoe), "60.00 4.50 pending"),
        (item("HAT", hat), "40.00 3.00 pending"),
        (reverse(o), "0.00 0.00 reversed"),
        (plain(o, "approve"), "40.00 3.00 pending"),
        (item("HAT", json!({ "operation": "restore" })), "60.00 4.50 pending"),
        (reverse(o), "0.00 0.00 reversed"),
        (plain(o, "restore"), "60.00 4.50 pending"),
    ]
}

#[test]
fn every_operation_is_done_through_both_doors_and_shows_figures_before_and_after() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for (door, order) in [("json", "A-1"), ("csv", "A-2")] {
            let path = deal.tracked(order);
            let mut before = "100.00 7.50 pending".to_string();
            for (line, expected) in steps(order) {
                let batch = match door {
                    "json" => submit(&deal.acme, &json!([line])),
                    _ => submit_file(&deal.acme, "?force=true", &file_of(&json!([line]))),
                };
                assert_eq!(batch.told(), ["applied"], "{door} {line} {:?}", batch.lines);
                assert_eq!(worth(&batch.lines[0]["before"]), before, "{door} {line}");
                assert_eq!(worth(&batch.lines[0]["after"]), expected, "{door} {line}");
                assert_eq!(now(&deal, &path), expected, "{door} {line}");
                before = expected.to_string();
            }
        }
        adds_up(world);
    });
}

#[test]
fn a_file_without_operations_says_by_its_cells_what_to_do() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let paths: Vec<String> = (1..=6).map(|n| deal.tracked(&format!("A-{n}"))).collect();
        let file = "Oid,ActionTrackerID,Amount,currencyCode,Reason\r\n\
                    A-1,SALE,0.00,EUR,ITEM_RETURNED\r\n\
                    A-2,SALE,25.00,EUR,ORDER_UPDATE\r\n\
                    A-3,SALE,,EUR,ITEM_RETURNED\r\n\
                    A-4,SALE,10.00,EUR,MP_RETURNED\r\n\
                    A-5,SALE,0,EUR,CONSUMER_FRAUD\r\n\
                    A-4,SALE,,EUR,RESET\r\n\
                    A-6,SALE,,EUR,APPROVED\r\n";
        let batch = submit_file(&deal.acme, "?file_name=returns.csv", file);
        let told = batch.told();
        let expected = ["applied", "applied", "rejected missing_field", "applied"];
        assert_eq!(told[..4], expected, "{:?}", batch.lines);
        assert_eq!(told[4..], ["applied", "applied", "applied"], "{:?}", batch.lines);
        let numbers: Vec<i64> =
            batch.lines.iter().map(|line| line["line"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8]);
        let worths: Vec<String> = paths.iter().map(|path| now(&deal, path)).collect();
        let expected = [
            "0.00 0.00 reversed",
            "25.00 1.88 pending",
            "100.00 7.50 pending",
            "100.00 7.50 pending",
            "0.00 0.00 reversed",
            "100.00 7.50 approved",
        ];
        assert_eq!(worths, expected);
        adds_up(world);
    });
}

#[test]
fn lines_of_one_action_add_up_in_their_order_and_equal_ones_count_once() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let other = deal.tracked("A-2");
        let lines = json!([
            to("A-1", "90.00"),
            to("A-2", "50.00"),
            to("A-1", "80.00"),
            by("A-1", "-10.00"),
            and(to("A-2", "50.00"), json!({ "note": "once more" })),
            by("A-1", "-10.00"),
            and(by("A-1", "-5.00"), json!({ "external_ref": "R-1" })),
            and(by("A-1", "-5.00"), json!({ "external_ref": "R-2" })),
            and(by("A-1", "-5.00"), json!({ "external_ref": "R-1", "note": "again" })),
            and(to("A-2", "50.00"), json!({ "reason": "ORDER_ERROR" })),
        ]);
        let batch = submit(&deal.acme, &lines);
        let told = batch.told();
        assert_eq!(told[0], "applied superseded", "{:?}", batch.lines[0]);
        assert_eq!(told[2..4], ["applied", "applied"], "{:?}", batch.lines);
        assert_eq!(told[4], "duplicate_of_line");
        assert!(batch.message(4).contains('2'), "it names the line: {}", batch.message(4));
        assert_eq!(told[5..9], ["applied", "applied", "applied", "duplicate_of_line"]);
        assert_eq!(worth(&batch.lines[3]["before"]), "80.00 6.00 pending");
        assert_eq!(worth(&batch.lines[3]["after"]), "70.00 5.25 pending");
        assert_eq!(now(&deal, &path), "50.00 3.75 pending");
        assert_eq!(now(&deal, &other), "50.00 3.75 pending");
        adds_up(world);
    });
}

#[test]
fn what_is_so_already_is_unchanged_and_leaves_no_trace() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        deal.tracked("A-2");
        submit(&deal.acme, &json!([reverse("A-1"), plain("A-2", "approve")]));
        let before = state_of(&deal);
        let lines = json!([
            reverse("A-1"),
            plain("A-2", "approve"),
            and(to("A-2", "100.00"), json!({ "reason": "ORDER_UPDATE" })),
        ]);
        let batch = submit(&deal.acme, &lines);
        assert_eq!(batch.told(), ["unchanged", "unchanged", "unchanged"], "{:?}", batch.lines);
        assert_eq!(state_of(&deal), before);
        adds_up(world);
    });
}

#[test]
fn why_an_action_is_held_is_not_why_it_was_reversed() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        submit(&deal.acme, &json!([reverse("A-1")]));
        deal.acme.post(&format!("{path}/hold"), json!({ "reason": "Rejected" }), 200);
        let because = |reason: &str| {
            let line = and(reverse("A-1"), json!({ "reason": reason }));
            submit(&deal.acme, &json!([line])).told()
        };
        assert_eq!(because("ITEM_RETURNED"), ["unchanged"]);
        assert_eq!(because("REJECTED"), ["applied"]);
        assert_eq!(because("REJECTED"), ["unchanged"]);
        adds_up(world);
    });
}

#[test]
fn a_returns_own_id_is_applied_once_and_only_applying_uses_it_up() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let item = |sku: &str, delta: &str| {
            and(by("A-1", delta), json!({ "sku": sku, "external_ref": "RMA-7" }))
        };
        // Too much: rejected, so the reference is still free for what is right.
        let batch = submit(&deal.acme, &json!([item("HAT", "-20.01")]));
        assert_eq!(batch.told(), ["rejected exceeds_remaining"]);
        // One return may have several items.
        let batch = submit(&deal.acme, &json!([item("HAT", "-5.00"), item("SHOE", "-10.00")]));
        assert_eq!(batch.told(), ["applied", "applied"], "{:?}", batch.lines);
        assert_eq!(now(&deal, &path), "85.00 6.38 pending");

        let before = state_of(&deal);
        let noted = and(item("HAT", "-5.00"), json!({ "note": "sent again" }));
        let batch = submit(&deal.acme, &json!([noted, item("SHOE", "-11.00")]));
        let expected = ["unchanged", "rejected external_ref_conflict"];
        assert_eq!(batch.told(), expected, "{:?}", batch.lines);
        let again = file_of(&json!([item("HAT", "-5.00"), item("SHOE", "-10.00")]));
        let batch = submit_file(&deal.acme, "", &again);
        assert_eq!(batch.told(), ["unchanged", "unchanged"], "{:?}", batch.lines);
        // Within one batch the second with other values is a conflict as well.
        let fresh = |delta: &str| and(by("A-1", delta), json!({ "external_ref": "RMA-8" }));
        assert_eq!(state_of(&deal), before);
        let batch = submit(&deal.acme, &json!([fresh("-1.00"), fresh("-2.00")]));
        assert_eq!(batch.told(), ["applied", "rejected external_ref_conflict"]);
        assert_eq!(now(&deal, &path).split(' ').next(), Some("84.00"));
        adds_up(world);
    });
}

#[test]
fn an_order_that_happened_twice_is_named_by_its_id_or_taken_as_the_newest() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let [old, new] = ["2026-02-25T10:00:00Z", "2026-03-09T10:00:00Z"].map(|occurred_at| {
            let days = json!({ "event_type_id": deal.lead, "occurred_at": occurred_at });
            and(deal.order("L-1"), days)
        });
        // The window is 30 days wide: this one lies outside of it.
        let old = and(old, json!({ "occurred_at": "2026-02-07T10:00:00Z" }));
        let [old, new] = [old, new].map(|order| id(&deal.acme.post("/v1/actions", order, 201)));
        let by_id = json!([{ "action_id": old, "operation": "approve" }]);
        let line = submit(&deal.acme, &by_id).lines[0].clone();
        assert_eq!((&line["outcome"], &line["action_id"]), (&json!("applied"), &json!(old)));

        let newest = json!({ "on_ambiguous": "newest" });
        let batch = submit_with(&deal.acme, newest, &json!([reverse("L-1")]));
        assert_eq!(batch.told(), ["applied"]);
        assert_eq!(batch.lines[0]["action_id"], json!(new));
        let restore = and(plain("L-1", "restore"), json!({ "event_type_id": deal.lead }));
        let batch = submit_file(
            &deal.acme,
            "?on_ambiguous=newest&event_type_id=LEAD",
            &file_of(&json!([restore])),
        );
        assert_eq!(batch.lines[0]["action_id"], json!(new));

        // The same order id of two event types is ambiguous too, until one is named.
        deal.tracked("L-1");
        let sale = and(reverse("L-1"), json!({ "event_type_id": "SALE" }));
        let batch = submit(&deal.acme, &json!([reverse("L-1"), sale]));
        assert_eq!(batch.told(), ["rejected ambiguous_order", "applied"]);
        let all = json!({ "event_type_id": "SALE" });
        let batch = submit_with(&deal.acme, all, &json!([plain("L-1", "restore")]));
        assert_eq!(batch.told(), ["applied"]);
    });
}
