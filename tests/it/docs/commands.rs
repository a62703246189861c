//! No command in a document is there on trust: the tour runs it, or the list says why not.

use super::{DOCUMENTS, blocks, read};
use crate::tour;

/// Blocks of commands that the tour does not run: the document, the first line, and why.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("README.md", "cargo run -- demo", "scripts/check-examples.sh runs the demo"),
    ("README.md", "cargo test", "this is it"),
    (
        "README.md",
        "cargo run -- serve",
        "the tour's test starts the program on a free port, as does \
      one that gives it no setting but that",
    ),
    ("docs/operations.md", "cargo build --release --locked", "a release build takes many minutes"),
    ("docs/operations.md", "docker build -t entente .", "needs Docker"),
    ("docs/operations.md", "entente migrate", GUIDE),
    ("docs/operations.md", SQLITE_BACKUP, GUIDE),
    ("docs/operations.md", PG_DUMP, GUIDE),
    ("docs/operations.md", "cp /backup/entente.db /var/lib/entente/entente.db", GUIDE),
    ("docs/operations.md", PG_RESTORE, GUIDE),
    ("docs/signing-in.md", "B=http://127.0.0.1:8080", LETTERS),
    ("docs/signing-in.md", CODE, LETTERS),
    ("docs/signing-in.md", SECOND_FACTOR, LETTERS),
    ("docs/signing-in.md", ADDRESS, LETTERS),
    ("docs/performance.md", MEASURE, "they take many minutes; .ci/run runs them small"),
];

const LETTERS: &str = "they take letters and an app; the stories of access send the same requests";
const CODE: &str = "curl -s $B/v1/auth/login -H 'Content-Type: application/json' \\";
const SECOND_FACTOR: &str = "curl -s $B/v1/me/two-factor -H \"Authorization: Bearer $TOKEN\" \\";
const ADDRESS: &str = "curl -s $B/v1/me/email -H \"Authorization: Bearer $TOKEN\" \\";

const GUIDE: &str = "tests/it/operating/guide.rs runs it";

const SQLITE_BACKUP: &str = "sqlite3 /var/lib/entente/entente.db \".backup '/backup/entente.db'\"";
const MEASURE: &str = "scripts/measure.sh > figures.md";
const PG_RESTORE: &str =
    "pg_restore --exit-on-error --no-owner --dbname=\"$DATABASE_URL\" /backup/entente.dump";
const PG_DUMP: &str = "pg_dump --format=custom --file=/backup/entente.dump \"$DATABASE_URL\"";

#[test]
fn every_command_is_run_or_listed_with_a_reason() {
    let mut unused: Vec<_> = NOT_RUN.iter().collect();
    let mut unlisted = Vec::new();
    for document in DOCUMENTS {
        let text = read(document);
        let run = tour::steps(document, &text);
        for block in blocks(&text).iter().filter(|block| block.language == "sh") {
            unused.retain(|entry| (entry.0, entry.1) != (*document, block.first_line()));
            if !run.contains(block) && !is_listed(document, block.first_line()) {
                unlisted.push(format!("{document}: {}", block.first_line()));
            }
        }
    }
    assert!(unlisted.is_empty(), "neither run nor listed:\n  {}", unlisted.join("\n  "));
    assert!(unused.is_empty(), "listed and not there: {unused:?}");
}

/// Whether a block stands in the list, and so is no step of the tour.
pub fn is_listed(document: &str, first_line: &str) -> bool {
    NOT_RUN.iter().any(|(of, line, _)| (*of, *line) == (document, first_line))
}
