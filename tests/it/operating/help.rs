//! What the program says of itself, as it stands in a terminal 100 columns wide.
//!
//! `INSTA_UPDATE=always cargo test` renews it.

use clap::CommandFactory;
use entente::command::Cli;

use super::{ended, entente, folder};

fn help(arguments: &[&str]) -> String {
    let home = folder();
    let (code, told, said) = ended(&mut entente(home.path(), arguments));
    assert_eq!((code, said.as_str()), (0, ""), "{arguments:?}");
    told
}

#[test]
fn the_help_reads_well() {
    insta::assert_snapshot!("entente", help(&["--help"]));
    let cli = Cli::command();
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        let told = help(&["help", name]);
        assert_eq!(told, help(&[name, "--help"]), "both ways tell the same");
        insta::assert_snapshot!(name, told);
    }
}

#[test]
fn the_help_shows_settings_and_no_secrets() {
    let home = folder();
    let mut program = entente(home.path(), &["help", "serve"]);
    let given = [("DB_WAITING", "77"), ("SECRET_KEY", "hunter2"), ("DATABASE_URL", "hunter2")];
    let (_, told, _) = ended(program.envs(given));
    assert!(told.contains("[env: DB_WAITING=77]"), "{told}");
    assert!(told.contains("[env: SECRET_KEY]") && !told.contains("hunter2"), "{told}");
}
