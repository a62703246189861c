use super::*;
use proptest::prelude::*;

fn samples() -> Vec<&'static [u8]> {
    vec![
        include_bytes!("../../../../examples/reversals/returns.csv"),
        include_bytes!("../../../../examples/reversals/impact-items.csv"),
        include_bytes!("../../../../examples/reversals/semicolons.csv"),
        include_bytes!("../../../../examples/reversals/corrected.csv"),
        include_bytes!("../../../../examples/reversals/entente.csv"),
        include_bytes!("../../../../examples/reversals/formulas.csv"),
        include_bytes!("../../../../examples/reversals/impact-several-items.csv"),
        include_bytes!("../../../../examples/reversals/old-mac.csv"),
        include_bytes!("../../../../examples/reversals/quoted-newlines.csv"),
    ]
}

/// Takes bytes through everything; what it answers must hold together.
fn take_through(input: &[u8], complete: bool) {
    let Ok(layout) = sniff(input, complete) else { return };
    let read = records(&layout, input, |record| {
        let offset = usize::try_from(record.offset).unwrap();
        let length = usize::try_from(record.length()).unwrap();
        assert_eq!(&input[offset..offset + length], record.bytes);
        take_apart(&layout, record.bytes);
        ControlFlow::<()>::Continue(())
    });
    if complete {
        assert!(read.is_ok(), "what was sniffed whole can be read whole");
    }
}

fn take_apart(layout: &Layout, record: &[u8]) {
    if let Err(faults) = parse(layout, record, None) {
        assert!(!faults.is_empty());
        assert!(faults.iter().all(|fault| !fault.detail.contains('\0')));
    }
    let _ = fields(layout, record);
    let _ = input_cells(layout, record);
}

/// Gives its bytes a few at a time.
struct Trickle<'a>(&'a [u8], usize);

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(buffer.len());
        let (given, kept) = self.0.split_at(length);
        buffer[..length].copy_from_slice(given);
        self.0 = kept;
        Ok(length)
    }
}

proptest! {
    #[test]
    fn no_bytes_make_anything_panic(bytes: Vec<u8>, complete: bool) {
        take_through(&bytes, complete);
        take_apart(&Layout::Lines, &bytes);
        let _ = envelope(&bytes, Purpose::Reversals, 1_000);
        let mut headed = b"order_id,reason,amount,note\n".to_vec();
        let layout = sniff(&headed, false).unwrap();
        take_apart(&layout, &bytes);
        headed.extend(bytes);
        take_through(&headed, complete);
    }

    #[test]
    fn no_text_makes_anything_panic(text in r#"[{}\[\]",;:\t\r\nAe01.+'\\ é-]{0,80}"#) {
        take_through(text.as_bytes(), true);
        take_through(format!("order_id,reason\n{text}").as_bytes(), true);
        take_apart(&Layout::Lines, text.as_bytes());
        let body = format!(r#"{{"lines": [{text}]}}"#);
        if let Ok(envelope) = envelope(body.as_bytes(), Purpose::Reversals, 1_000) {
            let bytes = stored(&envelope.lines);
            let records = all_records(&Layout::Lines, &bytes).unwrap();
            prop_assert_eq!(records.len(), envelope.lines.len());
        }
    }

    #[test]
    fn a_sample_with_a_few_bytes_changed_makes_nothing_panic(
        sample in prop::sample::select(samples()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut input = sample.to_vec();
        for (at, byte) in changes {
            let at = at.index(input.len());
            input[at] = byte;
        }
        take_through(&input, true);
        take_through(&input, false);
    }

    #[test]
    fn records_are_found_where_they_lie(
        rows in prop::collection::vec(prop::collection::vec("[ -~\r\né]{0,12}", 3..4), 1..20),
        delimiter in prop::sample::select(vec![b',', b';', b'\t']),
        always_quoted: bool,
        crlf: bool,
        pace in 1_usize..40,
    ) {
        let style = if always_quoted {
            ::csv::QuoteStyle::Always
        } else {
            ::csv::QuoteStyle::Necessary
        };
        // A row of blank cells is none.
        let rows: Vec<Vec<String>> = rows.into_iter().map(|mut row| {
            if row.iter().all(|cell| cell.trim().is_empty()) {
                row[0].push('x');
            }
            row
        }).collect();
        let end = if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter).quote_style(style).terminator(end).from_writer(Vec::new());
        writer.write_record(["order_id", "reason", "note"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let input = writer.into_inner().unwrap();

        let layout = sniff(&input, true).unwrap();
        let mut found = Vec::new();
        let flow = records(&layout, Trickle(&input, pace), |record| {
            found.push((record.line, record.offset, record.bytes.to_vec()));
            ControlFlow::<()>::Continue(())
        }).unwrap();
        prop_assert_eq!(flow, ControlFlow::Continue(i32::try_from(rows.len()).unwrap()));
        for (place, (line, offset, bytes)) in found.into_iter().enumerate() {
            let offset = usize::try_from(offset).unwrap();
            prop_assert_eq!(&input[offset..offset + bytes.len()], &bytes[..]);
            prop_assert_eq!(line, i32::try_from(place).unwrap() + 2);
            let cells: Vec<String> = fields(&layout, &bytes).into_iter()
                .map(|(_, cell)| cell.as_str().unwrap().to_string()).collect();
            prop_assert_eq!(&cells, &rows[place]);
            prop_assert_eq!(input_cells(&layout, &bytes).join(&delimiter), bytes);
        }
    }
}

#[test]
fn reading_stops_where_it_is_told_to() {
    let input = b"order_id,reason\nA,OTHER\nB,OTHER\nC,OTHER\n";
    let layout = sniff(input, true).unwrap();
    let flow = records(&layout, &input[..], |record| match record.line {
        3 => ControlFlow::Break(record.bytes.to_vec()),
        _ => ControlFlow::Continue(()),
    });
    assert_eq!(flow.unwrap(), ControlFlow::Break(b"B,OTHER".to_vec()));
}

#[test]
fn a_source_that_fails_is_no_fault_of_the_file() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    let read = records(&Layout::Lines, Failing, |_| ControlFlow::<()>::Continue(()));
    assert!(matches!(read, Err(Unread::Source(_))));
}
