//! The program in the hands of an operator: what it refuses, in words that help, and what it
//! prints where.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use crate::cast::deal::{Deal, meddle};
use crate::cast::engines::on_both_engines_empty;
use crate::cast::process::PROGRAM;
use crate::cast::world::in_a_world;

/// Runs the program to its end, without a terminal.
fn entente(home: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .env("DATA_DIR", home.join("data"))
        .env("RUST_LOG", "info")
        .current_dir(home)
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it says when it fails.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_looking() {
    let home = folder();
    for command in ["verify", "lock"] {
        let url = ["--database-url", "sqlite://nowhere.db"];
        let said = refused(&entente(home.path(), &[command, url[0], url[1]]));
        let expected = "entente: there is no database at nowhere.db; \
                        run `entente migrate` or `entente serve` first\n";
        assert_eq!(said, expected);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "something was made");
}

#[test]
fn a_database_with_another_schema_is_refused_and_left_alone() {
    on_both_engines_empty(|url| {
        let home = folder();
        if let Some(file) = url.strip_prefix("sqlite://") {
            std::fs::write(file, "").unwrap();
        }
        for command in ["verify", "lock"] {
            let said = refused(&entente(home.path(), &[command, "--database-url", url]));
            assert!(said.contains("is not up to date, 2026-01-05-000000_companies"), "{said}");
            assert!(said.contains("run `entente migrate`"), "{said}");
        }
        assert_eq!(crate::schema::tables(url), Default::default());
        if let Some(file) = url.strip_prefix("sqlite://") {
            assert_eq!(std::fs::metadata(file).unwrap().len(), 0, "something was written");
        }
    });
    in_a_world(|world| {
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
        meddle(world, newer);
        let verify = ["verify", "--database-url", &world.database_url];
        let said = refused(&entente(folder().path(), &verify));
        assert!(said.contains("a newer program"), "{said}");
    });
}

#[test]
fn migrations_are_told_by_their_names() {
    on_both_engines_empty(|url| {
        let home = folder();
        let migrate = || entente(home.path(), &["migrate", "--database-url", url]);
        let first = text(&migrate().stdout);
        assert!(first.starts_with("applied 2026-01-05-000000_companies\n"), "{first}");
        assert!(first.ends_with("\nthe schema is up to date\n"), "{first}");
        assert_eq!(text(&migrate().stdout), "the schema is up to date\n");
        let verified = entente(home.path(), &["verify", "--database-url", url]);
        assert!(verified.status.success(), "{verified:?}");
    });
}

#[test]
fn each_command_takes_what_it_uses() {
    let home = folder();
    for arguments in [
        ["migrate", "--data-dir", "x"],
        ["migrate", "--db-connections", "2"],
        ["migrate", "--db-waiting", "2"],
        ["lock", "--data-dir", "x"],
        ["verify", "--data-dir", "x"],
    ] {
        let output = entente(home.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("unexpected argument"), "{arguments:?}");
    }
}

#[test]
fn without_a_terminal_only_the_result_is_printed() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let as_of = "2026-03-25T00:00:00Z";
        let lock = ["lock", "--database-url", &world.database_url, "--as-of", as_of];
        let output = entente(folder().path(), &lock);
        let expected =
            "as of 2026-03-25T00:00:00Z: 1 actions locked, 0 wait for a batch or an answer\n";
        assert_eq!(text(&output.stdout), expected);
        assert!(!text(&output.stderr).contains("wait for a batch"), "{output:?}");
    });
}

#[test]
fn what_keeps_the_server_from_starting_is_told_and_nothing_is_made() {
    let home = folder();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let serve = ["serve", "--database-url", "sqlite://new.db", "--listen", &address];
    let said = refused(&entente(home.path(), &serve));
    assert!(said.starts_with(&format!("entente: cannot listen on {address}: ")), "{said}");
    assert!(!home.path().join("new.db").exists(), "it migrated before it had its port");

    drop(taken);
    let nobody = format!("postgres://nobody@{address}/nothing");
    for command in ["migrate", "verify"] {
        let said = refused(&entente(home.path(), &[command, "--database-url", &nobody]));
        assert!(said.starts_with("entente: cannot open the database on PostgreSQL: "), "{said}");
        assert!(!said.contains("internal"), "{said}");
    }
}

#[test]
fn the_root_leads_to_the_documentation() {
    in_a_world(|world| {
        let answer = world.nobody().send("GET", "/", &[], b"");
        assert_eq!((answer.status, answer.header("Location")), (307, "/docs/"));
        assert_eq!(world.nobody().send("GET", "/docs/", &[], b"").status, 200);
    });
}
