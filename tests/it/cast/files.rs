//! Files to upload, and what sweeps them.

use std::path::Path;

use entente::attachments::depot::{Depot, Premises};
use entente::attachments::jobs::{Sweeper, Swept};
use entente::kernel::time::Patience;
use serde_json::{Value, json};

use super::deal::{id, run};
use super::form::Form;
use super::http::{Answer, Caller};
use super::world::{World, settings};

/// The beginning of a picture.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
/// The beginning of another one.
pub const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
/// The beginning of a document.
pub const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n";

/// Uploads a file under a name; whatever the client says that it is, it says wrongly.
pub fn uploaded(caller: &Caller, name: &str, bytes: &[u8], status: u16) -> Answer {
    sent(caller, &Form::of("text/html", name, bytes), &[], status)
}

/// The same, with headers, of any form.
pub fn sent(caller: &Caller, form: &Form, headers: &[(&str, &str)], status: u16) -> Answer {
    let (kind, body) = form.sent();
    let headers = [&[("Content-Type", kind.as_str())], headers].concat();
    let answer = caller.send("POST", "/v1/attachments", &headers, &body);
    assert_eq!(answer.status, status, "{}", answer.text);
    answer
}

/// The id of a new file of a note that has none.
pub fn attached(caller: &Caller, note: &str) -> String {
    let file = id(&uploaded(caller, "list.csv", b"a,b\n1,2\n", 201).json());
    caller.patch(note, json!({ "attachment_ids": [file] }), 200);
    file
}

/// Gives a company a logo.
pub fn put_logo(caller: &Caller, path: &str, bytes: &[u8], status: u16) -> Value {
    let kind = if bytes.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    let answer = caller.send("PUT", path, &[("Content-Type", kind)], bytes);
    assert_eq!(answer.status, status, "{}", answer.text);
    answer.json()
}

/// Goes one round of the sweeper, by the world's clock.
pub fn sweep(world: &World) -> Swept {
    sweep_with(world, &[])
}

/// The same, with flags of `entente serve`.
pub fn sweep_with(world: &World, flags: &[&str]) -> Swept {
    run(world, async |pool| {
        let folder = world.files();
        let premises = Premises {
            data_dir: folder.parent().expect("a folder"),
            server_key: &[7; 32],
            public_url: "https://entente.example",
            patience: Patience(std::time::Duration::from_secs(5)),
            clock: world.clock.clone(),
        };
        let depot = Depot::open(&settings(flags).files, &premises).expect("a depot");
        let sweeper = Sweeper::new(pool.clone(), world.clock.clone(), depot);
        sweeper.once().await.expect("it sweeps")
    })
}

/// The contents that lie in a folder, and whatever else came in and lies there.
pub fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path())
    {
        if entry.is_dir() {
            found.extend(contents(&entry));
        } else {
            found.push(std::fs::read(&entry).expect("a file"));
        }
    }
    found.sort();
    found
}
