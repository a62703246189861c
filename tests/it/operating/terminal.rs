//! How far a command has come: shown in a terminal, and nowhere else.

use std::process::Command;

use super::{ended, entente, folder};
use crate::cast::deal::Deal;
use crate::cast::process::PROGRAM;
use crate::cast::world::in_a_world_with;

/// Runs a command in a terminal; gives what stands there, or nothing where no terminal can be had.
fn in_a_terminal(arguments: &[&str]) -> Option<String> {
    let home = folder();
    let line = format!("stty cols 100 rows 30; {PROGRAM} {}", arguments.join(" "));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(home.path());
    script.env("TERM", "xterm").env("RUST_LOG", "warn").stdin(std::process::Stdio::null());
    let Ok(output) = script.output() else {
        eprintln!("`script` of util-linux is not installed: no terminal is shown anything");
        return None;
    };
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{shown}");
    Some(shown)
}

/// A command, what it shows on the way, and what it prints in the end.
fn shows(arguments: &[&str], on_the_way: &str, result: &str) {
    // The terminal comes first: what a command has done, it does not do again.
    if let Some(shown) = in_a_terminal(arguments) {
        assert!(shown.contains(on_the_way), "{shown:?}");
        assert!(shown.contains(result), "{shown:?}");
    }
    let (code, told, said) = ended(&mut entente(folder().path(), arguments));
    assert_eq!(code, 0, "{said}");
    assert!(told.contains(result), "{told}");
    assert!(!told.contains(on_the_way) && !said.contains(on_the_way), "{told}{said}");
    assert!(!told.contains('\u{1b}') && !said.contains('\u{1b}'), "{told:?}{said:?}");
}

#[test]
fn a_terminal_shows_how_far_a_command_has_come() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let url = world.database_url.as_str();
        shows(&["verify", "--database-url", url], " rows, ", "1 actions, 1 entries, ");
        let lock = ["lock", "--database-url", url, "--as-of", "2026-03-25T00:00:00Z"];
        shows(&lock, "1 locked, 0 wait for a batch", "as of 2026-03-25T00:00:00Z: ");
    });
    let demo = ["demo", "--exit", "--listen", "127.0.0.1:0"];
    shows(&demo, "12/12 lines", "7 applied, 0 unchanged, 1 duplicate, 4 rejected");
}
