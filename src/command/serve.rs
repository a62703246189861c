//! `entente serve`, until it is told to stop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::app;
use crate::config::Serving;
use crate::kernel::time::Clock;

/// How long a server may take to say that it is alive: less than whoever asks will wait.
const PATIENCE: Duration = Duration::from_secs(2);

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
    // A proxy of the environment is for what is outside of this machine.
    let agent = ureq::Agent::config_builder().proxy(None).timeout_global(Some(PATIENCE)).build();
    let asked = agent.new_agent().get(format!("http://{}/healthz", reached(listen))).call();
    Ok(if asked.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where a server on this machine is reached that listens there.
fn reached(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    listen
}
