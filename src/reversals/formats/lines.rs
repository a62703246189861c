//! Files of JSON lines: one object to a line of text.

use std::ops::ControlFlow;

use super::records::Splitter;
use super::sniff::text_begins;
use super::{FileFault, Gap, Layout, Record};

/// Tells from the beginning of a file of JSON lines whether it can be a batch.
///
/// `head` is the first 64 KiB of the file; `complete` says that this is all of it. A line that is
/// not JSON is no fault of the file: it gets its own result.
pub fn sniff_lines(head: &[u8], complete: bool) -> Result<Layout, Vec<FileFault>> {
    text_begins(head).map_err(|fault| vec![fault])?;
    let mut splitter = Splitter::newlines(Gap::first(&Layout::Lines));
    let mut pass = |_: Record<'_>| ControlFlow::<()>::Continue(());
    let pushed = splitter.push(head, &mut pass);
    let ended = if complete { pushed.and_then(|_| splitter.finish(&mut pass)) } else { pushed };
    match ended {
        Ok(_) => Ok(Layout::Lines),
        Err(fault) => Err(vec![fault]),
    }
}
