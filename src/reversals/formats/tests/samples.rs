use super::*;
use crate::reversals::line::{ItemTarget, TargetOf};
use crate::reversals::model::Operation::{self, *};

/// Order id, operation, reason, amount.
type Brief<'a> = (&'a str, Operation, Option<&'a str>, Option<&'a str>);

fn brief(parsed: &Parsed) -> Brief<'_> {
    let line = parsed.1.as_ref().unwrap();
    let order_id = match &line.target {
        TargetOf::Order { order_id, .. } => order_id.as_str(),
        TargetOf::Action(_) => "",
    };
    (order_id, line.operation, line.reason.as_deref(), line.figures.amount.as_deref())
}

fn event_type(parsed: &Parsed) -> Option<&EventTypeName> {
    match &parsed.1.as_ref().unwrap().target {
        TargetOf::Order { event_type, .. } => event_type.as_ref(),
        TargetOf::Action(_) => None,
    }
}

fn sku(text: &str) -> Option<ItemTarget> {
    Some(ItemTarget::Sku(text.to_string()))
}

#[test]
fn the_sample_of_the_demo_has_good_lines_and_every_usual_mistake() {
    let lines = read(include_bytes!("../../../../examples/reversals/returns.csv"));
    assert_eq!(lines.len(), 12);
    assert_eq!(lines[0].0, 2);
    assert_eq!(brief(&lines[0]), ("ORD-1001", Reverse, Some("ITEM_RETURNED"), None));
    assert_eq!(brief(&lines[1]), ("ORD-1002", Modify, Some("ITEM_RETURNED"), Some("79.90")));
    let faulty: Vec<_> =
        lines.iter().filter(|line| line.1.is_err()).map(|line| (line.0, codes(&line.1))).collect();
    assert_eq!(faulty, [(8, vec!["order_id_mangled"]), (9, vec!["bad_number"])]);
    let decimal_comma = lines[7].1.as_ref().unwrap_err()[0].detail.as_str();
    assert_eq!(decimal_comma, "amount `12,50` has a decimal comma; write it as 12.50");
    let (first, again) = (lines[0].1.as_ref().unwrap(), lines[8].1.as_ref().unwrap());
    assert!(again.key_equal(first), "the notes differ, and do not count");
}

#[test]
fn impact_orders_are_read_as_they_are() {
    let lines = read(include_bytes!("../../../../examples/reversals/impact-orders.csv"));
    assert_eq!(brief(&lines[0]), ("ORD-1001", Reverse, Some("ITEM_RETURNED"), Some("0.00")));
    assert!(lines[0].1.as_ref().unwrap().reverses_by_zero_amount());
    assert_eq!(event_type(&lines[0]), Some(&EventTypeName::Code("31415".to_string())));
    assert_eq!(brief(&lines[1]), ("ORD-1002", Modify, Some("ORDER_UPDATE"), Some("79.9")));
    assert_eq!(codes(&lines[2].1), ["missing_field"], "an empty amount is not 0");
    assert_eq!(brief(&lines[3]), ("ORD-1004", Reset, None, None));
    assert_eq!(codes(&lines[4].1), ["action_not_found"], "an id of theirs, and no order id");
}

#[test]
fn impact_items_are_read_as_they_are() {
    let lines = read(include_bytes!("../../../../examples/reversals/impact-items.csv"));
    let line = |place: usize| lines[place].1.as_ref().unwrap();
    assert_eq!((line(0).operation, line(0).figures.quantity), (Reverse, Some(0)));
    assert_eq!(line(0).item, sku("SHOE-42"));
    assert!(!line(0).reverses_by_zero_amount());
    assert_eq!((line(1).operation, line(1).figures.quantity), (Modify, Some(1)));
    assert_eq!(line(1).figures.amount.as_deref(), Some("79.90"));
    assert_eq!(line(2).operation, Reverse);
    assert_eq!(codes(&lines[3].1), ["missing_field"], "a lost SKU never reverses a whole order");
}

#[test]
fn awin_files_are_read_as_they_are() {
    let lines = read(include_bytes!("../../../../examples/reversals/awin.csv"));
    assert_eq!(brief(&lines[0]), ("ORD-1001", Reverse, Some("ITEM_RETURNED"), None));
    assert_eq!(brief(&lines[1]), ("ORD-1002", Modify, Some("ORDER_UPDATE"), Some("79.90")));
    assert_eq!(brief(&lines[2]), ("ORD-1003", Approve, None, None));
    assert_eq!(codes(&lines[3].1), ["unknown_operation"]);
}

#[test]
fn a_restatement_of_cj_sets_the_amount_of_the_whole_order() {
    let lines = read(include_bytes!("../../../../examples/reversals/cj-restatement.csv"));
    assert_eq!(brief(&lines[0]), ("ORD-1001", Modify, Some("ITEM_RETURNED"), Some("50.00")));
    assert_eq!(lines[0].1.as_ref().unwrap().item, None);
    assert_eq!(brief(&lines[1]), ("ORD-1002", Reverse, Some("CONS_FRAUD"), Some("0")));
    assert_eq!(brief(&lines[2]), ("ORD-1003", Modify, Some("ORDER_ERROR"), Some("80.00")));
    let lines = read(include_bytes!("../../../../examples/reversals/cj-cancellation.csv"));
    assert_eq!(brief(&lines[0]), ("ORD-1001", Reverse, Some("ITEM_RETURNED"), None));
}

#[test]
fn semicolons_a_byte_order_mark_and_windows_line_ends_are_read() {
    let input = include_bytes!("../../../../examples/reversals/semicolons.csv");
    let lines = read(input);
    assert_eq!(lines.iter().map(|line| line.0).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(brief(&lines[0]), ("ORD-1001", Reverse, Some("ITEM_RETURNED"), Some("0")));
    let note = lines[0].1.as_ref().unwrap().note.as_deref();
    assert_eq!(note, Some("Zurückgeschickt; Karton beschädigt"));
    assert_eq!(codes(&lines[1].1), ["bad_number"]);
    assert_eq!(brief(&lines[2]).3, Some("79.90"));

    let layout = sniff(input, true).unwrap();
    let (_, offset, bytes) = all_records(&layout, input).unwrap().swap_remove(0);
    let offset = usize::try_from(offset).unwrap();
    assert_eq!(&input[offset..offset + bytes.len()], bytes);
    assert!(bytes.starts_with(b"ORD-1001;") && bytes.ends_with(b"\""));
    assert_eq!(fields(&layout, &bytes)["Order-ID"], "ORD-1001");
    assert_eq!(input_cells(&layout, &bytes).join(&b";"[..]), bytes);
}

#[test]
fn a_file_as_a_german_spreadsheet_saves_it_is_told_line_by_line() {
    let lines = read(include_bytes!("../../../../examples/reversals/spreadsheet.csv"));
    let told: Vec<_> = lines.iter().map(|line| (line.0, codes(&line.1).join(" "))).collect();
    let told: Vec<_> = told.iter().map(|(line, codes)| (*line, codes.as_str())).collect();
    let wanted = [
        (2, ""),
        (3, ""),
        (4, "bad_number"),
        (5, "bad_number"),
        (6, "bad_number"),
        (7, "bad_number"),
        (8, "order_id_mangled"),
        (9, ""),
        (10, "missing_field"),
    ];
    assert_eq!(told, wanted, "rows of delimiters alone are none");
    assert_eq!(brief(&lines[0]), ("0001001", Modify, Some("ITEM_RETURNED"), Some("79.90")));
    assert_eq!(brief(&lines[7]), ("1009", Reverse, Some("ITEM_RETURNED"), Some("0")));
    let note = lines[1].1.as_ref().unwrap().note.as_deref();
    assert_eq!(note, Some("Zwei Artikel:\r\n\"Schuh\"; Hut"));
    let says = |place: usize| lines[place].1.as_ref().unwrap_err()[0].detail.as_str();
    assert_eq!(says(2), "amount `1.234,50` has thousands separators; write it as 1234.50");
    assert_eq!(says(3), "amount `1,234.50` has thousands separators; write it as 1234.50");
    let doubtful =
        "amount `1,234` may mean 1234 or 1.234; write it with no other separator than a point";
    assert_eq!(says(4), doubtful);
    assert_eq!(says(5), "amount `1.2.3` is not a plain number such as 129.90");
}

#[test]
fn thousands_apart_from_each_other_by_any_space_are_told() {
    let lines = read(include_bytes!("../../../../examples/reversals/french.csv"));
    for (line, parsed) in &lines[..3] {
        assert_eq!(codes(parsed), ["bad_number"], "line {line}");
        let detail = parsed.as_ref().unwrap_err()[0].detail.as_str();
        assert!(detail.ends_with("has thousands separators; write it as 1234.50"), "{detail}");
    }
    assert_eq!(brief(&lines[3]).3, Some("45.00"));
}

#[test]
fn cells_that_keep_their_zeros_by_a_formula_are_read_as_what_they_show() {
    let input = include_bytes!("../../../../examples/reversals/formulas.csv");
    let lines = read(input);
    assert_eq!(brief(&lines[0]), ("0001001", Modify, Some("ITEM_RETURNED"), Some("40.00")));
    let first = lines[0].1.as_ref().unwrap();
    assert_eq!((&first.item, first.figures.quantity), (&sku("SHOE-42"), Some(1)));
    assert_eq!(brief(&lines[1]), ("0001002", Reverse, Some("ITEM_RETURNED"), None));
    assert_eq!(brief(&lines[2]).0, "1009");

    let layout = sniff(input, true).unwrap();
    let (line, _, bytes) = all_records(&layout, input).unwrap().swap_remove(0);
    assert_eq!(line, 2, "the header is the first record, and what is before it is none");
    assert_eq!(input_cells(&layout, &bytes)[0], b"=\"0001001\"", "and goes back as it came");
    let order = |cell: &str| {
        let line = read(format!("order_id,reason\n{cell},OTHER\n").as_bytes()).remove(0);
        brief(&line).0.to_string()
    };
    assert_eq!(order("\"=\"\" 07 \"\"\""), "07");
    for other in ["=A1", "=\"07", "=07\"", "=\"0\"&\"7\""] {
        assert_eq!(order(other), other);
    }
}

#[test]
fn a_line_that_tells_a_spreadsheet_the_delimiter_is_no_header() {
    for (file, delimiter) in [
        ("sep=;\norder_id;reason\nA,1;OTHER\n", b';'),
        ("\u{feff}SEP=,\r\norder_id,reason\r\nA;1,OTHER", b','),
        ("sep=\t\r\n\r\norder_id\treason\r\nA,1\tOTHER", b'\t'),
    ] {
        let Ok(Layout::Csv(table)) = sniff(file.as_bytes(), true) else { panic!("{file}") };
        assert_eq!((table.delimiter, table.header.len()), (delimiter, 2), "{file}");
        assert_eq!(read(file.as_bytes())[0].0, 2);
    }
    assert_eq!(file_codes(b"sep=;\n"), ["empty_file"]);
    assert_eq!(file_codes(b"sep=;"), ["header_unknown"]);
}

#[test]
fn lines_that_end_as_on_an_old_mac_are_read() {
    let lines = read(include_bytes!("../../../../examples/reversals/old-mac.csv"));
    assert_eq!(lines.iter().map(|line| line.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(lines[0].1.as_ref().unwrap().note.as_deref(), Some("Two\rlines"));
    assert_eq!(brief(&lines[1]), ("ORD-1002", Modify, Some("ORDER_UPDATE"), Some("79.90")));
}

#[test]
fn a_whole_quantity_may_have_a_fraction_of_nothing() {
    let quantity = |text: &str| {
        let file = format!("order_id,sku,reason,quantity\nA,S,OTHER,{text}\n");
        read(file.as_bytes()).remove(0).1.map(|line| line.figures.quantity)
    };
    for (text, wanted) in [("2.0", 2), ("2.00", 2), ("0.0", 0), ("2", 2)] {
        assert_eq!(quantity(text), Ok(Some(wanted)), "{text}");
    }
    for text in ["2.000", "2.5", ".0", "2.", "2.0.0"] {
        assert_eq!(quantity(text).unwrap_err()[0].code, LineCode::BadNumber, "{text}");
    }
}

#[test]
fn tabs_and_a_missing_last_line_end_are_read() {
    let lines = read(include_bytes!("../../../../examples/reversals/tabs.tsv"));
    let line = |place: usize| lines[place].1.as_ref().unwrap();
    assert_eq!((line(0).operation, line(0).figures.quantity), (Modify, Some(1)));
    assert_eq!(line(0).external_ref.as_deref(), Some("RMA-77"));
    assert_eq!((line(1).operation, &line(1).item), (Reverse, &sku("HAT-1")));
}

#[test]
fn quoted_newlines_belong_to_their_cell() {
    let lines = read(include_bytes!("../../../../examples/reversals/quoted-newlines.csv"));
    assert_eq!(lines.iter().map(|line| line.0).collect::<Vec<_>>(), [2, 3]);
    let note = lines[0].1.as_ref().unwrap().note.as_deref();
    assert_eq!(note, Some("The customer writes:\n\"I never ordered this\",\nand is right."));
    assert_eq!(brief(&lines[1]).0, "ORD-1002");
}

#[test]
fn a_file_we_gave_back_is_read_again_without_our_columns() {
    let input = include_bytes!("../../../../examples/reversals/corrected.csv");
    let lines = read(input);
    assert_eq!(brief(&lines[0]), ("ORD-1008", Modify, Some("ITEM_RETURNED"), Some("12.50")));
    assert_eq!(lines[0].1.as_ref().unwrap().note.as_deref(), Some("=HYPERLINK"));
    assert_eq!(brief(&lines[1]).0, "-77");
    assert_eq!(lines[1].1.as_ref().unwrap().note.as_deref(), Some("'twas"));

    let layout = sniff(input, true).unwrap();
    let Layout::Csv(table) = &layout else { panic!("a table") };
    assert_eq!(table.input_header(), ["order_id", "reason", "amount", "note"]);
    let records = all_records(&layout, input).unwrap();
    let cells = input_cells(&layout, &records[0].2).join(&b","[..]);
    assert_eq!(cells, b"ORD-1008,ITEM_RETURNED,12.50,'=HYPERLINK");
}

#[test]
fn a_file_that_merely_numbers_its_lines_keeps_its_columns() {
    let layout = sniff(b"line,order_id,reason\n1,'-7,OTHER\n", true).unwrap();
    assert_eq!(input_cells(&layout, b"1,'-7,OTHER").join(&b","[..]), b"1,'-7,OTHER");
    let parsed = (2, parse(&layout, b"1,'-7,OTHER", None));
    assert_eq!(brief(&parsed).0, "'-7");
}

#[test]
fn every_column_of_ours_is_read() {
    let lines = read(include_bytes!("../../../../examples/reversals/entente.csv"));
    let line = |place: usize| lines[place].1.as_ref().unwrap();
    assert!(matches!(line(0).target, TargetOf::Action(_)));
    assert!(matches!(line(0).item, Some(ItemTarget::Id(_))));
    assert_eq!(line(1).figures.amount_delta.as_deref(), Some("-12.50"));
    assert_eq!(event_type(&lines[1]), Some(&EventTypeName::Code("sale".to_string())));
    assert!(matches!(event_type(&lines[2]), Some(EventTypeName::Id(_))));
    assert_eq!(line(2).allow_increase, Some(true));
    assert_eq!((line(3).operation, event_type(&lines[3])), (Restore, None));
}

#[test]
fn the_layout_is_kept_and_read_back() {
    let layout = sniff(include_bytes!("../../../../examples/reversals/awin.csv"), true).unwrap();
    let kept = serde_json::to_value(&layout).unwrap();
    assert_eq!(kept["format"], "csv");
    assert_eq!(serde_json::from_value::<Layout>(kept).unwrap(), layout);
    let kept = serde_json::to_value(&Layout::Lines).unwrap();
    assert_eq!(serde_json::from_value::<Layout>(kept).unwrap(), Layout::Lines);
}

#[test]
fn the_default_event_type_counts_where_a_line_names_none() {
    let layout = sniff(b"order_id,event_type,reason\nA,,OTHER\nA,lead,OTHER\n", true).unwrap();
    let default = EventTypeName::Code("sale".to_string());
    for (record, wanted) in [(&b"A,,OTHER"[..], "sale"), (b"A,lead,OTHER", "lead")] {
        let line = parse(&layout, record, Some(&default));
        assert_eq!(event_type(&(2, line)), Some(&EventTypeName::Code(wanted.to_string())));
    }
}
