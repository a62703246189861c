//! Batches are held against their lines, and whatever does not belong together is found.

use std::collections::BTreeSet;

use serde_json::json;

use super::verify::differences;
use crate::cast::deal::{Deal, id, literal, meddle};
use crate::cast::world::{World, in_a_world};

/// A line of each outcome.
fn batch(deal: &Deal) -> String {
    deal.tracked("A-1");
    let gone = deal.tracked("A-2");
    deal.acme.post(&format!("{gone}/reverse"), json!({ "reason": "ITEM_RETURNED" }), 200);
    let line = |order: &str, note: &str| json!({ "order_id": order, "operation": "reverse", "reason": "ITEM_RETURNED", "note": note });
    let lines = [line("A-1", "x"), line("A-1", "y"), line("A-2", "x"), line("A-9", "x")];
    let wait = [("Prefer", "wait=30")];
    let body = json!({ "lines": lines });
    let batch = deal.acme.call("POST", "/v1/reversals", &wait, &body, 200).json();
    let counts = json!({ "total": 4, "applied": 1, "unchanged": 1, "duplicate": 1, "rejected": 1 });
    assert_eq!(batch["counts"], counts);
    id(&batch)
}

/// Meddles, looks for what must be found, and undoes it.
fn found(world: &World, meddling: &str, undoing: &str, expected: &[&str]) {
    assert_eq!(differences(world), Vec::<String>::new(), "before {meddling}");
    meddle(world, &format!("UPDATE {meddling}"));
    let found = BTreeSet::from_iter(differences(world));
    let expected = expected.iter().map(|one| one.to_string());
    assert_eq!(found, expected.collect(), "{meddling}");
    meddle(world, &format!("UPDATE {undoing}"));
}

#[test]
fn a_batch_that_counts_other_than_its_lines_is_found() {
    in_a_world(|world| {
        let batch = batch(&Deal::of(world));
        for (count, is) in
            [("applied", 2), ("unchanged", 2), ("duplicate", 2), ("rejected", 2), ("total", 5)]
        {
            let lines = if count == "total" { 4 } else { 1 };
            let expected = match count {
                "total" => format!("{batch}: its total is {is}, its lines are {lines}"),
                _ => format!("{batch}: {count} is {is}, its lines are {lines}"),
            };
            let meddling = format!("reversals SET {count} = {count} + 1");
            let undoing = format!("reversals SET {count} = {count} - 1");
            found(world, &meddling, &undoing, &[&expected]);
        }
        // A line that says something else than it did.
        let expected = [
            format!("{batch}: rejected is 1, its lines are 0"),
            format!("{batch}: unchanged is 1, its lines are 2"),
        ];
        found(
            world,
            "reversal_lines SET outcome = 'unchanged', code = NULL WHERE line = 4",
            "reversal_lines SET outcome = 'rejected', code = 'action_not_found' WHERE line = 4",
            &expected.each_ref().map(String::as_str),
        );
        meddle(world, "DELETE FROM reversal_lines WHERE line = 1");
        let expected = [
            format!("{batch}: applied is 1, its lines are 0"),
            format!("{batch}: its total is 4, its lines are 3"),
        ];
        assert_eq!(differences(world), expected);
    });
}

#[test]
fn what_names_something_that_is_not_there_is_found() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let batch = batch(&deal);
        // Ids of the right kind, which nothing has.
        let other = |id: &str| {
            let last = if id.ends_with('0') { "1" } else { "0" };
            format!("{}{last}", &id[..id.len() - 1])
        };
        let (ghost, acme) = (other(&batch), deal.acme.company_id());
        let row = "WHERE line = 1";
        let (here, there) = (literal(world, &batch), literal(world, &ghost));
        found(
            world,
            &format!("reversal_lines SET reversal_id = {there} {row}"),
            &format!("reversal_lines SET reversal_id = {here} {row}"),
            &[
                &format!("{batch}: applied is 1, its lines are 0"),
                &format!("{batch}: its total is 4, its lines are 3"),
                &format!("{ghost}: it has lines and does not exist"),
            ],
        );
        let lines = deal.acme.all(&format!("/v1/reversals/{batch}/lines"));
        let action = lines[0]["action_id"].as_str().unwrap();
        let ghost = other(action);
        let (here, there) = (literal(world, action), literal(world, &ghost));
        found(
            world,
            &format!("reversal_lines SET action_id = {there} {row}"),
            &format!("reversal_lines SET action_id = {here} {row}"),
            &[&format!("{ghost}: lines name it and it does not exist")],
        );
        let ghost = other(acme);
        let (here, there) = (literal(world, acme), literal(world, &ghost));
        let row = "WHERE type = 'reversal.completed'";
        found(
            world,
            &format!("events SET company_id = {there} {row}"),
            &format!("events SET company_id = {here} {row}"),
            &[&format!("{ghost}: events are of it and it does not exist")],
        );
        assert_eq!(differences(world), Vec::<String>::new());
    });
}
