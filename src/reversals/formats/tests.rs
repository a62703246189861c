//! Sample files as customers write them, broken ones, and random bytes.

mod aliases;
mod broken;
mod json;
mod random;
mod samples;
mod several;

use std::ops::ControlFlow;

use super::*;
use crate::reversals::model::{LineCode, Purpose};

type Parsed = (i32, Result<Line, Vec<LineFault>>);

/// The records of a whole input, with their numbers and offsets.
fn all_records(layout: &Layout, input: &[u8]) -> Result<Vec<(i32, u64, Vec<u8>)>, Unread> {
    let mut found = Vec::new();
    let flow = records(layout, input, |record| {
        found.push((record.line, record.offset, record.bytes.to_vec()));
        ControlFlow::<()>::Continue(())
    })?;
    assert_eq!(flow, ControlFlow::Continue(i32::try_from(found.len()).unwrap()));
    Ok(found)
}

/// Every line of a file, taken through the whole way.
fn read(input: &[u8]) -> Vec<Parsed> {
    let layout = sniff(input, true).unwrap();
    let records = all_records(&layout, input).unwrap();
    let line = |(line, _, bytes): (i32, u64, Vec<u8>)| (line, parse(&layout, &bytes, None));
    records.into_iter().map(line).collect()
}

fn codes(parsed: &Result<Line, Vec<LineFault>>) -> Vec<&'static str> {
    let faults = parsed.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    faults.iter().map(|fault| fault.code.as_str()).collect()
}

fn file_codes(input: &[u8]) -> Vec<&'static str> {
    let faults = sniff(input, true).err().unwrap_or_default();
    faults.iter().map(|fault| fault.code.as_str()).collect()
}
