//! What the command line can do; each command in a file of its own.

mod demo;
mod logging;
mod openapi;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Logging, Serving, Storage};
use crate::db::migrate;

/// Entente: the backend of a partnership platform
///
/// Every setting is a flag and an environment variable. Without any, `entente serve` keeps its data in
/// entente.db and listens on 127.0.0.1:8080.
#[derive(Debug, Parser)]
#[command(name = "entente", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    logging: Logging,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the schema up to date, serve HTTP, work off batches and lock what is due
    Serve(Box<Serving>),
    /// Watch a file of returns go through the real API, on a fresh database with sample companies
    Demo(demo::Demo),
    /// Bring the schema up to date and stop
    Migrate(Storage),
    /// Print the OpenAPI document, or check that a file holds it
    Openapi {
        /// Compare with FILE and fail if it differs, instead of printing
        #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "openapi/entente.json")]
        check: Option<PathBuf>,
    },
    /// Ask a running server whether it is alive; for container health checks
    #[command(hide = true)]
    Healthcheck {
        /// The address it listens on
        #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
        listen: std::net::SocketAddr,
    },
}

/// Does what the command line says.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    logging::start(cli.logging.log_format);
    match cli.command {
        Command::Serve(settings) => serve::run(&settings).map(|()| ExitCode::SUCCESS),
        Command::Demo(demo) => demo::run(&demo).map(|()| ExitCode::SUCCESS),
        Command::Migrate(storage) => {
            let applied = migrate::up(&storage.database_url)?;
            applied.iter().for_each(|name| println!("applied {name}"));
            println!("the schema is up to date");
            Ok(ExitCode::SUCCESS)
        }
        Command::Openapi { check } => openapi::run(check.as_deref()),
        Command::Healthcheck { listen } => serve::check_health(listen),
    }
}
