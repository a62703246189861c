//! The documents in the repository say what the program does: tables come from the code, commands
//! are run, programs are shown as they are.

mod clients;
pub mod commands;
mod tables;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Everything a stranger reads.
pub const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "docs/actions.md",
    "docs/agencies.md",
    "docs/companies.md",
    "docs/credentials.md",
    "docs/imports.md",
    "docs/reversals.md",
    "docs/events.md",
    "docs/inquiries.md",
    "docs/members.md",
    "docs/notifications.md",
    "docs/partnerships.md",
    "docs/problems.md",
    "docs/configuration.md",
    "docs/operations.md",
    "docs/performance.md",
    "docs/security.md",
    "docs/signing-in.md",
    "docs/webhooks.md",
];

/// A file of the repository.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What a file of the repository says.
pub fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// Whether what is generated shall be written instead of compared.
pub fn updating() -> bool {
    std::env::var("UPDATE").is_ok()
}

/// Changes a document; one test at a time, because several write the same one.
pub fn rewrite(document: &str, change: impl FnOnce(String) -> String) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    std::fs::write(path(document), change(read(document))).expect("the document is written");
}

/// Every source file with what it says, by its path within `src`.
pub fn sources() -> Vec<(String, String)> {
    let root = path("src");
    let (mut open, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let name = path.strip_prefix(&root).expect("within").display().to_string();
                found.push((name, std::fs::read_to_string(&path).expect("a source")));
            }
        }
    }
    found
}

/// A fenced block of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What stands behind the opening fence.
    pub language: String,
    /// What it says, with its last newline.
    pub text: String,
    /// Where `text` begins and ends in the document.
    pub place: Range<usize>,
}

impl Block {
    /// Its first line that is not a comment.
    pub fn first_line(&self) -> &str {
        let mut lines = self.text.lines().filter(|line| !line.trim().is_empty());
        lines.find(|line| !line.starts_with('#')).unwrap_or_default()
    }
}

/// The fenced blocks of a document, in order.
pub fn blocks(document: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let mut at = 0;
    for line in document.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(fence) = line.trim_end().strip_prefix("```") {
            open = match open {
                None => Some((fence.to_string(), end)),
                Some((language, from)) => {
                    let text = document[from..at].to_string();
                    found.push(Block { language, text, place: from..at });
                    None
                }
            };
        }
        at = end;
    }
    assert!(open.is_none(), "a block is never closed: {open:?}");
    found
}

/// Holds the part of a document between `<!-- name -->` and `<!-- end -->` equal to what the code
/// says, or writes it there.
pub fn hold(document: &str, name: &str, generated: &str) {
    let wanted = format!("\n{generated}\n");
    let text = read(document);
    if text[part(&text, name)] == wanted {
        return;
    }
    assert!(updating(), "{document}: `{name}` is not of this build; run: UPDATE=1 cargo test");
    rewrite(document, |mut text| {
        text.replace_range(part(&text, name), &wanted);
        text
    });
}

/// Where a part of a document lies.
fn part(text: &str, name: &str) -> Range<usize> {
    let opening = format!("<!-- {name} -->\n");
    let from = text.find(&opening).unwrap_or_else(|| panic!("there is no {opening}"));
    let from = from + opening.len();
    let to = text[from..].find("<!-- end -->").expect("the part's end");
    from..from + to
}

/// A table in Markdown.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    let mut text = line(&header);
    text.push_str(&format!("|{}\n", "---|".repeat(header.len())));
    rows.into_iter().for_each(|row| text.push_str(&line(&row)));
    text
}

/// A word as code.
pub fn code(word: impl std::fmt::Display) -> String {
    format!("`{word}`")
}

/// What a line of a document links to within the repository exists.
#[test]
fn every_link_within_the_repository_leads_somewhere() {
    let mut lost = Vec::new();
    for document in DOCUMENTS {
        let folder = path(document).parent().expect("a folder").to_path_buf();
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://");
            if !outside && !folder.join(target).exists() {
                lost.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(lost.is_empty(), "links lead nowhere:\n  {}", lost.join("\n  "));
}

#[test]
fn every_document_takes_part() {
    let mut found = Vec::new();
    for folder in ["", "docs"] {
        for entry in std::fs::read_dir(path(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            if name.ends_with(".md") {
                found.push(Path::new(folder).join(name).display().to_string());
            }
        }
    }
    found.retain(|document| !DOCUMENTS.contains(&document.as_str()));
    assert!(found.is_empty(), "DOCUMENTS does not know {found:?}");
}

#[test]
fn blocks_are_found_with_their_places() {
    let document = "a\n```sh\nx\ny\n```\nb\n```text\n```\n";
    let found = blocks(document);
    assert_eq!(found[0].language, "sh");
    assert_eq!(&document[found[0].place.clone()], "x\ny\n");
    assert_eq!((found[1].language.as_str(), found[1].text.as_str()), ("text", ""));
}
