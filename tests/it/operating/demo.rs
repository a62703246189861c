//! The demo beside another one, with a file of one's own, and on a database of one's own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::{ended, entente, folder};
use crate::cast::engines::on_both_engines_empty;
use crate::cast::process::stopped;

/// A demo that serves on.
struct Demo {
    child: Child,
    base: String,
}

impl Demo {
    fn start(home: &Path) -> Self {
        let child = entente(home, &["demo", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the demo starts");
        let mut demo = Self { child, base: String::new() };
        let told = BufReader::new(demo.child.stdout.take().expect("what it tells"));
        for line in told.lines().map(|line| line.expect("a line")) {
            if let Some((_, said)) = line.split_once("export ENTENTE=") {
                demo.base = said.split(' ').next().unwrap_or_default().to_string();
            }
            if line.contains("keeps running") {
                return demo;
            }
        }
        panic!("the demo ended");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the demo's own database holds.
fn verified(home: &Path) -> String {
    let url = "sqlite://entente-demo/demo.db";
    ended(&mut entente(home, &["verify", "--database-url", url])).1
}

#[test]
fn a_second_demo_leaves_the_first_one_as_it_is() {
    let home = folder();
    let first = Demo::start(home.path());
    let taken = first.base.trim_start_matches("http://");
    let before = verified(home.path());
    assert!(before.starts_with("12 actions, "), "{before}");

    for (listen, refused) in [
        (taken, "entente: cannot listen on "),
        ("127.0.0.1:0", "entente: a demo runs in entente-demo already; "),
    ] {
        let again = ["demo", "--exit", "--listen", listen];
        let (code, told, said) = ended(&mut entente(home.path(), &again));
        assert_eq!((code, told.as_str()), (1, ""), "{said}");
        assert!(said.starts_with(refused), "{said}");
        assert_eq!(verified(home.path()), before, "the first one's database is another");
    }
    let elsewhere = ["demo", "--exit", "--listen", "127.0.0.1:0", "--demo-dir", "other"];
    assert_eq!(ended(&mut entente(home.path(), &elsewhere)).0, 0);

    drop(first);
    let next = ["demo", "--exit", "--listen", "127.0.0.1:0"];
    let (code, told, said) = ended(&mut entente(home.path(), &next));
    assert_eq!(code, 0, "it does not begin anew: {told}{said}");
    assert!(verified(home.path()).starts_with("12 actions, "));
}

#[test]
fn ctrl_c_stops_a_demo_in_good_order() {
    let home = folder();
    let mut demo = Demo::start(home.path());
    let ended = stopped(&mut demo.child, "-INT");
    assert!(ended.success(), "it ended with {ended}");
    assert!(verified(home.path()).starts_with("12 actions, "));
}

#[test]
fn a_demo_plays_ones_own_file_on_ones_own_database() {
    on_both_engines_empty(|url| {
        let home = folder();
        let file = "order_id,reason\nORD-1001,ITEM_RETURNED\nORD-404,ITEM_RETURNED\n";
        std::fs::write(home.path().join("mine.csv"), file).expect("a file");
        let play = |file: &str| {
            let arguments = ["demo", "--exit", "--listen", "127.0.0.1:0", "--file", file];
            ended(entente(home.path(), &arguments).env("DEMO_DATABASE_URL", url))
        };
        let (code, told, said) = play("nowhere.csv");
        assert_eq!((code, told.as_str()), (1, ""));
        assert!(said.starts_with("entente: nowhere.csv: "), "{said}");

        let (code, told, said) = play("mine.csv");
        assert_eq!(code, 0, "{said}");
        let counts = "\n  1 applied, 0 unchanged, 0 duplicate, 1 rejected\n";
        assert!(told.contains(counts), "{told}");
        let (_, told, _) = ended(&mut entente(home.path(), &["verify", "--database-url", url]));
        assert!(
            told.starts_with("12 actions, 13 entries, 0 adjustments, 1 batches, 2 lines\n"),
            "{told}"
        );
        assert!(!home.path().join("entente-demo/demo.db").exists(), "it made one beside it");
    });
}
