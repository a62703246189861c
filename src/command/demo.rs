//! `entente demo`: two companies, a contract, a dozen sales, and a file of returns that goes through
//! the real API before one's eyes.

mod client;
mod scene;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use crate::access::RateLimits;
use crate::app;
use crate::attachments::settings::Filing;
use crate::command::serve::until_told_to_stop;
use crate::config::{
    AUDIT_DAYS, Batches, Clients, Database, EVENT_DAYS, INVITATION_DAYS, Lanes, OFFER_DAYS,
    Serving, Storage, Webhooks, address,
};
use crate::db::Url;
use crate::kernel::time::Clock;
use crate::mail::settings::Mailing;
use crate::partnerships::invitations::settings::Inviting;
use crate::users::model::Registration;

/// How the demo is set up.
#[derive(Debug, Args)]
pub struct Demo {
    /// The address to listen on
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: std::net::SocketAddr,
    /// A folder for the demo's own database, which begins anew each time
    #[arg(long, env = "DEMO_DIR", default_value = "entente-demo")]
    demo_dir: PathBuf,
    /// A PostgreSQL or SQLite database without companies, instead of one in the folder
    #[arg(long, env = "DEMO_DATABASE_URL", hide_env_values = true)]
    database_url: Option<Url>,
    /// A CSV file of returns to submit, instead of the sample
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Stop after the tour instead of serving on
    #[arg(long)]
    exit: bool,
}

/// The file that is submitted if none is given.
const SAMPLE: &str = include_str!("../../examples/reversals/returns.csv");

/// Sets the scene, plays it, and serves on.
pub fn run(demo: &Demo) -> anyhow::Result<()> {
    let file = match &demo.file {
        Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
        None => SAMPLE.to_string(),
    };
    // The old database goes only once nothing else can stand in the way of the new one.
    let listener = app::listen(demo.listen)?;
    let _alone = alone_in(&demo.demo_dir)?;
    let settings = settings(demo)?;
    actix_web::rt::System::new().block_on(async {
        let running = app::start_at(listener, &settings, Clock::System).await?;
        let base = format!("http://{}", running.address);
        let played = tokio::task::spawn_blocking(move || scene::play(&base, &file)).await?;
        if played.is_ok() && !demo.exit {
            println!("The server keeps running; stop it with Ctrl-C.");
            until_told_to_stop().await?;
        }
        running.stop().await?;
        played
    })
}

/// Takes the folder for as long as the answer is kept: another demo would remove this one's database.
fn alone_in(folder: &Path) -> anyhow::Result<File> {
    let said = || folder.display().to_string();
    std::fs::create_dir_all(folder).with_context(said)?;
    let mark = File::create(folder.join("demo.lock")).with_context(said)?;
    match mark.try_lock() {
        Ok(()) => Ok(mark),
        Err(TryLockError::WouldBlock) => {
            bail!("a demo runs in {} already; stop it, or name another --demo-dir", said())
        }
        Err(TryLockError::Error(cause)) => Err(cause).with_context(said),
    }
}

/// Settings of a server with a database of its own.
fn settings(demo: &Demo) -> anyhow::Result<Serving> {
    let database_url = match &demo.database_url {
        Some(url) => url.clone(),
        None => fresh_database(&demo.demo_dir)?,
    };
    Ok(Serving {
        storage: Storage {
            lanes: Lanes {
                database: Database { database_url },
                db_connections: None,
                db_waiting: 512,
            },
            data_dir: demo.demo_dir.clone(),
        },
        listen: demo.listen,
        public_url: format!("http://{}", demo.listen),
        secret_key: None,
        token_key: 1,
        registration: Some(Registration::Open),
        registration_url: None,
        email_change_url: None,
        trusted_proxies: None,
        audit_days: AUDIT_DAYS,
        http_workers: None,
        no_jobs: false,
        jobs_only: false,
        shutdown_seconds: 5,
        password_reset_url: None,
        invitation_url: None,
        invitation_days: INVITATION_DAYS,
        mail: Mailing::default(),
        event_days: EVENT_DAYS,
        partnership_offer_days: OFFER_DAYS,
        inviting: Inviting::default(),
        clients: Clients::default(),
        rates: RateLimits::default(),
        batches: Batches::default(),
        webhooks: Webhooks::default(),
        files: Filing::default(),
    })
}

/// A SQLite file that does not exist yet.
fn fresh_database(folder: &Path) -> anyhow::Result<Url> {
    let path = folder.join("demo.db");
    for suffix in ["", "-wal", "-shm"] {
        let old = folder.join(format!("demo.db{suffix}"));
        if old.exists() {
            std::fs::remove_file(&old).with_context(|| old.display().to_string())?;
        }
    }
    Ok(format!("sqlite://{}", path.display()).parse()?)
}
