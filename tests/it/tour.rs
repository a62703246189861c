//! The tour of the README and the examples of the guides, run as a reader would run them: every
//! block of commands in one shell, against the real program, and what it prints is what is shown.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use entente::db::schema::events;

use crate::cast::engines::on_both_engines;
use crate::cast::process::{PROGRAM, Process};
use crate::docs::{Block, blocks, commands, read, rewrite, updating};

/// The documents whose commands are run, in this order, in one shell: the guides go on where the
/// README's tour ended.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "docs/reversals.md",
    "docs/events.md",
    "docs/imports.md",
    "docs/agencies.md",
    "docs/companies.md",
    "docs/credentials.md",
    "docs/members.md",
    "docs/partnerships.md",
];

/// Where the documents say that the server listens.
const SHOWN: &str = "http://127.0.0.1:8080";

/// What the shell is told first: a command that fails ends the tour, and `cargo run` is the program
/// under test.
const PREAMBLE: &str = "set -eu\nexec 2>&1\n\
    cargo() { while [ \"$1\" != -- ]; do shift; done; shift; \"$ENTENTE_PROGRAM\" \"$@\"; }\n";

/// A step of the tour: its commands, and the block that shows what they print.
struct Step {
    document: &'static str,
    commands: Block,
    shown: Option<Block>,
}

impl Step {
    /// Whether it shows what happened in the steps before.
    fn reads_events(&self) -> bool {
        self.commands.text.contains("/v1/events")
    }
}

/// The blocks of a document that the tour runs.
pub fn steps(document: &str, text: &str) -> Vec<Block> {
    if !DOCUMENTS.contains(&document) {
        return Vec::new();
    }
    let commands = blocks(text).into_iter().filter(|block| block.language == "sh");
    commands.filter(|block| !commands::is_listed(document, block.first_line())).collect()
}

fn tour() -> Vec<Step> {
    let steps = DOCUMENTS.iter().map(|document| tour_of(document, &read(document)));
    steps.flatten().collect()
}

fn tour_of(document: &'static str, text: &str) -> Vec<Step> {
    let all = blocks(text);
    let step = |commands: Block| {
        let next = all.iter().find(|block| block.place.start > commands.place.start);
        // Only a blank line may stand between commands and what they print.
        let close = |block: &&Block| {
            let between = &text[commands.place.end..block.place.start];
            block.language == "text" && between.trim() == "```\n\n```text"
        };
        Step { document, shown: next.filter(close).cloned(), commands }
    };
    steps(document, text).into_iter().map(step).collect()
}

#[test]
fn the_tour_prints_what_the_documents_show() {
    on_both_engines(|url| {
        let tour = tour();
        assert!(tour.len() > 8, "the tour has {} steps", tour.len());
        let printed = walk(&tour, url);
        let differs = tour.iter().zip(&printed).any(|(step, printed)| differs(step, printed));
        // Ids go from step to step, so all that is shown is of one run.
        if differs {
            DOCUMENTS.iter().for_each(|document| write(document, &tour, &printed));
        }
    });
}

/// Whether a step printed something else than what is shown, which is a fault unless it is renewed.
fn differs(step: &Step, printed: &str) -> bool {
    let shown = step.shown.as_ref().map(|block| block.text.as_str()).unwrap_or_default();
    if plain(shown) == plain(printed) {
        return false;
    }
    let at = format!("{}: {}", step.document, step.commands.first_line());
    assert!(step.shown.is_some(), "{at} prints, and nothing is shown below it:\n{printed}");
    assert!(updating(), "{at} prints\n{printed}\nand shown is\n{shown}\nUPDATE=1 renews it");
    true
}

/// Puts what was printed into a document.
fn write(document: &'static str, tour: &[Step], printed: &[String]) {
    let of_document = tour.iter().zip(printed).filter(|(step, _)| step.document == document);
    let printed: Vec<_> = of_document.map(|(_, printed)| printed).collect();
    rewrite(document, |mut text| {
        // From the last one on, so that the places of the others stay.
        for (step, printed) in tour_of(document, &text).iter().zip(printed).rev() {
            if let Some(shown) = &step.shown {
                text.replace_range(shown.place.clone(), printed);
            }
        }
        text
    });
}

/// Runs all steps in one shell beside a running server; gives what each printed.
fn walk(tour: &[Step], database: &str) -> Vec<String> {
    let home = tempfile::tempdir().expect("a folder");
    let process = Process::serve(database, home.path(), &[]);
    let mut script = PREAMBLE.to_string();
    for (number, step) in tour.iter().enumerate() {
        if step.reads_events() {
            script.push_str(&format!("until [ -e settled-{number} ]; do sleep 0.05; done\n"));
        }
        script.push_str(&step.commands.text.replace(SHOWN, process.base()));
        script.push_str("printf '\\036'\n");
    }
    let told = shell(home.path(), database, &script, |number| {
        if tour.get(number).is_some_and(Step::reads_events) {
            settle(database);
            let settled = home.path().join(format!("settled-{number}"));
            std::fs::write(settled, "").expect("a file");
        }
    });
    let parts: Vec<String> =
        told.split('\u{1e}').map(|part| as_seen(part, process.base())).collect();
    let (last, printed) = parts.split_last().expect("at least one part");
    let next = tour.get(printed.len()).map(|step| step.commands.text.as_str());
    assert_eq!(printed.len(), tour.len(), "the tour ended in\n{next:?}\nwith\n{last}");
    printed.to_vec()
}

/// What a terminal shows: lines that end, without the carriage returns of CSV files.
fn as_seen(printed: &str, base: &str) -> String {
    let mut seen = printed.replace('\r', "").replace(base, SHOWN);
    if !seen.is_empty() && !seen.ends_with('\n') {
        seen.push('\n');
    }
    seen
}

/// Waits until every event shows: on PostgreSQL, until all transactions have ended that are older,
/// those of other tests on the same server among them.
fn settle(database: &str) {
    if database.starts_with("sqlite:") {
        return;
    }
    let mut db = PgConnection::establish(database).expect("the database");
    let unseen = |db: &mut PgConnection| {
        let running = sql::<Bool>("txid >= pg_snapshot_xmin(pg_current_snapshot())");
        events::table.filter(running).count().get_result::<i64>(db).expect("a number")
    };
    let began = Instant::now();
    while unseen(&mut db) > 0 {
        assert!(began.elapsed() < Duration::from_secs(120), "an old transaction never ends");
    }
}

/// Runs a script; says before each step which one comes next.
fn shell(home: &Path, database: &str, script: &str, before: impl Fn(usize)) -> String {
    let mut shell = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", script])
        .current_dir(home)
        .env("ENTENTE_PROGRAM", PROGRAM)
        .env("DATABASE_URL", database)
        .env("DATA_DIR", home.join("data"))
        .env("LISTEN", "127.0.0.1:0")
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash runs");
    let mut printed = BufReader::new(shell.stdout.take().expect("what it prints"));
    let (mut told, mut number) = (Vec::new(), 0);
    before(number);
    while printed.read_until(b'\x1e', &mut told).expect("what it prints") > 0 {
        number += 1;
        before(number);
    }
    shell.wait().expect("it ends");
    String::from_utf8(told).expect("text")
}

/// What is printed, without what no two runs have in common.
fn plain(printed: &str) -> String {
    let mut plain = String::new();
    let mut rest = printed;
    while let Some(letter) = rest.chars().next() {
        let inside = |letter: char| letter.is_ascii_alphanumeric() || "_:.-".contains(letter);
        let end = rest.find(|letter| !inside(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end.max(letter.len_utf8()));
        plain.push_str(&kind_of(word));
        rest = after;
    }
    plain
}

/// A word, or what kind of word it is where it is another in each run.
fn kind_of(word: &str) -> String {
    let id = word.split_once('_').filter(|(_, digits)| digits.len() == 26);
    let clock = word.len() > 20 && word.ends_with('Z') && word.contains('T') && word.contains('.');
    let request = word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    match id {
        Some((prefix, _)) => format!("{prefix}_…"),
        None if clock => "(a moment)".into(),
        None if request => "(a request)".into(),
        None if word.starts_with("eyJ") => "(a cursor)".into(),
        None if word.starts_with("entk_") => "entk_…".into(),
        None => word.into(),
    }
}

#[test]
fn only_what_differs_from_run_to_run_is_forgiven() {
    let one = r#"{"id":"act_01k5h2v7xnf8rtq3m9bcw4ze6a","at":"2026-01-02T03:04:05.678901Z"}"#;
    let other = r#"{"id":"act_01k5h2v7xnf8rtq3m9bcw4zzzz","at":"2027-01-02T03:04:05.6Z"}"#;
    assert_eq!(plain(one), plain(other));
    assert_ne!(plain("12.50 EUR, line 3"), plain("12.51 EUR, line 3"));
    assert_ne!(plain("2026-01-02T00:00:00Z"), plain("2026-01-03T00:00:00Z"));
    assert_eq!(plain("ü „x“"), "ü „x“");
}
