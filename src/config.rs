//! Settings: flags and environment, read once into one typed struct.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use crate::access::{Proxies, RateLimits};
use crate::attachments::settings::Filing;
use crate::db::{Engine, Limits, Pool, Url};
use crate::error::Result;
use crate::kernel::time::Patience;
use crate::mail::settings::Mailing;
use crate::partnerships::change::OfferSpan;
use crate::partnerships::invitations::settings::Inviting;
use crate::reversals::door;
use crate::reversals::rules::MostLines;
use crate::reversals::worker::{LARGE_BYTES, MOST_LINES, Settings};
use crate::users::invitations::desk::Desk as Invitations;
use crate::users::invitations::model::InvitationLink;
use crate::users::model::{Reception, Registration};
use crate::users::resets::model::ResetLink;
use crate::webhooks::outbound::Manner;

/// The most bytes of a batch file: 1 GiB.
const MAX_BYTES: u64 = 1 << 30;
/// The most bytes of a batch that comes as JSON: 64 MiB.
const MAX_JSON_BYTES: u64 = 64 << 20;
/// What a limit in bytes can be set to at most: 1 TiB.
const MOST_BYTES: u64 = 1 << 40;
/// How long a client may take over the head of a request: 10 s.
const HEAD_SECONDS: u64 = 10;
/// How long a client may take over a body: 30 s.
const BODY_SECONDS: u64 = 30;
/// How long a silent worker keeps a batch: 10 s.
const LEASE_MS: u64 = 10_000;
/// How long entries of the audit log are kept: two years.
pub const AUDIT_DAYS: u32 = 730;

/// For how many days an invitation counts.
pub const INVITATION_DAYS: u16 = 7;
/// For how many days an offer of a partnership can be answered.
pub const OFFER_DAYS: u16 = 30;
/// For how many days events are kept.
pub const EVENT_DAYS: u16 = 90;
/// How long a webhook endpoint may take to answer: 15 s.
const WEBHOOK_TIMEOUT_MS: u64 = 15_000;
/// After how many days of nothing but failures a webhook endpoint is disabled.
const WEBHOOK_FAILING_DAYS: u32 = 5;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the data are.
#[derive(Debug, Clone, Args)]
pub struct Database {
    /// The database: sqlite://FILE, or postgres://USER:PASSWORD@HOST/NAME
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite://entente.db",
        hide_env_values = true
    )]
    pub database_url: Url,
}

/// The database, and how much works on it.
#[derive(Debug, Clone, Args)]
pub struct Lanes {
    /// Where it is.
    #[command(flatten)]
    pub database: Database,
    /// Connections to the database that work at the same time; each batch worker has one more, and so have the sums of figures and what tells others. If unset, for each processor core two on PostgreSQL (at least 4) and one on SQLite
    #[arg(long, env = "DB_CONNECTIONS", value_parser = within(1..=200_u32))]
    pub db_connections: Option<u32>,
    /// Pieces of database work that may wait for a connection; beyond them the answer is 503
    #[arg(long, env = "DB_WAITING", default_value_t = 512, value_parser = within(1..=100_000_u32))]
    pub db_waiting: u32,
}

/// Where the server keeps everything.
#[derive(Debug, Clone, Args)]
pub struct Storage {
    /// The database.
    #[command(flatten)]
    pub lanes: Lanes,
    /// A folder for what is not in the database: the generated secret key, letters if there is no SMTP_URL, and attachments if there is no ATTACHMENTS_URL
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
}

/// What the server needs.
#[derive(Debug, Clone, Args)]
pub struct Serving {
    /// Database and data folder.
    #[command(flatten)]
    pub storage: Storage,
    /// The address to listen on
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080", value_parser = address)]
    pub listen: SocketAddr,
    /// How the world reaches this server; the issuer of its tokens
    #[arg(long, env = "PUBLIC_URL", default_value = "http://127.0.0.1:8080", value_parser = public_url)]
    pub public_url: String,
    /// 32 bytes in hexadecimal from which signing keys are derived; made and kept in DATA_DIR if unset
    #[arg(long, env = "SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<SecretKey>,
    /// The number of the key that signs access tokens; one more is another key, and tokens of the one before count on
    #[arg(long, env = "TOKEN_KEY", default_value_t = 1, value_parser = within(1..=1_000_000_u32))]
    pub token_key: u32,
    /// Who may register a company: everybody (open), everybody whom a letter reaches (verified), or nobody (closed). If unset, verified where there is an SMTP_URL, else open
    #[arg(long, env = "REGISTRATION")]
    pub registration: Option<Registration>,
    /// The page on which a registration is confirmed, with {token} where the token of the letter belongs; a page under PUBLIC_URL if unset
    #[arg(long, env = "REGISTRATION_URL")]
    pub registration_url: Option<ResetLink>,
    /// The page on which another address is confirmed, likewise
    #[arg(long, env = "EMAIL_CHANGE_URL")]
    pub email_change_url: Option<ResetLink>,
    /// The proxies whose X-Forwarded-For is believed: addresses and networks, such as 127.0.0.1,10.0.0.0/8; nobody's if unset
    #[arg(long, env = "TRUSTED_PROXIES")]
    pub trusted_proxies: Option<Proxies>,
    /// Days for which entries of the audit log are kept
    #[arg(long, env = "AUDIT_DAYS", default_value_t = AUDIT_DAYS, value_parser = within(1..=36_500_u32))]
    pub audit_days: u32,
    /// Threads that answer requests; one for each core if unset
    #[arg(long, env = "HTTP_WORKERS", value_parser = within(1..=256_u16))]
    pub http_workers: Option<u16>,
    /// Serve HTTP only: no batches are worked off, nothing is locked, no letters leave
    #[arg(long, env = "NO_JOBS")]
    pub no_jobs: bool,
    /// Work off batches, lock what is due and send letters only: of HTTP there are health, readiness and metrics
    #[arg(long, env = "JOBS_ONLY", conflicts_with = "no_jobs")]
    pub jobs_only: bool,
    /// Seconds that requests in flight may take once the server is told to stop
    #[arg(long, env = "SHUTDOWN_SECONDS", default_value_t = 30, value_parser = within(0..=3_600_u64))]
    pub shutdown_seconds: u64,
    /// The page on which a new password is chosen, with {token} where the token of the letter belongs; a page under PUBLIC_URL if unset
    #[arg(long, env = "PASSWORD_RESET_URL")]
    pub password_reset_url: Option<ResetLink>,
    /// The page on which an invitation to a company is accepted, with {token} where the token of the letter belongs; a page under PUBLIC_URL if unset
    #[arg(long, env = "INVITATION_URL")]
    pub invitation_url: Option<InvitationLink>,
    /// Days within which an invitation to a company has to be accepted
    #[arg(long, env = "INVITATION_DAYS", default_value_t = INVITATION_DAYS, value_parser = within(1..=90_u16))]
    pub invitation_days: u16,
    /// Letters.
    #[command(flatten)]
    pub mail: Mailing,
    /// Days for which what happened can be followed at /v1/events; whoever is to be told of it is waited for once more as long
    #[arg(long, env = "EVENT_DAYS", default_value_t = EVENT_DAYS, value_parser = within(1..=3_650_u16))]
    pub event_days: u16,
    /// Days in which an offer of a partnership can be answered; after that it has expired. Offers that were made before keep theirs
    #[arg(long, env = "PARTNERSHIP_OFFER_DAYS", default_value_t = OFFER_DAYS, value_parser = within(1..=3_650_u16))]
    pub partnership_offer_days: u16,
    /// Partnerships that are offered by letters.
    #[command(flatten)]
    pub inviting: Inviting,
    /// How long clients may take.
    #[command(flatten)]
    pub clients: Clients,
    /// How many requests there may be.
    #[command(flatten)]
    pub rates: RateLimits,
    /// Batches and the lock job.
    #[command(flatten)]
    pub batches: Batches,
    /// What is sent to other systems.
    #[command(flatten)]
    pub webhooks: Webhooks,
    /// Attachments and logos.
    #[command(flatten)]
    pub files: Filing,
}

/// How long clients may keep the server waiting.
#[derive(Debug, Clone, Args)]
pub struct Clients {
    /// Seconds in which the head of a request has to arrive
    #[arg(long, env = "HEAD_SECONDS", default_value_t = HEAD_SECONDS, value_parser = within(1..=3_600_u64))]
    pub head_seconds: u64,
    /// Seconds in which a body has to arrive; of a batch, in which something more of it has to
    #[arg(long, env = "BODY_SECONDS", default_value_t = BODY_SECONDS, value_parser = within(1..=3_600_u64))]
    pub body_seconds: u64,
}

/// How batches are received and worked off.
#[derive(Debug, Clone, Args)]
pub struct Batches {
    /// The most bytes of one batch file
    #[arg(long, env = "REVERSAL_MAX_BYTES", default_value_t = MAX_BYTES, value_parser = within(1..=MOST_BYTES))]
    pub reversal_max_bytes: u64,
    /// The most bytes of one batch that comes as JSON
    #[arg(long, env = "REVERSAL_MAX_JSON_BYTES", default_value_t = MAX_JSON_BYTES, value_parser = within(1..=MOST_BYTES))]
    pub reversal_max_json_bytes: u64,
    /// The most lines of one batch: each takes 32 bytes of memory while it is worked off
    #[arg(long, env = "REVERSAL_MAX_LINES", default_value_t = MOST_LINES.at_all, value_parser = within(1..=100_000_000_u32))]
    pub reversal_max_lines: u32,
    /// The most lines of one batch that is done all or nothing
    #[arg(long, env = "REVERSAL_MAX_LINES_AT_ONCE", default_value_t = MOST_LINES.at_once, value_parser = within(1..=100_000_u32))]
    pub reversal_max_lines_at_once: u32,
    /// Lines that are committed together; what suits the engine if unset
    #[arg(long, env = "REVERSAL_CHUNK_LINES", value_parser = within(1..=200_000_u32))]
    pub reversal_chunk_lines: Option<u32>,
    /// Batch workers of this server, each with a connection of its own; two on PostgreSQL and one on SQLite if unset
    #[arg(long, env = "REVERSAL_WORKERS", value_parser = within(1..=64_u32))]
    pub reversal_workers: Option<u32>,
    /// Shares into which a large batch is parted, each for one worker of any server; two on PostgreSQL and one on SQLite if unset
    #[arg(long, env = "REVERSAL_SHARES", value_parser = within(1..=64_i32))]
    pub reversal_shares: Option<i32>,
    /// The bytes from which on a batch is large
    #[arg(long, env = "REVERSAL_LARGE_BYTES", default_value_t = LARGE_BYTES, value_parser = within(0..=1_i64 << 40))]
    pub reversal_large_bytes: i64,
    /// Milliseconds after which another server takes over a batch, or a webhook endpoint, whose worker is silent
    #[arg(long, env = "JOB_LEASE_MS", default_value_t = LEASE_MS, value_parser = within(100..=600_000_u64))]
    pub job_lease_ms: u64,
}

/// How webhooks are sent.
#[derive(Debug, Clone, Args)]
pub struct Webhooks {
    /// Let webhooks go to private addresses and without TLS, for development and tests: whoever has an account then reaches what this server reaches
    #[arg(long, env = "WEBHOOK_PRIVATE_TARGETS")]
    pub webhook_private_targets: bool,
    /// Milliseconds in which a webhook endpoint has to answer
    #[arg(long, env = "WEBHOOK_TIMEOUT_MS", default_value_t = WEBHOOK_TIMEOUT_MS, value_parser = within(100..=60_000_u64))]
    pub webhook_timeout_ms: u64,
    /// Days of nothing but failures after which a webhook endpoint is disabled
    #[arg(long, env = "WEBHOOK_FAILING_DAYS", default_value_t = WEBHOOK_FAILING_DAYS, value_parser = within(1..=365_u32))]
    pub webhook_failing_days: u32,
}

/// How the log looks.
#[derive(Debug, Clone, Args)]
pub struct Logging {
    /// Log lines for people (text) or for machines (json); what is logged is RUST_LOG's
    #[arg(long, env = "LOG_FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// The server's own key.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(pub [u8; 32]);

/// Never shown.
impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl FromStr for SecretKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || "64 hexadecimal digits (32 bytes)".to_string();
        let mut key = [0_u8; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(bad());
        }
        for (slot, place) in key.iter_mut().zip((0..64).step_by(2)) {
            let digits = text.get(place..place + 2).unwrap_or_default();
            *slot = u8::from_str_radix(digits, 16).map_err(|_| bad())?;
        }
        Ok(Self(key))
    }
}

impl std::fmt::Display for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Lanes {
    /// Opens the lanes.
    pub fn open(&self) -> Result<Pool> {
        let waiting = usize::try_from(self.db_waiting).unwrap_or(usize::MAX);
        let url = &self.database.database_url;
        let connections = self.db_connections.unwrap_or_else(|| usual_connections(url.engine()));
        Pool::open(url, Limits { connections, waiting })
    }
}

/// SQLite works on the very thread that asks, PostgreSQL elsewhere while a connection waits for it.
/// More than that would only take turns: each request would take as long as the slowest beside it.
fn usual_connections(engine: Engine) -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    let cores = u32::try_from(cores).unwrap_or(100).min(100);
    match engine {
        Engine::Postgres => (cores * 2).max(4),
        Engine::Sqlite => cores.max(2),
    }
}

impl Storage {
    /// The server's key: the given one, or the one kept in the data folder, made if there is none.
    pub fn secret_key(&self, given: Option<&SecretKey>) -> anyhow::Result<SecretKey> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let path = self.data_dir.join("secret.key");
        if let Ok(kept) = std::fs::read_to_string(&path) {
            let wrong = |cause| anyhow::anyhow!("{}: {cause}", path.display());
            return kept.trim().parse().map_err(wrong);
        }
        let fresh = SecretKey(crate::access::secret::random()?);
        std::fs::create_dir_all(&self.data_dir)?;
        write_private(&path, &fresh.to_string())?;
        Ok(fresh)
    }
}

/// Writes a file that only its owner reads.
fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}

impl Default for Clients {
    fn default() -> Self {
        Self { head_seconds: HEAD_SECONDS, body_seconds: BODY_SECONDS }
    }
}

impl Clients {
    /// How long the head of a request may take.
    pub fn head(&self) -> Duration {
        Duration::from_secs(self.head_seconds)
    }

    /// How long a body may take.
    pub fn body(&self) -> Patience {
        Patience(Duration::from_secs(self.body_seconds))
    }
}

impl Default for Batches {
    fn default() -> Self {
        Self {
            reversal_max_bytes: MAX_BYTES,
            reversal_max_json_bytes: MAX_JSON_BYTES,
            reversal_max_lines: MOST_LINES.at_all,
            reversal_max_lines_at_once: MOST_LINES.at_once,
            reversal_chunk_lines: None,
            reversal_workers: None,
            reversal_shares: None,
            reversal_large_bytes: LARGE_BYTES,
            job_lease_ms: LEASE_MS,
        }
    }
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            webhook_private_targets: false,
            webhook_timeout_ms: WEBHOOK_TIMEOUT_MS,
            webhook_failing_days: WEBHOOK_FAILING_DAYS,
        }
    }
}

impl Webhooks {
    /// Whereto they may go, and how long that may take.
    pub fn manner(&self) -> Manner {
        let patience = Duration::from_millis(self.webhook_timeout_ms);
        Manner { private: self.webhook_private_targets, patience }
    }

    /// For how long an endpoint may fail.
    pub fn patience(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.webhook_failing_days) * 24)
    }
}

impl Batches {
    /// How much the HTTP door takes in.
    pub fn limits(&self, patience: Patience) -> door::Limits {
        door::Limits {
            file_bytes: self.reversal_max_bytes,
            json_bytes: self.reversal_max_json_bytes,
            patience,
            lines: self.most_lines(),
        }
    }

    fn most_lines(&self) -> MostLines {
        MostLines { at_all: self.reversal_max_lines, at_once: self.reversal_max_lines_at_once }
    }

    /// How the worker works on an engine.
    pub fn worker(&self, engine: Engine) -> Settings {
        let usual = Settings::of(engine);
        let given = self.reversal_chunk_lines.and_then(|lines| usize::try_from(lines).ok());
        Settings {
            chunk_lines: given.unwrap_or(usual.chunk_lines),
            lease: self.lease(),
            most_lines: self.most_lines(),
            shares: self.reversal_shares.unwrap_or(usual.shares),
            large_bytes: self.reversal_large_bytes,
            ..usual
        }
    }

    /// How long a silent worker keeps what it has in hand.
    pub fn lease(&self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_millis(i64::try_from(self.job_lease_ms).unwrap_or(i64::MAX))
    }

    /// How many workers a server has. SQLite has one writer, which more workers would only wait for.
    pub fn workers(&self, engine: Engine) -> u32 {
        let usual = match engine {
            Engine::Postgres => 2,
            Engine::Sqlite => 1,
        };
        self.reversal_workers.unwrap_or(usual)
    }
}

impl Serving {
    /// Where a new password is chosen.
    pub fn reset_link(&self) -> ResetLink {
        let usual = || ResetLink::to_page(&self.public_url, "password-reset");
        self.password_reset_url.clone().unwrap_or_else(usual)
    }

    /// Where an invitation is accepted, and until when.
    pub fn invitations(&self) -> Invitations {
        let usual = || InvitationLink::under(&self.public_url);
        Invitations {
            link: self.invitation_url.clone().unwrap_or_else(usual),
            lifetime: SignedDuration::from_hours(i64::from(self.invitation_days) * 24),
        }
    }

    /// How long an offer of a partnership waits for its answer.
    pub fn offer_span(&self) -> OfferSpan {
        OfferSpan(SignedDuration::from_hours(i64::from(self.partnership_offer_days) * 24))
    }

    /// How people become users. Where letters leave, an address is to be confirmed by one.
    pub fn reception(&self) -> Reception {
        let usual = match &self.mail.smtp_url {
            Some(_) => Registration::Verified,
            None => Registration::Open,
        };
        let registration = self.registration.unwrap_or(usual);
        let usual = Reception::under(&self.public_url, registration);
        Reception {
            registration,
            registration_link: self.registration_url.clone().unwrap_or(usual.registration_link),
            email_link: self.email_change_url.clone().unwrap_or(usual.email_link),
        }
    }

    /// How long requests in flight may take at the end.
    pub fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds)
    }
}

/// Reads a whole number within bounds.
fn within<T>(bounds: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| {
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        number.ok_or_else(|| format!("a whole number from {} to {}", bounds.start(), bounds.end()))
    }
}

/// Reads an address to listen on.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let such_as = |_| "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080".to_string();
    text.parse().map_err(such_as)
}

/// Reads how the world reaches a server; kept letter for letter, as tokens name it.
fn public_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let such_as = || "a URL that begins with https:// or http://".to_string();
    url.map(|_| text.to_string()).ok_or_else(such_as)
}
