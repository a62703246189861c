//! What is said of a setting that does not fit.

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, Error};

use super::Cli;

/// Leaves out what was given where it may be a secret: such lines end up in logs.
pub fn without_secrets(mut mistake: Error) -> Error {
    let Some(ContextValue::String(at)) = mistake.get(ContextKind::InvalidArg) else {
        return mistake;
    };
    if is_secret(at) && mistake.get(ContextKind::InvalidValue).is_some() {
        let hidden = ContextValue::String("(not shown)".into());
        mistake.insert(ContextKind::InvalidValue, hidden);
    }
    mistake
}

/// Whether an argument is one whose value no help shows either.
fn is_secret(argument: &str) -> bool {
    let mut cli = Cli::command();
    // Only then does an argument know how it is written.
    cli.build();
    let mut all = cli.get_subcommands().flat_map(clap::Command::get_arguments);
    all.any(|known| known.is_hide_env_values_set() && known.to_string() == argument)
}
