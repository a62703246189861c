//! Money of no decimals and of three is as exact as that of two, from the conversion to the payout.

use serde_json::Value;

use super::actions::worth;
use super::batches::adds_up;
use crate::cast::shop::Shop;
use crate::cast::world::{World, in_a_world};

/// Sends a file, and gives what became of its lines.
fn sent(shop: &Shop, file: &str) -> Vec<Value> {
    let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
    let answer = shop.acme.send("POST", "/v1/reversals", &headers, file.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text);
    shop.acme.all(&format!("{}/lines", answer.header("Location")))
}

/// Tracks two items of 1,005 and of 495 of the smallest coin, of which the partner has 10 %, takes
/// back a part of them by a file, and one coin more than is allowed.
fn story(world: &World, currency: &str, minor: fn(i64) -> String) {
    let shop = Shop::of(world, currency, "SALE", "10");
    let path = shop.tracked("A-1", &[("CUP", 3, &minor(1_005)), ("TEA", 1, &minor(495))]);
    let is = |sale: i64, payout: i64, state: &str| {
        let expected = format!("{} {} {state}", minor(sale), minor(payout));
        for caller in [&shop.acme, &shop.bolt] {
            let action = caller.get(&path, 200);
            assert_eq!(worth(&action), expected);
            assert_eq!(action["payout"]["currency"], currency);
        }
    };
    // 100.5 and 49.5 coins, each rounded half up.
    is(1_500, 101 + 50, "pending");
    let header = "order_id,sku,reason,amount,currency\n";
    let point = if minor(1).contains('.') { "" } else { "." };
    let rows = [
        format!("A-1,CUP,ITEM_RETURNED,{},{currency}", minor(334)),
        format!("A-1,TEA,ITEM_RETURNED,{},{currency}", minor(496)),
        // One decimal more than the currency has.
        format!("A-1,TEA,ITEM_RETURNED,{}{point}1,{currency}", minor(494)),
        format!("A-1,TEA,ITEM_RETURNED,{},{currency}", minor(494)),
    ];
    let lines = sent(&shop, &format!("{header}{}\n", rows.join("\n")));
    let codes: Vec<&str> =
        lines.iter().map(|line| line["code"].as_str().unwrap_or("done")).collect();
    assert_eq!(codes, ["done", "exceeds_remaining", "too_precise", "done"], "{lines:?}");
    // 33.4 and 49.4 coins.
    is(334 + 494, 33 + 49, "pending");
    let whole = format!("order_id,reason,amount\nA-1,ITEM_RETURNED,{}\n", minor(1));
    assert_eq!(sent(&shop, &whole)[0]["outcome"], "applied");
    is(1, 0, "pending");
    assert_eq!(sent(&shop, "order_id,reason\nA-1,ITEM_RETURNED\n")[0]["outcome"], "applied");
    is(0, 0, "reversed");
    assert_eq!(sent(&shop, "order_id,reason\nA-1,RESET\n")[0]["outcome"], "applied");
    is(1_500, 151, "pending");
}

#[test]
fn a_currency_without_decimals_is_exact_to_its_coin() {
    in_a_world(|world| {
        story(world, "JPY", |yen| yen.to_string());
        adds_up(world);
    });
}

#[test]
fn a_currency_of_three_decimals_is_exact_to_its_coin() {
    in_a_world(|world| {
        story(world, "KWD", |fils| format!("{}.{:03}", fils / 1_000, fils % 1_000));
        adds_up(world);
    });
}
