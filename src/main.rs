//! The command line: serve, demo, migrate, openapi, verify, lock.

use clap::Parser;

use entente::command::{self, Cli};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match command::run(Cli::parse()) {
        Ok(code) => code,
        Err(cause) => {
            eprintln!("entente: {cause:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
