//! Actions and their changes as files: whole, by every filter, for each what it may see.

use serde_json::json;

use crate::cast::deal::{Deal, shown, told};
use crate::cast::http::{Answer, Caller};
use crate::cast::many::tracked_many;
use crate::cast::world::in_a_world;

/// A file of actions or of their changes.
pub fn download(caller: &Caller, path: &str) -> Answer {
    let answer = caller.send("GET", path, &[], b"");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert_eq!(answer.header("Content-Type"), "text/csv; charset=utf-8");
    assert!(answer.text.ends_with("\r\n"), "{path}");
    answer
}

/// The cells of one column; no cell of these stories has a comma or a line break.
pub fn column(answer: &Answer, name: &str) -> Vec<String> {
    let mut rows = answer.text.split("\r\n").map(|row| row.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let place = header.iter().position(|cell| *cell == name).unwrap_or_else(|| panic!("{name}"));
    let width = header.len();
    let rows = rows.filter(|row| row.len() > 1);
    rows.map(|row| {
        assert_eq!(row.len(), width, "{row:?}");
        row[place].to_string()
    })
    .collect()
}

#[test]
fn both_sides_download_their_actions_by_the_filters_of_the_list() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let mut first = deal.order("=1+1");
        (first["note"], first["customer_status"]) = (json!("ours"), json!("new"));
        deal.acme.post("/v1/actions", first, 201);
        let second = deal.tracked_at("A-2", "2026-03-08T10:00:00Z");
        deal.acme.post(&format!("{second}/approve"), json!({}), 200);
        let ours = download(&deal.acme, "/v1/actions/export.csv");
        let name = ours.header("Content-Disposition");
        assert_eq!(name, "attachment; filename=\"actions.csv\"");
        assert_eq!(column(&ours, "order_id"), ["'=1+1", "A-2"]);
        assert_eq!(column(&ours, "state"), ["pending", "approved"]);
        assert_eq!(column(&ours, "sale_amount"), ["100.00", "100.00"]);
        assert_eq!(column(&ours, "currency"), ["EUR", "EUR"]);
        assert_eq!(column(&ours, "occurred_at")[0], "2026-03-09T10:00:00Z");
        assert_eq!(column(&ours, "locked_at"), ["", ""]);
        assert_eq!(
            (&column(&ours, "note")[0][..], &column(&ours, "version")[1][..]),
            ("ours", "2")
        );
        let theirs = download(&deal.bolt, "/v1/actions/export.csv");
        for hidden in ["note", "customer_status"] {
            assert_eq!(column(&theirs, hidden), ["", ""], "{hidden}");
        }
        assert_eq!(column(&theirs, "payout"), ["7.50", "7.50"]);
        let approved = download(&deal.bolt, "/v1/actions/export.csv?state=approved");
        assert_eq!(column(&approved, "order_id"), ["A-2"]);
        assert!(column(&download(&deal.crow, "/v1/actions/export.csv"), "id").is_empty());
        deal.acme.get("/v1/actions/export.csv?limit=5", 422);
        deal.acme.get("/v1/actions/export.csv?state=nothing", 422);
    });
}

#[test]
fn both_sides_download_every_change_by_the_filters_of_the_feed() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let reversed = json!({ "reason": "OTHER", "note": "ours" });
        deal.acme.post(&format!("{path}/reverse"), reversed, 200);
        told(&deal.acme, 2);
        let ours = download(&deal.acme, "/v1/action-updates/export.csv");
        let name = ours.header("Content-Disposition");
        assert_eq!(name, "attachment; filename=\"action-updates.csv\"");
        assert_eq!(column(&ours, "command"), ["track", "reverse"]);
        assert_eq!(column(&ours, "sale_delta"), ["100.00", "-100.00"]);
        assert_eq!(column(&ours, "note"), ["", "ours"]);
        assert!(column(&ours, "api_key_id").iter().all(|cell| cell.starts_with("key_")));
        let theirs = download(&deal.bolt, "/v1/action-updates/export.csv");
        assert_eq!(column(&theirs, "reason"), ["", "OTHER"]);
        for hidden in ["note", "api_key_id"] {
            assert_eq!(column(&theirs, hidden), ["", ""], "{hidden}");
        }
        let one = download(&deal.bolt, "/v1/action-updates/export.csv?command=reverse");
        assert_eq!(column(&one, "order_id"), ["A-1"]);
        assert!(column(&download(&deal.crow, "/v1/action-updates/export.csv"), "id").is_empty());
    });
}

#[test]
fn a_file_goes_on_past_one_read_to_its_end() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        tracked_many(world, &deal, 2001);
        let mut orders = column(&download(&deal.bolt, "/v1/actions/export.csv"), "order_id");
        orders.sort();
        orders.dedup();
        assert_eq!(orders.len(), 2001);
        shown(2001, || deal.bolt.all("/v1/action-updates?limit=200"));
        let entries = download(&deal.bolt, "/v1/action-updates/export.csv?command=track");
        assert_eq!(column(&entries, "id").len(), 2001);
    });
}
