//! How much a batch and its lines may be, and that whatever can be tracked can be reversed.

use entente::actions::model::LONGEST_SKU;
use serde_json::{Value, json};

use super::{adds_up, and, file_of, now, reverse, state_of, submit, submit_file, submit_with};
use crate::cast::deal::Deal;
use crate::cast::http::Answer;
use crate::cast::world::{in_a_world, in_a_world_with};

/// Sends a file that is to be done all or nothing.
fn whole_file(deal: &Deal, lines: &[Value]) -> Answer {
    let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
    let path = "/v1/reversals?mode=all_or_nothing";
    deal.acme.send("POST", path, &headers, file_of(&json!(lines)).as_bytes())
}

#[test]
fn what_is_done_all_or_nothing_has_only_so_many_lines() {
    in_a_world_with(&["--reversal-max-lines-at-once", "3"], |world| {
        let deal = Deal::of(world);
        let orders = ["A-1", "A-2", "A-3", "A-4"];
        orders.iter().for_each(|order| drop(deal.tracked(order)));
        let lines = orders.map(reverse);
        let before = state_of(&deal);

        // The lines of JSON are counted at the door, and those of a file when it is read.
        let json = json!({ "mode": "all_or_nothing", "lines": lines });
        let refused = deal.acme.post("/v1/reversals", json, 413);
        assert_eq!(refused["code"], "too_many_lines");
        assert!(refused["detail"].as_str().unwrap().contains("at most 3 lines"), "{refused}");
        assert!(deal.acme.all("/v1/reversals").is_empty());
        let head = whole_file(&deal, &lines).json();
        assert_eq!((&head["status"], &head["code"]), (&"rejected".into(), &refused["code"]));
        assert_eq!(head["detail"], refused["detail"]);
        assert_eq!(state_of(&deal), before);

        // In the other modes it is no limit, and what is at the limit is done.
        let dry = submit_with(&deal.acme, json!({ "mode": "dry_run" }), &json!(lines));
        assert_eq!(dry.told(), ["applied"; 4]);
        let head = whole_file(&deal, &lines[..3]).json();
        assert_eq!((&head["status"], &head["counts"]["applied"]), (&"completed".into(), &3.into()));
        let each = submit(&deal.acme, &json!(lines));
        assert_eq!(each.told(), ["unchanged", "unchanged", "unchanged", "applied"]);
        adds_up(world);
    });
}

#[test]
fn a_batch_of_any_mode_has_only_so_many_lines() {
    in_a_world_with(&["--reversal-max-lines", "3"], |world| {
        let deal = Deal::of(world);
        let orders = ["A-1", "A-2", "A-3", "A-4"];
        orders.iter().for_each(|order| drop(deal.tracked(order)));
        let lines = orders.map(reverse);
        let before = state_of(&deal);
        for mode in ["best_effort", "dry_run", "all_or_nothing"] {
            let json = json!({ "mode": mode, "lines": lines });
            let refused = deal.acme.post("/v1/reversals", json, 413);
            assert_eq!(refused["code"], "too_many_lines");
            let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
            let path = format!("/v1/reversals?mode={mode}");
            let file = file_of(&json!(lines));
            let head = deal.acme.send("POST", &path, &headers, file.as_bytes()).json();
            assert_eq!((&head["status"], &head["code"]), (&"rejected".into(), &refused["code"]));
            assert_eq!(head["detail"], refused["detail"]);
        }
        assert_eq!(state_of(&deal), before);
        let three = submit_file(&deal.acme, "", &file_of(&json!(lines[..3])));
        assert_eq!(three.told(), ["applied"; 3]);
        adds_up(world);
    });
}

#[test]
fn json_has_a_limit_of_its_own() {
    in_a_world_with(&["--reversal-max-json-bytes", "2000"], |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let noted = and(reverse("A-1"), json!({ "note": "n".repeat(900) }));
        let lines = json!([noted, noted, noted]);
        let refused = deal.acme.post("/v1/reversals", json!({ "lines": lines }), 413);
        assert_eq!(refused["code"], "body_too_large");
        assert!(refused["detail"].as_str().unwrap().contains("2000 bytes"), "{refused}");
        assert!(deal.acme.all("/v1/reversals").is_empty());
        assert_eq!(submit(&deal.acme, &json!([noted])).told(), ["applied"]);
        let file = submit_file(&deal.acme, "", &file_of(&lines));
        assert_eq!(file.told(), ["unchanged", "duplicate_of_line", "duplicate_of_line"]);
    });
}

#[test]
fn the_longest_article_number_is_as_good_as_any() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let sku = |length: usize| "ß".repeat(length);
        let item = |sku: String| json!({ "sku": sku, "quantity": 1, "amount": "50.00" });
        let one = "n".repeat(LONGEST_SKU);
        let items = json!({ "items": [item(sku(LONGEST_SKU)), item(one.clone())] });
        let path = format!(
            "/v1/actions/{}",
            deal.acme.post("/v1/actions", and(deal.order("A-1"), items), 201)["id"]
                .as_str()
                .unwrap()
        );
        let longer = json!({ "items": [item(sku(LONGEST_SKU + 1))] });
        deal.acme.post("/v1/actions", and(deal.order("A-2"), longer), 422);

        let line = |sku: String| and(reverse("A-1"), json!({ "sku": sku }));
        let lines = json!([line(sku(LONGEST_SKU)), line(sku(LONGEST_SKU + 1))]);
        let batch = submit(&deal.acme, &lines);
        assert_eq!(batch.told(), ["applied", "rejected too_long"], "{:?}", batch.lines);
        assert_eq!(now(&deal, &path), "50.00 3.75 pending");
        let batch = submit_file(&deal.acme, "", &file_of(&json!([line(one)])));
        assert_eq!(batch.told(), ["applied"], "{:?}", batch.lines);
        assert_eq!(now(&deal, &path), "0.00 0.00 reversed");
        adds_up(world);
    });
}

#[test]
fn an_article_number_is_as_long_at_every_door() {
    let document = entente::app::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let limits = schemas.iter().filter_map(|(name, schema)| {
        Some((name, schema["properties"]["sku"]["maxLength"].as_u64()?))
    });
    let limits: Vec<_> = limits.collect();
    let asking: Vec<&str> = limits.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(asking, ["ItemOperation", "NewActionItem", "NewLine", "PreviewItem"]);
    let longest = u64::try_from(LONGEST_SKU).unwrap();
    assert!(limits.iter().all(|(_, limit)| *limit == longest), "{limits:?}");
}
