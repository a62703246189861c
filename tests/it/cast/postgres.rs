//! A private PostgreSQL for one run of the tests, gone when the run is.
//!
//! The server belongs to a small shell that waits on a pipe held by this process. When this process
//! ends, however it ends, the pipe closes, and the shell stops the server and removes its files.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// A running server.
pub struct Server {
    home: PathBuf,
    admin: Mutex<PgConnection>,
    made: AtomicU32,
    /// Holds the pipe it listens to; never dropped, as this is kept until the process ends.
    _watchdog: Child,
}

/// The server of this run; `None` where PostgreSQL is not installed.
///
/// With `REQUIRE_POSTGRES=1` in the environment its absence is a failure.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start = || match programs() {
        Some(programs) => Some(Server::start(&programs)),
        None => {
            assert!(!required(), "REQUIRE_POSTGRES=1, and PostgreSQL is not installed here");
            say("PostgreSQL is not installed here: its half of the tests is skipped");
            None
        }
    };
    SERVER.get_or_init(start).as_ref()
}

fn required() -> bool {
    std::env::var("REQUIRE_POSTGRES").is_ok_and(|value| value == "1")
}

/// Past the test runner, which keeps what passing tests print to itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

impl Server {
    fn start(programs: &Path) -> Self {
        let home = tempfile::Builder::new().prefix("entente-pg-").tempdir().expect("a directory");
        let home = home.keep();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(&home, open).expect("a directory the server may write to");
        let watchdog = watchdog(programs, &home);
        let mut admin = connect(&url_of(&home, "postgres"));
        admin.batch_execute("CREATE DATABASE migrated").expect("a database to copy");
        let url = url_of(&home, "migrated").parse().expect("a PostgreSQL URL");
        entente::db::migrate::up(&url).expect("the migrations run on PostgreSQL");
        Self { home, admin: Mutex::new(admin), made: AtomicU32::new(0), _watchdog: watchdog }
    }

    /// A new migrated database; gives its URL.
    pub fn fresh_database(&self) -> String {
        self.database("migrated")
    }

    /// A new database without any table; gives its URL.
    pub fn empty_database(&self) -> String {
        self.database("template1")
    }

    fn database(&self, template: &str) -> String {
        let name = format!("t{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.admin()
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .expect("a new database");
        url_of(&self.home, &name)
    }

    /// Throws a database away, whoever is still connected to it.
    pub fn drop_database(&self, url: &str) {
        let name = url.split(['/', '?']).nth(3).expect("a URL made here");
        self.admin()
            .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .expect("the database goes");
    }

    /// How many databases were made so far.
    pub fn databases_made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    fn admin(&self) -> MutexGuard<'_, PgConnection> {
        self.admin.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn url_of(home: &Path, database: &str) -> String {
    format!("postgres://postgres@/{database}?host={}", home.display())
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the server answers")
}

/// Makes a cluster, starts it, says so, waits for the end of its input, and cleans up.
///
/// `$1` is the directory of PostgreSQL's programs, `$2` the cluster's. The server refuses to run as
/// root, so root hands it to the user `postgres`.
const WATCHDOG: &str = r#"
# Nothing ends it before its work: not an interrupt, not a reader that went away.
trap '' HUP INT TERM PIPE
programs=$1 home=$2
cd "$home"
if [ "$(id -u)" = 0 ]; then
    as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
else
    as() { "$@"; }
fi
begin() {
    mkdir data && chmod 700 data || return
    if [ "$(id -u)" = 0 ]; then chown postgres data || return; fi
    # The locale sorts as people do, not by bytes, so that a missing COLLATE shows.
    set -- -D data -U postgres -A trust -E UTF8 --no-sync
    as "$programs/initdb" "$@" --locale-provider=icu --icu-locale=en-US --locale=C ||
        as "$programs/initdb" "$@" --locale=C || return
    as "$programs/pg_ctl" start -w -t 60 -D data -l log -o "-c listen_addresses='' \
        -c unix_socket_directories='$home' -c fsync=off -c full_page_writes=off \
        -c synchronous_commit=off -c max_connections=200"
}
if begin >>begin.log 2>&1; then
    echo ready
    cat >/dev/null
    as "$programs/pg_ctl" stop -w -m immediate -D data >/dev/null 2>&1
else
    cat begin.log log 2>/dev/null
fi
cd /
rm -rf "$home"
"#;

fn watchdog(programs: &Path, home: &Path) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", WATCHDOG, "watchdog"]).args([programs, home]);
    // A group of its own: an interrupt from the terminal ends the tests, and they end it.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut shell = shell.spawn().expect("a shell");
    let mut said = BufReader::new(shell.stdout.take().expect("its output"));
    let mut first = String::new();
    said.read_line(&mut first).expect("a first line");
    if first.trim() != "ready" {
        let rest: Vec<_> = said.lines().map_while(Result::ok).collect();
        panic!("PostgreSQL is installed here and does not start:\n{first}{}", rest.join("\n"));
    }
    shell
}

/// The directory of `initdb`, `pg_ctl` and the server itself.
pub fn programs() -> Option<PathBuf> {
    let named = std::env::var_os("PGBIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    named
        .into_iter()
        .chain(told_by_pg_config())
        .chain(kept_by_debian())
        .chain(std::env::split_paths(&path))
        .find(|folder| ["initdb", "pg_ctl"].iter().all(|name| folder.join(name).is_file()))
}

fn told_by_pg_config() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(String::from_utf8(told.stdout).ok()?.trim().into())
}

/// Every version, the newest first.
fn kept_by_debian() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    folders
}

fn version(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}

/// The proof, for whoever reads the log, that the other half ran.
#[test]
fn postgres_took_part() {
    let Some(server) = server() else { return };
    let url = server.fresh_database();
    connect(&url).batch_execute("SELECT 1 FROM companies").expect("a migrated table");
    server.drop_database(&url);
    assert!(server.databases_made() > 0);
    say("PostgreSQL takes part: its half of the tests runs");
}
