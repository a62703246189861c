//! The real program as a process of its own, for tests that kill it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use super::http::Caller;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_entente");

/// A running `entente serve`.
pub struct Process {
    child: Child,
    base: String,
    /// Reads what it logs, which would wait for a reader otherwise; gives all of it in the end.
    log: Option<JoinHandle<Vec<String>>>,
}

impl Process {
    /// Starts it and waits until it listens.
    pub fn serve(database_url: &str, home: &Path, flags: &[&str]) -> Self {
        Self::serve_with(&[], database_url, home, flags)
    }

    /// The same, with settings from the environment.
    pub fn serve_with(
        settings: &[(&str, &str)],
        database_url: &str,
        home: &Path,
        flags: &[&str],
    ) -> Self {
        let mut command = Command::new(PROGRAM);
        command
            .arg("serve")
            .args(flags)
            .env("DATABASE_URL", database_url)
            .env("DATA_DIR", home.join("data"))
            .envs([("LISTEN", "127.0.0.1:0"), ("HTTP_WORKERS", "1"), ("DB_CONNECTIONS", "4")])
            .env("RUST_LOG", "info")
            // Tests ask again and again, as fast as they can.
            .envs(
                ["", "_COMPANY", "_ADDRESS"].map(|of| (format!("RATE_LIMIT{of}_PER_MINUTE"), "0")),
            )
            .envs(settings.iter().copied());
        Self::start(&mut command)
    }

    /// Starts a server, whatever its settings, and waits until it says where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut log = BufReader::new(child.stderr.take().expect("its log")).lines();
        let mut seen = Vec::new();
        let base = loop {
            let Some(Ok(line)) = log.next() else { panic!("it never listened: {seen:#?}") };
            seen.push(line);
            let address = seen.last().and_then(|line| line.split_once("listening on "));
            if let Some((_, rest)) = address {
                break rest.split(';').next().unwrap_or_default().to_string();
            }
        };
        let log = std::thread::spawn(move || {
            seen.extend(log.map_while(Result::ok));
            seen
        });
        Self { child, base, log: Some(log) }
    }

    /// Where it listens.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Somebody with a credential.
    pub fn caller(&self, credential: Option<&str>) -> Caller {
        Caller::new(&self.base, credential)
    }

    /// The most memory it has had so far, in bytes.
    pub fn peak(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("its status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse::<u64>().ok()).expect("a number of kB") * 1024
    }

    /// Forgets the most memory it has had, which begins anew with what it has now.
    pub fn forget_peak(&self) {
        let path = format!("/proc/{}/clear_refs", self.child.id());
        std::fs::write(path, "5").expect("its peak is forgotten");
    }

    /// Kills it as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    /// Tells it to stop, as an operator would, and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        self.stopped("-TERM")
    }

    /// The same, as Ctrl-C does it.
    pub fn interrupt(mut self) -> ExitStatus {
        self.stopped("-INT")
    }

    /// The same; gives what it has logged.
    pub fn log(mut self) -> Vec<String> {
        assert!(self.stopped("-TERM").success(), "it ended badly");
        let log = self.log.take().expect("nobody has read it yet");
        log.join().expect("its log is read")
    }

    fn stopped(&mut self, signal: &str) -> ExitStatus {
        stopped(&mut self.child, signal)
    }

    fn end(&mut self) {
        // It may have gone already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sends a signal that means to stop, and waits until it has.
pub fn stopped(child: &mut Child, signal: &str) -> ExitStatus {
    let told = Command::new("kill").arg(signal).arg(child.id().to_string()).status();
    assert!(told.expect("kill runs").success(), "it was there to be told");
    let began = std::time::Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("its status") {
            return status;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "it does not stop");
        std::thread::yield_now();
    }
}

/// The ledger's sums are the current values.
pub fn adds_up(database_url: &str, home: &Path) {
    let (code, told) = run(database_url, home, &["verify"]);
    assert_eq!(code, 0, "{told}");
}

/// Runs a command of the program to its end; gives its exit code and what it printed.
pub fn run(database_url: &str, home: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .env("DATABASE_URL", database_url)
        .env("DATA_DIR", home.join("data"))
        .env("RUST_LOG", "warn")
        .output()
        .expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.code().unwrap_or(-1), text)
}
