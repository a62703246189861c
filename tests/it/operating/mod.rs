//! Entente in the hands of those who run it: settings, signals, logs, figures, terminals, backups.

mod container;
mod demo;
mod documents;
mod guide;
mod health;
mod help;
mod jobs_only;
mod logs;
mod metrics;
mod mistakes;
mod patience;
mod request_ids;
mod secrets;
mod terminal;

use std::path::Path;
use std::process::{Command, Output};

use crate::cast::process::PROGRAM;

/// A folder of one's own.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The program with arguments and nothing from the environment, in a folder of its own.
fn entente(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().args(arguments).current_dir(home);
    command
}

/// Runs a command to its end; gives its exit code, what it printed, and what it said beside.
fn ended(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// Asks until the answer is yes.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "never: {what}");
    }
}
