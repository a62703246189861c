//! A whole server of its own for every story: real HTTP, a real database, a clock set by hand.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use clap::{Args, Command, FromArgMatches};
use diesel::RunQueryDsl;
use entente::app;
use entente::config::Serving;
use entente::db::schema::memberships;
use entente::db::{Limits, Pool};
use entente::kernel::id::MembershipId;
use entente::kernel::time::{Clock, Instant};
use entente::users::model::Membership;
use serde_json::{Value, json};

use super::engines::on_both_engines;
use super::http::Caller;

/// The moment at which every story begins.
pub const BEGINNING: &str = "2026-03-10T12:00:00Z";

/// While the clock stands, no bucket fills: whoever asks again and again would be told to wait for ever.
const UNLIMITED: &[&str] = &[
    "--rate-limit-per-minute",
    "0",
    "--rate-limit-company-per-minute",
    "0",
    "--rate-limit-address-per-minute",
    "0",
];

/// A server, its clock, and who calls it.
pub struct World {
    /// Set by hand.
    pub clock: Clock,
    /// The database's URL, for looking behind the scenes.
    pub database_url: String,
    base: String,
    stop: mpsc::Sender<()>,
    server: Option<JoinHandle<()>>,
    /// Removed with the world.
    home: tempfile::TempDir,
    companies: AtomicU32,
}

/// Tells a story in a fresh world on each engine.
pub fn in_a_world(story: impl Fn(&World)) {
    in_a_world_with(&[], story);
}

/// The same, with flags of `entente serve`.
pub fn in_a_world_with(flags: &[&str], story: impl Fn(&World)) {
    on_both_engines(|url| {
        let world = World::start(url, flags);
        story(&world);
    });
}

/// The settings that flags of `entente serve` stand for.
pub fn settings(flags: &[&str]) -> Serving {
    let command = Command::new("serve").no_binary_name(true).args_override_self(true);
    let command = Serving::augment_args(command);
    let matches = command.try_get_matches_from(flags).expect("flags of serve");
    Serving::from_arg_matches(&matches).expect("settings")
}

impl World {
    /// Starts a server on a database, with flags of `entente serve`.
    pub fn start(url: &str, flags: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let data = home.path().display().to_string();
        let usual = ["--database-url", url, "--data-dir", &data, "--listen", "127.0.0.1:0"];
        let narrow = ["--http-workers", "1", "--db-connections", "4"];
        let all = usual.iter().chain(&narrow).chain(UNLIMITED).chain(flags);
        let all: Vec<&str> = all.copied().collect();
        let settings = settings(&all);
        let clock = Clock::manual(BEGINNING.parse().expect("a moment"));
        let (told, address) = mpsc::channel();
        let (stop, stopped) = mpsc::channel::<()>();
        let its_clock = clock.clone();
        let server = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = app::start(&settings, its_clock).await.expect("the server starts");
                told.send(running.address).expect("somebody waits for the server");
                let waited = tokio::task::spawn_blocking(move || stopped.recv());
                // The story is over when it says so, or when it failed and dropped its end.
                let _ = waited.await;
                running.stop().await.expect("the server stops");
            });
        });
        let address = address.recv().expect("the server listens");
        Self {
            clock,
            database_url: url.to_string(),
            base: format!("http://{address}"),
            stop,
            server: Some(server),
            home,
            companies: AtomicU32::new(0),
        }
    }

    /// Where the server listens: host and port.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Where letters are written to, if there is no mail server.
    pub fn outbox(&self) -> std::path::PathBuf {
        self.home.path().join("outbox")
    }

    /// Where attachments are kept, if there is no bucket.
    pub fn files(&self) -> std::path::PathBuf {
        self.home.path().join("attachments")
    }

    /// Somebody without a credential.
    pub fn nobody(&self) -> Caller {
        Caller::new(&self.base, None)
    }

    /// The owner of a new company.
    pub fn company(&self, name: &str, kind: &str) -> Caller {
        self.caller(&self.registered(name, kind))
    }

    /// A new company, and what its owner got.
    pub fn registered(&self, name: &str, kind: &str) -> Value {
        let number = self.companies.fetch_add(1, Ordering::Relaxed);
        let email = format!("{}{number}@example.com", name.to_lowercase());
        let body = json!({
            "email": email, "password": "correct horse battery", "name": format!("{name}'s owner"),
            "company": { "name": name, "kind": kind, "website": format!("https://{name}.example") },
        });
        self.nobody().post("/v1/auth/register", body, 201)
    }

    /// Whoever a sign-in answer or a newly made API key stands for.
    pub fn caller(&self, answer: &Value) -> Caller {
        let credential = answer.get("access_token").or(answer.get("secret"));
        let credential = credential.and_then(Value::as_str).expect("a credential");
        let mut caller = Caller::new(&self.base, Some(credential));
        let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).map(Into::into);
        (caller.company, caller.email) = (text("/company/id"), text("/user/email"));
        caller
    }

    /// The same person, signed in anew.
    pub fn again(&self, person: &Caller) -> Caller {
        let email = person.email.as_deref().expect("somebody who signs in");
        self.signed_in(email, person.company_id())
    }

    /// Another person of the same company, in a role.
    ///
    /// Written behind the scenes: an invitation takes a letter and two more passwords to be hashed.
    pub fn colleague(&self, of: &Caller, role: &str) -> Caller {
        let person = self.company(role, "brand");
        let me = person.get("/v1/me", 200);
        let membership = Membership {
            id: MembershipId::new(),
            company_id: of.company_id().parse().expect("a company"),
            user_id: me["user"]["id"].as_str().and_then(|id| id.parse().ok()).expect("a user"),
            role: role.parse().expect("a role"),
            created_at: self.now(),
            version: 1,
        };
        let url = self.database_url.parse().expect("a URL");
        let pool = Pool::open(&url, Limits { connections: 1, waiting: 1 }).expect("a pool");
        let written = pool.write(move |db| {
            diesel::insert_into(memberships::table).values(&membership).execute(db)?;
            Ok(())
        });
        actix_web::rt::System::new().block_on(written).expect("the membership is written");
        self.signed_in(person.email.as_deref().expect("an address"), of.company_id())
    }

    fn signed_in(&self, email: &str, company: &str) -> Caller {
        let login =
            json!({ "email": email, "password": "correct horse battery", "company_id": company });
        self.caller(&self.nobody().post("/v1/auth/login", login, 200))
    }

    /// Somebody with this credential, whatever it is worth.
    pub fn with_credential(&self, credential: &str) -> Caller {
        Caller::new(&self.base, Some(credential))
    }

    /// The present, by the world's clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.set(self.now().plus(jiff::SignedDuration::from_secs(seconds)));
    }

    /// Moves the clock to a moment.
    pub fn travel(&self, to: &str) {
        self.clock.set(to.parse().expect("a moment"));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // A server that failed has gone already, and its panic has been printed.
        let _ = self.stop.send(());
        let _ = self.server.take().map(JoinHandle::join);
    }
}
