//! A row of several items is one line: all that it asks for is done, or nothing of it.

use serde_json::json;

use super::{adds_up, and, now, submit_file};
use crate::cast::deal::Deal;
use crate::cast::world::in_a_world;

const HEADER: &str = "order_id,reason,sku1,amount1,quantity1,sku2,amount2,quantity2,external_ref\n";

#[test]
fn the_items_of_a_row_change_together_or_not_at_all() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let send = |row: &str| submit_file(&deal.acme, "?force=true", &format!("{HEADER}{row}\n"));

        let batch = send("A-1,ITEM_RETURNED,SHOE,30.00,1,HAT,0,0,");
        assert_eq!(batch.told(), ["applied"], "{:?}", batch.lines);
        assert_eq!(
            (&batch.lines[0]["line"], &batch.lines[0]["operation"]),
            (&2.into(), &"modify".into())
        );
        assert_eq!(batch.lines[0]["before"]["sale_amount"]["amount"], "100.00");
        assert_eq!(now(&deal, &path), "30.00 2.25 pending");
        let action = deal.acme.get(&path, 200);
        let items = action["items"].as_array().unwrap();
        assert_eq!((&items[0]["quantity"], &items[1]["quantity"]), (&1.into(), &0.into()));
        assert_eq!(action["version"], 2, "one change");

        // The first item could be done alone, and is not.
        for (row, code) in [
            ("A-1,ITEM_RETURNED,SHOE,20.00,,GLOVE,0,0,", "sku_not_found"),
            ("A-1,ITEM_RETURNED,SHOE,20.00,,HAT,50.00,,", "exceeds_remaining"),
            ("A-1,ITEM_RETURNED,SHOE,20.00,,,1.00,,", "missing_field"),
            ("A-1,ITEM_RETURNED,SHOE,20.00,,HAT,0.001,,", "too_precise"),
        ] {
            assert_eq!(send(row).told(), [format!("rejected {code}")], "{row}");
        }
        assert_eq!(deal.acme.get(&path, 200), action);
        assert_eq!(send("A-1,ITEM_RETURNED,SHOE,30.00,1,HAT,0,0,").told(), ["unchanged"]);
        adds_up(world);
    });
}

#[test]
fn a_row_of_several_items_is_repeated_overtaken_and_referred_to_like_any_other() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let rows = "A-1,ITEM_RETURNED,SHOE,70.00,,HAT,15.00,,\n\
                    A-1,ITEM_RETURNED,SHOE,70.00,,HAT,15.00,,\n\
                    A-1,ITEM_RETURNED,HAT,10.00,,,,,\n\
                    A-1,ITEM_RETURNED,SHOE,60.00,,HAT,9.00,,RMA-1\n\
                    A-1,ITEM_RETURNED,SHOE,60.00,,HAT,8.00,,RMA-1\n";
        let batch = submit_file(&deal.acme, "", &format!("{HEADER}{rows}"));
        let expected = [
            "applied superseded",
            "duplicate_of_line",
            "applied superseded",
            "applied",
            "rejected external_ref_conflict",
        ];
        assert_eq!(batch.told(), expected, "{:?}", batch.lines);
        assert_eq!(now(&deal, &path), "69.00 5.18 pending");
        let again = format!("{HEADER}A-1,ITEM_RETURNED,SHOE,60.00,,HAT,9.00,,RMA-1\n");
        assert_eq!(submit_file(&deal.acme, "", &again).told(), ["unchanged"]);

        // What was given away for nothing is left alone by an amount of 0.
        let gift = json!({ "sku": "GIFT", "quantity": 1, "amount": "0.00" });
        let hat = json!({ "sku": "HAT", "quantity": 1, "amount": "20.00" });
        let order = and(deal.order("F-1"), json!({ "items": [gift, hat] }));
        deal.acme.post("/v1/actions", order, 201);
        let file = format!("{HEADER}F-1,ITEM_RETURNED,GIFT,0,,HAT,5.00,,\n");
        assert_eq!(submit_file(&deal.acme, "", &file).told(), ["applied tracked_at_zero"]);
        adds_up(world);
    });
}
