//! A server in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Runs until it is dropped.
pub struct Server {
    child: Child,
    pub base: String,
    _home: tempfile::TempDir,
}

impl Server {
    /// The product.
    pub fn product(url: &str, flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(flags);
        // Fewer requests than it can answer would be measured.
        for limit in ["", "_COMPANY", "_ADDRESS"] {
            command.env(format!("RATE_LIMIT{limit}_PER_MINUTE"), "0");
        }
        Self::start(command, url)
    }

    /// This program once more, as the smallest one of its kind.
    pub fn limit(url: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--serve-limit", url]);
        Self::start(command, url)
    }

    fn start(mut command: Command, url: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        command.env("DATABASE_URL", url).env("DATA_DIR", home.path());
        // The log line that tells the address, and none for each request.
        command.env("RUST_LOG", "warn,entente::command=info").stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let base = loop {
            let line = lines.next().expect("the server listens").unwrap();
            if let Some((_, rest)) = line.split_once("listening on http://") {
                break rest.split(';').next().unwrap().to_string();
            }
        };
        // What it complains of is seen.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| eprintln!("{line}"));
        });
        Self { child, base, _home: home }
    }

    /// The number of its process.
    pub fn process(&self) -> String {
        self.child.id().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(Some(status)) = self.child.try_wait() {
            eprintln!("a server ended by itself: {status}");
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
