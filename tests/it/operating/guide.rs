//! The commands of docs/operations.md, as an operator would type them.

use std::path::Path;
use std::process::Command;

use super::{ended, folder};
use crate::cast::deal::Deal;
use crate::cast::engines::{on_both_engines_empty, sqlite_url};
use crate::cast::postgres;
use crate::cast::process::PROGRAM;
use crate::cast::world::in_a_world;
use crate::docs::{blocks, read};

/// The guide's only block of commands that begins so.
fn block(beginning: &str) -> String {
    let found = blocks(&read("docs/operations.md"));
    let mut found = found.into_iter().filter(|block| block.text.starts_with(beginning));
    let block = found.next().unwrap_or_else(|| panic!("no block begins with {beginning}"));
    assert_eq!(found.next(), None, "two blocks begin with {beginning}");
    block.text
}

/// Types commands, with the guide's folders within `home`; gives what they print.
fn type_in(home: &Path, database: &str, commands: &str) -> String {
    let own = Path::new(PROGRAM).parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = postgres::programs().into_iter().chain([own.to_path_buf()]);
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).expect("a path");
    let within = |folder: &str| home.join(folder).display().to_string();
    let commands = commands.replace("/var/lib/entente", &within("data"));
    let commands = commands.replace("/backup", &within("backup"));
    let mut shell = Command::new("sh");
    shell.args(["-euc", &commands]).env("PATH", path).env("DATABASE_URL", database);
    let (code, told, said) = ended(shell.current_dir(home).env("RUST_LOG", "warn"));
    assert_eq!((code, said.as_str()), (0, ""), "{commands}{told}");
    told
}

#[test]
fn the_schema_is_brought_up_to_date_by_itself() {
    on_both_engines_empty(|url| {
        let told = type_in(folder().path(), url, &block("entente migrate"));
        assert!(told.ends_with("the schema is up to date\n"), "{told}");
    });
}

#[test]
fn what_was_backed_up_is_there_again_after_restoring() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        deal.acme.post(&format!("{}/approve", deal.tracked("A-2")), serde_json::json!({}), 200);
        let home = folder();
        let (data, backup) = (home.path().join("data"), home.path().join("backup"));
        for folder in [&data, &backup] {
            std::fs::create_dir(folder).expect("a folder");
        }
        let place = data.join("entente.db");
        let restored = match world.database_url.strip_prefix("sqlite://") {
            // A running server's file, by its usual name; what is newest is beside it, in the log.
            Some(file) if Command::new("sqlite3").arg("--version").output().is_ok() => {
                std::os::unix::fs::symlink(file, &place).expect("a name");
                type_in(home.path(), &world.database_url, &block("sqlite3 "));
                std::fs::remove_file(&place).expect("the name goes");
                let url = sqlite_url(&place);
                type_in(home.path(), &url, &block("cp /backup"))
            }
            Some(_) => {
                eprintln!("sqlite3 is not installed: nothing is backed up with it");
                return;
            }
            None => {
                let server = postgres::server().expect("it is there");
                let url = server.empty_database();
                type_in(home.path(), &world.database_url, &block("pg_dump "));
                let told = type_in(home.path(), &url, &block("pg_restore "));
                server.drop_database(&url);
                told
            }
        };
        assert_eq!(
            restored,
            "2 actions, 3 entries, 0 adjustments, 0 batches, 0 lines\neverything adds up\n"
        );
    });
}
