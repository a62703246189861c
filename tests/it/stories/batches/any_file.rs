//! Random batches over HTTP: every line is answered, and every order is worth, what the naive model
//! says.

mod lines;
#[path = "../../../naive.rs"]
mod naive;
mod shelf;

use std::cell::Cell;
use std::collections::HashMap;

use entente::kernel::money::Currency;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

use lines::{Form, Line, Operation, SHOPS, Sent, Things, case, money};
use naive::{Closes, Earns, Naive, State};
use shelf::Shelf;

use super::{Batch, adds_up, ended, file_of};
use crate::cast::http::Caller;
use crate::cast::shop::Shop;
use crate::cast::world::{World, in_a_world};

fn rate(earns: Earns, currency: &str) -> Value {
    let fixed = |minor, per: &str| json!({ "fixed": money(minor, currency), "fixed_per": per });
    match earns {
        Earns::Percent(parts) => {
            json!({ "percent": format!("{}.{:04}", parts / 10_000, parts % 10_000) })
        }
        Earns::PerAction(minor) => fixed(minor, "action"),
        Earns::PerItem(minor) => fixed(minor, "item"),
        Earns::PerUnit(minor) => fixed(minor, "unit"),
    }
}

/// Whoever a case is about: the brand, its keys, its orders.
struct Brand {
    shop: Shop,
    lowering: Caller,
    currency: &'static str,
    earns: Earns,
}

fn brand(world: &World, (currency, earns): (&'static str, Earns)) -> Brand {
    let shop = Shop::earning(world, currency, "SALE", rate(earns, currency));
    let scopes = json!({
        "name": "Returns", "scopes": ["reversals:read", "reversals:write", "actions:read"],
    });
    let lowering = world.caller(&shop.acme.post("/v1/api-keys", scopes, 201));
    Brand { shop, lowering, currency, earns }
}

impl Brand {
    fn send(&self, turn: usize, sent: &Sent, orders: &[String]) -> Batch {
        let caller = if sent.may_raise { &self.shop.acme } else { &self.lowering };
        let lines: Vec<Value> =
            sent.lines.iter().map(|line| line.json(orders, self.currency)).collect();
        // The same file again would be a duplicate as a whole.
        let blank = "\n".repeat(turn);
        let query = format!("?mode={}", sent.mode);
        let (query, kind, body) = match sent.form {
            Form::Json => {
                let body = json!({ "mode": sent.mode, "lines": lines }).to_string();
                (String::new(), "application/json", body)
            }
            Form::File => (query, "text/csv", file_of(&json!(lines)) + &blank),
            Form::Inferred => {
                (query, "text/csv", file_without_operations(&sent.lines, lines) + &blank)
            }
        };
        let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
        let answer =
            caller.send("POST", &format!("/v1/reversals{query}"), &headers, body.as_bytes());
        assert_eq!(answer.status, 200, "{body} was answered {}", answer.text);
        ended(caller, answer.json())
    }

    /// What an order is worth, and each of its items.
    fn shown(&self, path: &str) -> Vec<String> {
        let action = self.shop.acme.get(path, 200);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let mut shown = vec![super::worth(&action)];
        let items = action["items"].as_array().unwrap().iter();
        shown.extend(items.map(|item| {
            format!(
                "{} {} {}",
                text(&item["sku"]),
                item["quantity"],
                text(&item["amount"]["amount"])
            )
        }));
        shown
    }

    fn wanted(&self, order: &Naive) -> Vec<String> {
        let state = match order.state {
            State::Pending => "pending",
            State::Approved => "approved",
            State::Reversed => "reversed",
        };
        let amount = |minor| money(minor, self.currency);
        let mut wanted =
            vec![format!("{} {} {state}", amount(order.sale()), amount(order.payout()))];
        wanted.extend(
            order.things.iter().map(|thing| {
                format!("{} {} {}", thing.sku, thing.counts.0, amount(thing.counts.1))
            }),
        );
        wanted
    }

    /// Sends all of it and looks after each batch.
    fn goes(
        &self,
        number: usize,
        orders: &[Things],
        batches: &[Sent],
    ) -> Result<(), TestCaseError> {
        let ids: Vec<String> =
            (0..orders.len()).map(|place| format!("C{number}-{place}")).collect();
        let mut paths = Vec::new();
        for (id, things) in ids.iter().zip(orders) {
            let amounts: Vec<String> =
                things.iter().map(|(.., minor)| money(*minor, self.currency)).collect();
            let things = things.iter().zip(&amounts);
            let things: Vec<(&str, i64, &str)> =
                things.map(|((sku, many, _), amount)| (*sku, *many, amount.as_str())).collect();
            paths.push(self.shop.tracked(id, &things));
        }
        let naive = |things: &Things| Naive::new(things, self.earns, Closes::At(i64::MAX));
        let mut shelf =
            Shelf { orders: orders.iter().map(naive).collect(), claims: HashMap::new() };
        let batches = batches.iter().filter(|sent| !sent.lines.is_empty());
        for (turn, sent) in batches.enumerate() {
            let batch = self.send(turn, sent, &ids);
            let wanted = shelf.take_in(sent);
            prop_assert_eq!(batch.told(), wanted, "{:#?}", batch.lines);
            for (path, order) in paths.iter().zip(&shelf.orders) {
                prop_assert_eq!(self.shown(path), self.wanted(order), "after {:#?}", sent);
            }
        }
        Ok(())
    }
}

/// A row for each line; what is done is told from its reason and its figures.
fn file_without_operations(lines: &[Line], rows: Vec<Value>) -> String {
    let rows = lines.iter().zip(rows).map(|(line, mut row)| {
        match line.operation {
            Operation::Approve => row["reason"] = json!("APPROVED"),
            Operation::Reset => row["reason"] = json!("RESET"),
            Operation::Reverse | Operation::Modify | Operation::Restore => {}
        }
        row
    });
    let file = file_of(&rows.collect());
    // The column that tells it goes: its place is that of its name in the header.
    let place = file.lines().next().unwrap().split(',').position(|name| name == "operation");
    let without = |row: &str| {
        let cells = row.split(',').enumerate().filter(|(at, _)| Some(*at) != place);
        cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",")
    };
    file.lines().map(without).collect::<Vec<_>>().join("\n")
}

#[test]
fn whatever_is_sent_comes_to_what_the_naive_model_says() {
    in_a_world(|world| {
        let brands: Vec<Brand> = SHOPS.iter().map(|shop| brand(world, *shop)).collect();
        let number = Cell::new(0);
        let config = Config { cases: 40, max_shrink_iters: 200, ..Config::default() };
        let told = TestRunner::new(config).run(&case(), |(shop, orders, batches)| {
            number.set(number.get() + 1);
            brands[shop].goes(number.get(), &orders, &batches)
        });
        told.unwrap_or_else(|failure| panic!("{failure}"));
        adds_up(world);
    });
}

#[test]
fn the_currencies_have_no_two_and_three_decimals() {
    let decimals = |(code, _): (&str, Earns)| code.parse::<Currency>().unwrap().exponent();
    assert_eq!(SHOPS.map(decimals), [2, 0, 3, 2, 3]);
}
