//! Rows of several items.

use super::*;
use crate::reversals::model::Operation::{self, *};

const HEADER: &str = "order_id,reason,sku1,amount1,quantity1,Category2,Sku2,Amount2,Quantity2";

fn row(cells: &str) -> Result<Line, Vec<LineFault>> {
    read(format!("{HEADER}\n{cells}\n").as_bytes()).swap_remove(0).1
}

/// An item, its operation, amount and quantity.
type Told<'a> = (String, Operation, Option<&'a str>, Option<i64>);

fn told(line: &Line) -> Vec<Told<'_>> {
    let items = line.items.iter().map(|change| {
        let figures = &change.figures;
        (change.item.to_string(), change.operation, figures.amount.as_deref(), figures.quantity)
    });
    items.collect()
}

#[test]
fn each_item_of_a_row_says_what_is_left_of_it() {
    let line = row("A-1,ITEM_RETURNED,SHOE,40.00,1,Hats,HAT,0,0").unwrap();
    let shoe = ("SKU SHOE".to_string(), Modify, Some("40.00"), Some(1));
    let hat = ("SKU HAT".to_string(), Reverse, Some("0"), Some(0));
    assert_eq!(told(&line), [shoe, hat.clone()]);
    assert_eq!((line.operation, &line.item), (Modify, &None));
    assert!(line.figures.is_empty() && !line.is_repeatable());

    let gone = row("A-1,ITEM_RETURNED,SHOE,,0,,HAT,0,0").unwrap();
    assert_eq!(gone.operation, Reverse);
    assert_eq!(told(&gone), [("SKU SHOE".to_string(), Reverse, None, Some(0)), hat]);
}

#[test]
fn a_row_of_one_item_is_a_line_like_any_other() {
    let plain = read(b"order_id,reason,sku,amount,quantity\nA-1,ITEM_RETURNED,HAT,9.00,1\n");
    let plain = plain[0].1.as_ref().unwrap();
    assert_eq!(row("A-1,ITEM_RETURNED,HAT,9.00,1,,,,").unwrap(), *plain);
    assert_eq!(row("A-1,ITEM_RETURNED,,,,Hats,HAT,9.00,1").unwrap(), *plain);
}

#[test]
fn everything_that_is_wrong_with_a_row_is_told_once() {
    let told = |cells: &str| -> Vec<String> {
        row(cells).unwrap_err().into_iter().map(|fault| fault.detail).collect()
    };
    let faults = told("1.23E+12,,SHOE,x,1,,HAT,y,1");
    assert_eq!(faults.len(), 4, "{faults:?}");
    assert!(faults[2].contains("amount `x`") && faults[3].contains("amount `y`"), "{faults:?}");
    assert_eq!(told("A-1,OTHER,SHOE,1.00,1,,,2.00,"), ["sku of item 2 is empty"]);
    assert_eq!(told("A-1,OTHER,,1.00,,,HAT,2.00,1")[0], "sku of item 1 is empty");
    assert_eq!(told("A-1,OTHER,,1.00,,,,,"), ["sku of item 1 is empty"], "not the whole order's");
    assert_eq!(told("A-1,OTHER,HAT,1.00,,,HAT,2.00,"), ["SKU HAT is named twice in the row"]);
    let missing = told("A-1,OTHER,SHOE,1.00,1,,HAT,,");
    assert_eq!(missing, ["amount and quantity is empty; 0 means to reverse"]);
    let whole = told("A-1,RESET,SHOE,1.00,1,,HAT,1.00,1");
    assert_eq!(whole, ["reset is for whole actions, not for one item"]);
}

#[test]
fn every_item_has_the_same_columns() {
    let faults = |columns: &str| -> Vec<String> {
        let file = format!("order_id,reason,{columns}\nA,OTHER\n");
        let faults = sniff(file.as_bytes(), true).err().unwrap_or_default();
        faults.into_iter().map(|fault| format!("{} {}", fault.code, fault.detail)).collect()
    };
    let missing = |name: &str| {
        let item = name.trim_start_matches(char::is_alphabetic);
        format!("missing_column item {item} of a row has no column `{name}`")
    };
    assert_eq!(faults("sku,sku3"), Vec::<String>::new());
    assert_eq!(faults("sku,amount,amount2"), [missing("Sku2")]);
    assert_eq!(faults("amount,sku2,quantity2"), ["Sku1", "Amount2", "Quantity1"].map(missing));
    let alone = "unknown_column the column `item_id` is not read beside several items";
    assert_eq!(faults("sku,sku2,item_id"), [alone]);
    assert_eq!(file_codes(b"order_id,reason,sku,sku2,SKU_2\nA,OTHER,,,\n"), ["duplicate_column"]);
    assert_eq!(file_codes(b"order_id,reason,sku,sku0\nA,OTHER,,\n"), ["unknown_column"]);
    assert_eq!(file_codes(b"order_id,reason,sku,sku300\nA,OTHER,,\n"), ["unknown_column"]);
}

#[test]
fn the_layout_of_several_items_is_kept_and_read_back() {
    let layout = sniff(format!("{HEADER}\nA-1,OTHER,,,,,,,\n").as_bytes(), true).unwrap();
    let kept = serde_json::to_value(&layout).unwrap();
    assert_eq!(serde_json::from_value::<Layout>(kept).unwrap(), layout);
}
