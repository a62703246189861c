use super::*;

fn with(rows: &str) -> Vec<u8> {
    format!("order_id,sku,operation,reason,amount,amount_delta,quantity,note\n{rows}").into_bytes()
}

fn fault_of(input: &[u8]) -> (&'static str, Option<i32>) {
    let layout = sniff(input.get(..44).unwrap_or(input), false).unwrap();
    match all_records(&layout, input) {
        Err(Unread::Fault(fault)) => (fault.code.as_str(), fault.line),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_of_empty_cells_are_none_however_they_are_quoted() {
    let file = b"order_id,reason\nA,OTHER\n,\n \"\" , \"\"\n\"\",\" \"\nB,OTHER\n\",\",OTHER\n";
    let numbers: Vec<i32> = read(file).iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, [2, 3, 4], "the last one has a comma for an order id");
}

#[test]
fn what_is_no_table_is_refused_with_its_likely_nature() {
    for (input, code, says) in [
        (&b""[..], "empty_file", "nothing"),
        (b"\xef\xbb\xbf \r\n", "empty_file", "nothing"),
        (b"PK\x03\x04....", "binary_file", "Excel"),
        (b"\x1f\x8b\x08....", "binary_file", "gzip"),
        (b"%PDF-1.7", "binary_file", "PDF"),
        (b"order_id,rea\0son\n", "binary_file", "not text"),
        (b"\xff\xfeo\0r\0", "not_utf8", "UTF-16"),
        (b"order_id,gr\xf6\xdfe\nA,B\n", "not_utf8", "UTF-8"),
        (b"{\"lines\": [{}]}", "header_unknown", "JSON"),
        (b"foo,bar\n1,2\n", "header_unknown", "foo, bar"),
        (b"order_id,reason\n", "no_lines", "nothing below"),
        (b"order_id,\"reason\nA,B", "unclosed_quote", "never closed"),
        (b"order_id,reason\nA,\"B\nC", "unclosed_quote", "never closed"),
    ] {
        let faults = sniff(input, true).unwrap_err();
        let shown = String::from_utf8_lossy(input);
        assert_eq!(faults[0].code.as_str(), code, "{shown}: {faults:?}");
        assert!(faults[0].detail.contains(says), "{shown}: {}", faults[0].detail);
    }
}

#[test]
fn all_faults_of_a_header_are_told_at_once() {
    let codes = file_codes(b"sku,Sku1b,colour,SKU\nA,B,C,D\n");
    let wanted = [
        "unknown_column",
        "unknown_column",
        "duplicate_column",
        "missing_column",
        "missing_column",
    ];
    assert_eq!(codes, wanted);
    let faults = sniff(b"order_id,reason,note2\nA,B,C\n", true).unwrap_err();
    assert_eq!(faults[0].detail, "the column `note2` is not known");
    assert_eq!(file_codes(b"Oid,OrderId,reason\nA,B,C\n"), ["duplicate_column"]);
}

#[test]
fn header_names_are_read_in_any_spelling() {
    for header in ["Order ID,REASON", "order-id, Reason ", "\"OrderId\",reason,", "OID,reason,,"] {
        let input = format!("{header}\nA,OTHER,,\n");
        assert!(sniff(input.as_bytes(), true).is_ok(), "{header}");
    }
}

#[test]
fn a_header_that_does_not_end_is_refused() {
    let long = format!("order_id,{}", "x".repeat(50_000));
    let codes = |input: &str| sniff(input.as_bytes(), false).unwrap_err()[0].code.as_str();
    assert_eq!(codes(&long), "header_too_long");
    assert_eq!(codes(&format!("order_id,{}\n", "sku,".repeat(300))), "header_too_long");
}

#[test]
fn a_fault_further_down_has_its_line() {
    let mut latin = with("A,,reverse,OTHER,,,,\n");
    latin.extend(b"B,,reverse,OTHER,,,,gr\xf6\xdfer\n");
    let nul = with("A,,reverse,OTHER,,,,\nB,,reverse,OTHER,,,,\0\n");
    let long = with(&format!("A,,reverse,OTHER,,,,{}\n", "x".repeat(LONGEST_RECORD)));
    let open = with(&format!("A,,,,,,,\nA,,,,,,,\"{}", "x\n".repeat(LONGEST_RECORD)));
    let unclosed = with("A,,,,,,,\nB,,,,,,,\"and so on\nC,,,,,,,\n");
    let sniffed: Vec<_> = [&latin, &nul].into_iter().map(|input| file_codes(input)).collect();
    assert_eq!(sniffed, [["not_utf8"], ["binary_file"]]);
    let longer = |mut input: Vec<u8>| {
        input.splice(0..0, *b"order_id,sku,reason,note,currency,amount\nA,,,,,\n");
        input
    };
    assert_eq!(fault_of(&longer(latin)), ("not_utf8", Some(5)));
    assert_eq!(fault_of(&longer(nul)), ("binary_file", Some(5)));
    assert_eq!(fault_of(&longer(long)), ("record_too_long", Some(4)));
    assert_eq!(fault_of(&longer(open)), ("record_too_long", Some(5)));
    assert_eq!(fault_of(&longer(unclosed)), ("unclosed_quote", Some(5)));
    let empty_cell = with("A,,,,,,,\nB,,,,,,,\"");
    assert_eq!(fault_of(&longer(empty_cell)), ("unclosed_quote", Some(5)));
}

#[test]
fn all_faults_of_a_row_are_told_at_once() {
    for (row, wanted) in [
        (",,,,,,,x", &["missing_field", "missing_field"][..]),
        ("A,,reverse,,,,,", &["missing_field"]),
        ("A,,modify,OTHER,,,,", &["missing_field"]),
        ("A,,cancel,OTHER,,,,", &["unknown_operation"]),
        ("A,,modify,OTHER,1,1,,", &["conflicting_fields"]),
        ("A,,modify,OTHER,,,2,", &["missing_field"]),
        ("A,S,modify,OTHER,9.00,,0,", &["conflicting_fields"]),
        ("A,S,modify,OTHER,,,-1,", &["out_of_range"]),
        ("A,S,modify,OTHER,,,1.5,", &["bad_number"]),
        ("A,S,modify,OTHER,,,99999999999999999999,", &["out_of_range"]),
        ("A,,modify,OTHER,-3,,,", &["out_of_range"]),
        ("A,,modify,OTHER,1e3,,,", &["bad_number"]),
        ("A,,modify,OTHER,€ 5,,,", &["bad_number"]),
        ("A,,reverse,OTHER,12.00,,,", &["conflicting_fields"]),
        ("A,,restore,,12.00,,,", &["conflicting_fields"]),
        ("A,S,approve,,,,,", &["conflicting_fields"]),
        ("\"1,5e+12\",,modify,,x,,,", &["order_id_mangled", "missing_field", "bad_number"]),
        ("A,,reverse", &["wrong_cell_count"]),
        ("A,,reverse,OTHER,12,50,,,x", &["wrong_cell_count"]),
        ("A,,reverse,OTHER,0,,,", &[]),
        ("A,,reverse,OTHER,,,,,,", &[]),
        ("12E5,,reverse,OTHER,,,,", &[]),
    ] {
        let parsed = read(&with(&format!("{row}\n"))).remove(0).1;
        assert_eq!(codes(&parsed), wanted, "{row}");
        if let Ok(line) = parsed {
            assert!(line.figures.is_empty() && !line.reverses_by_zero_amount());
        }
    }
}

#[test]
fn texts_have_limits() {
    let long = |length: usize| format!("{},,reverse,OTHER,,,,", "é".repeat(length));
    assert_eq!(codes(&read(&with(&long(64))).remove(0).1), [""; 0]);
    assert_eq!(codes(&read(&with(&long(65))).remove(0).1), ["too_long"]);
    assert_eq!(codes(&read(&with("A\u{7},,reverse,OTHER,,,,")).remove(0).1), ["bad_characters"]);
}

#[test]
fn a_relative_change_is_no_duplicate_unless_its_reference_says_so() {
    let header = "order_id,reason,amount_delta,external_ref,note\n";
    let line = |row: &str| read(format!("{header}{row}").as_bytes()).remove(0).1.unwrap();
    let bare = line("A,OTHER,-5.00,,one");
    let named = line("A,OTHER,-5.00,R1,one");
    assert!(!bare.key_equal(&bare));
    assert!(named.key_equal(&line("A,OTHER,-5.00,R1,two")));
    assert!(!named.key_equal(&line("A,OTHER,-5.00,R2,one")));
    assert!(!named.key_equal(&bare));
}

#[test]
fn the_details_of_very_many_faults_stay_short() {
    let faults = vec![LineFault::new(LineCode::UnknownField, "x"); 30];
    assert!(LineFault::details(&faults).ends_with("x; and 10 more"));
}
