//! What is uploaded goes through the server and does not stay in it.

use crate::cast::engines::on_both_engines;
use crate::cast::form::Form;
use crate::cast::http::Caller;
use crate::cast::orders::tracked_orders;
use crate::cast::process::Process;

/// A mebibyte.
const MIB: usize = 1 << 20;
/// How much is uploaded: far more than anything that is kept.
const LARGE: usize = 128 * MIB;
/// What it may take more than a small upload: the 64 MiB of pages that SQLite keeps, and some parts.
const MARGIN: u64 = 88 << 20;

/// Uploads a file of about so many bytes.
fn upload(acme: &Caller, bytes: usize) {
    let row = "ORD-1,ITEM_RETURNED\n";
    let file = format!("order_id,reason\n{}", row.repeat(bytes / row.len()));
    let answer =
        acme.send("POST", "/v1/reversals", &[("Content-Type", "text/csv")], file.as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.json()["size_bytes"], file.len());
}

/// The same in a form.
fn upload_in_a_form(acme: &Caller, bytes: usize) {
    let row = "ORD-1,ITEM_RETURNED\r\n";
    let file = format!("order_id,reason\r\n{}", row.repeat(bytes / row.len()));
    let (kind, body) = Form::of("text/csv", "a.csv", file.as_bytes()).sent();
    let answer = acme.send("POST", "/v1/reversals", &[("Content-Type", &kind)], &body);
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.json()["size_bytes"], file.len());
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_upload_takes_no_more_memory_than_a_small_one() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), &["--no-jobs"]);
        let (credential, _) = tracked_orders(&process.caller(None), 0);
        let acme = process.caller(Some(&credential));
        upload(&acme, 2 * MIB);
        // Otherwise the memory that hashing a password took would hide what an upload takes.
        process.forget_peak();
        let small = process.peak();
        upload(&acme, LARGE);
        // The kernel counts memory by processor and adds it up now and then: less is possible.
        let grown = process.peak().saturating_sub(small);
        assert!(grown < MARGIN, "it took {} MiB more", grown >> 20);
        process.forget_peak();
        let small = process.peak();
        upload_in_a_form(&acme, LARGE);
        let grown = process.peak().saturating_sub(small);
        assert!(grown < MARGIN, "in a form it took {} MiB more", grown >> 20);
    });
}
