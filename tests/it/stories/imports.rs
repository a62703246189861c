//! Tracking in bulk: the same life as a batch of reversals, the same rules as a single report.

mod doors;
mod faults;
mod orders;

use serde_json::{Value, json};

use crate::cast::deal::{Deal, id};
use crate::cast::http::{Answer, Caller};
use crate::cast::process;
use crate::cast::world::World;

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

/// An import that has ended.
struct Import {
    path: String,
    head: Value,
    lines: Vec<Value>,
}

/// Sends something, and waits for the end of what comes of it.
fn send(caller: &Caller, kind: &str, query: &str, body: &[u8]) -> Answer {
    let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
    caller.send("POST", &format!("/v1/action-imports{query}"), &headers, body)
}

/// Sends what makes an import.
fn sent(caller: &Caller, kind: &str, query: &str, body: &str) -> Import {
    let answer = send(caller, kind, query, body.as_bytes());
    assert_eq!(answer.status, 200, "{kind} was answered {}", answer.text);
    ended(caller, answer.json())
}

/// Sends reports as JSON lines.
fn imported(caller: &Caller, query: &str, reports: &[Value]) -> Import {
    let lines: String = reports.iter().map(|report| format!("{report}\n")).collect();
    sent(caller, NDJSON, query, &lines)
}

/// Reads an import to its end, and holds its counts against its lines.
fn ended(caller: &Caller, head: Value) -> Import {
    let path = format!("/v1/action-imports/{}", id(&head));
    let lines = caller.all(&format!("{path}/lines?limit=200"));
    let many = |outcome: &str| {
        i64::try_from(lines.iter().filter(|line| line["outcome"] == outcome).count()).unwrap()
    };
    let counts = json!({
        "total": lines.len(), "applied": many("applied"), "unchanged": many("unchanged"),
        "duplicate": many("duplicate_of_line"), "rejected": many("rejected"),
    });
    assert_eq!(head["counts"], counts, "{head}");
    Import { path, head, lines }
}

impl Import {
    /// What became of the lines, each with its code and its warnings.
    fn told(&self) -> Vec<String> {
        let told = |line: &Value| {
            let warnings = line["warnings"].as_array().cloned().unwrap_or_default();
            let mut words = vec![line["outcome"].clone(), line["code"].clone()];
            words.extend(warnings);
            words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        };
        self.lines.iter().map(told).collect()
    }

    fn message(&self, at: usize) -> &str {
        self.lines[at]["message"].as_str().unwrap_or_default()
    }

    /// A table of it, line by line.
    fn table(&self, caller: &Caller, name: &str) -> String {
        let answer = caller.send("GET", &format!("{}/{name}", self.path), &[], b"");
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.text
    }
}

/// The brand's actions, by order number.
fn tracked(deal: &Deal) -> Vec<String> {
    let actions = deal.acme.all("/v1/actions?limit=200");
    let mut orders: Vec<String> = actions
        .iter()
        .map(|action| {
            let (order, sale) = (&action["order_id"], &action["sale_amount"]["amount"]);
            format!("{} {}", order.as_str().unwrap(), sale.as_str().unwrap())
        })
        .collect();
    orders.sort();
    orders
}

/// A report of an order worth 100.00, of a sale.
fn order(deal: &Deal, order_id: &str) -> Value {
    json!({
        "event_type_id": "SALE", "order_id": order_id, "occurred_at": "2026-03-09T10:00:00Z",
        "currency": "EUR", "partner_company_id": deal.bolt.company_id(), "amount": "100.00",
    })
}

/// A report with other fields.
fn and(mut report: Value, more: Value) -> Value {
    report.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    report
}

fn adds_up(world: &World) {
    let home = tempfile::tempdir().unwrap();
    process::adds_up(&world.database_url, home.path());
}
