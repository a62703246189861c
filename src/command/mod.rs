//! What the command line can do; each command in a file of its own.

mod admin;
mod demo;
mod lock;
mod logging;
mod openapi;
mod mistakes;
mod serve;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Database, Lanes, Logging, Serving, address};
use crate::db::migrate;
use crate::error::Error;
use crate::kernel::time::Instant;

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
    Migrate(Database),
    /// Print the OpenAPI document, or check that a file holds it
    Openapi {
        /// Compare with FILE and fail if it differs, instead of printing
        #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "openapi/entente.json")]
        check: Option<PathBuf>,
    },
    /// Lock the actions that were due at a moment; the server does so by itself every minute
    Lock {
        /// The database.
        #[command(flatten)]
        lanes: Lanes,
        /// A moment that has passed, such as 2026-01-31T23:00:00Z; five seconds ago if absent
        #[arg(long, value_name = "TIME")]
        as_of: Option<Instant>,
    },
    /// Add every ledger up again, print what differs, and fail if anything does
    Verify(Lanes),
    /// Say whether a company takes part, as whoever runs the server
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Ask a running server whether it is alive; for container health checks
    #[command(hide = true)]
    Healthcheck {
        /// The address it listens on
        #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
        listen: std::net::SocketAddr,
    },
}

/// Reads the command line; what is wrong with it is told without secrets, and ends the program.
pub fn read() -> Cli {
    Cli::try_parse().unwrap_or_else(|mistake| mistakes::without_secrets(mistake).exit())
}

/// Does what the command line says; an error is for the person who typed it.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    execute(cli).map_err(plainly)
}

/// A server keeps the cause of an internal error to itself. Here nobody else is listening, and the
/// cause is all there is to say.
fn plainly(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Error>() {
        Ok(Error::Internal(cause)) => cause,
        Ok(other) => other.into(),
        Err(error) => error,
    }
}

fn execute(cli: Cli) -> anyhow::Result<ExitCode> {
    let usual = match &cli.command {
        Command::Demo(_) => logging::OF_A_SHOW,
        _ => logging::OF_A_SERVER,
    };
    logging::start(cli.logging.log_format, usual);
    match cli.command {
        Command::Serve(settings) => serve::run(&settings).map(|()| ExitCode::SUCCESS),
        Command::Demo(demo) => demo::run(&demo).map(|()| ExitCode::SUCCESS),
        Command::Migrate(database) => {
            let applied = migrate::up(&database.database_url)?;
            applied.iter().for_each(|name| println!("applied {name}"));
            println!("the schema is up to date");
            Ok(ExitCode::SUCCESS)
        }
        Command::Openapi { check } => openapi::run(check.as_deref()),
        Command::Lock { lanes, as_of } => lock::run(&lanes, as_of).map(|()| ExitCode::SUCCESS),
        Command::Verify(lanes) => verify::run(&lanes),
        Command::Admin(admin) => admin::run(admin).map(|()| ExitCode::SUCCESS),
        Command::Healthcheck { listen } => serve::check_health(listen),
    }
}
