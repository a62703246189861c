//! `entente serve`, until it is told to stop.

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::app;
use crate::config::Serving;
use crate::kernel::time::Clock;

/// Serves until SIGINT or SIGTERM.
pub fn run(settings: &Serving) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let running = app::start(settings, Clock::System).await?;
        log::info!("listening on http://{}; the API's pages are at /docs", running.address);
        until_told_to_stop().await?;
        log::info!("stopping: requests in flight end, batches stop at the border of a chunk");
        running.stop().await?;
        log::info!("stopped");
        Ok(())
    })
}

/// Waits for SIGINT or SIGTERM.
pub async fn until_told_to_stop() -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Asks a running server whether it is alive.
pub fn check_health(listen: SocketAddr) -> anyhow::Result<ExitCode> {
    let host =
        if listen.ip().is_unspecified() { "127.0.0.1".into() } else { listen.ip().to_string() };
    let asked = ureq::get(format!("http://{host}:{}/healthz", listen.port())).call();
    Ok(if asked.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
