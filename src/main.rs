//! The command line: serve, demo, migrate, openapi, verify, lock, admin.

use entente::command;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match command::run(command::read()) {
        Ok(code) => code,
        Err(cause) => {
            eprintln!("entente: {cause:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
