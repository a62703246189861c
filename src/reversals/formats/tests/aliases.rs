//! Every name a column may have is read as the field it stands for.

use std::collections::BTreeSet;

use super::*;
use crate::reversals::line::{ItemTarget, TargetOf};

const ACTION: &str = "act_01k5h2v7xnf8rtq3m9bcw4ze6a";
const ITEM: &str = "itm_01k5h2v7xnf8rtq3m9bcw4ze6a";
const BESIDE: [&str; 2] = ["order_id,reason", "A,OTHER"];

/// A field, a cell for it, the columns and cells beside it, and all its names, some of them as the
/// files of other platforms write them.
const NAMES: &[(&str, &str, [&str; 2], &[&str])] = &[
    ("action_id", ACTION, ["reason", "OTHER"], &["action_id", "transactionId"]),
    (
        "event_type_id",
        "31415",
        BESIDE,
        &["event_type_id", "Event Type", "eventTypeCode", "ActionTrackerID"],
    ),
    (
        "order_id",
        "A-1",
        ["reason", "OTHER"],
        &["order_id", "Oid", "orderRef", "Order Reference", "order number"],
    ),
    ("sku", "HAT", BESIDE, &["sku", "Sku1", "itemSku"]),
    ("item_id", ITEM, BESIDE, &["item_id"]),
    ("operation", "approve", ["order_id", "A"], &["operation", "Action", "Status Type"]),
    (
        "reason",
        "MOOD",
        ["order_id", "A"],
        &[
            "reason",
            "ReasonCode",
            "DispositionCode",
            "correctionReason",
            "Status Note",
            "Decline Reason",
            "Amend Reason",
        ],
    ),
    ("amount", "5.00", BESIDE, &["amount", "Amount1", "Sale Amount"]),
    ("amount_delta", "-5.00", BESIDE, &["amount_delta", "ItemSubtotalDelta"]),
    (
        "quantity",
        "2",
        ["order_id,item_id,reason", "A,itm_01k5h2v7xnf8rtq3m9bcw4ze6a,OTHER"],
        &["quantity", "Quantity1", "itemQuantity"],
    ),
    ("currency", "EUR", BESIDE, &["currency", "currencyCode"]),
    ("external_ref", "R-1", BESIDE, &["external_ref", "externalReference"]),
    ("note", "Well", BESIDE, &["note", "Notes"]),
    ("allow_increase", "true", BESIDE, &["allow_increase"]),
];

/// What a line says in a field.
fn said(line: &Line, field: &str) -> Option<String> {
    let of_order = |told: fn(&Option<EventTypeName>, &String) -> Option<String>| match &line.target
    {
        TargetOf::Order { event_type, order_id } => told(event_type, order_id),
        TargetOf::Action(_) => None,
    };
    match field {
        "action_id" => match &line.target {
            TargetOf::Action(id) => Some(id.to_string()),
            TargetOf::Order { .. } => None,
        },
        "event_type_id" => of_order(|event_type, _| match event_type {
            Some(EventTypeName::Code(code)) => Some(code.clone()),
            Some(EventTypeName::Id(_)) | None => None,
        }),
        "order_id" => of_order(|_, order_id| Some(order_id.clone())),
        "sku" | "item_id" => match (field, &line.item) {
            ("sku", Some(ItemTarget::Sku(sku))) => Some(sku.clone()),
            ("item_id", Some(ItemTarget::Id(id))) => Some(id.to_string()),
            _ => None,
        },
        "operation" => Some(line.operation.to_string()),
        "reason" => line.reason.clone(),
        "amount" => line.figures.amount.clone(),
        "amount_delta" => line.figures.amount_delta.clone(),
        "quantity" => line.figures.quantity.map(|quantity| quantity.to_string()),
        "currency" => line.currency.map(|currency| currency.to_string()),
        "external_ref" => line.external_ref.clone(),
        "note" => line.note.clone(),
        "allow_increase" => line.allow_increase.map(|flag| flag.to_string()),
        other => panic!("no field {other}"),
    }
}

#[test]
fn every_name_of_a_column_is_read_as_its_field() {
    for (field, cell, [columns, cells], names) in NAMES {
        for name in *names {
            let file = format!("{columns},{name}\n{cells},{cell}\n");
            let lines = read(file.as_bytes());
            let line = lines[0].1.as_ref().unwrap();
            assert_eq!(said(line, field).as_deref(), Some(*cell), "{file}");
        }
    }
}

#[test]
fn what_is_ignored_makes_no_difference() {
    let plain = read(b"order_id,reason\nA,OTHER\n");
    for name in columns().filter(|column| column.name.is_empty()).flat_map(|column| column.names) {
        let file = format!("order_id,reason,{name}\nA,OTHER,7\n");
        assert_eq!(read(file.as_bytes()), plain, "{file}");
    }
}

#[test]
fn every_name_takes_part() {
    let plain = |name: &str| name.to_lowercase().replace([' ', '_'], "");
    let named =
        NAMES.iter().flat_map(|(field, .., names)| names.iter().map(|name| (*field, *name)));
    let told: BTreeSet<_> = named.map(|(field, name)| (field, plain(name))).collect();
    let known = columns().filter(|column| !column.name.is_empty());
    let known = known.flat_map(|column| column.names.iter().map(move |name| (column.name, *name)));
    let known: BTreeSet<_> = known.map(|(field, name)| (field, name.to_string())).collect();
    assert_eq!(told, known, "left: this test's list; right: the names that are known");
}
