//! A real mail server as a process of its own (aiosmtpd), that misbehaves when it is told to.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::letters::{Arrived, letters_in, until};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/cast/smtp_server.py");

/// A certificate that speaks for this machine and for nobody else.
const CERTIFICATE: &str = "[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = mail of a test
[extensions]
subjectAltName = DNS:localhost,IP:127.0.0.1
basicConstraints = critical,CA:FALSE
";

/// A mail server.
pub struct MailServer {
    child: Child,
    port: u16,
    home: tempfile::TempDir,
}

/// Tells a story with a mail server that asks for neither TLS nor a password. Where there is none to
/// be had the story is left out; with `REQUIRE_SMTP=1` in the environment that is a failure.
pub fn with_mail_server(story: impl Fn(&MailServer)) {
    tell("plain", &story);
}

/// The same, where it wants TLS and a password: `ada@mail.example`, `hunter2`.
pub fn with_strict_mail_server(story: impl Fn(&MailServer)) {
    tell("strict", &story);
}

fn tell(kind: &str, story: &dyn Fn(&MailServer)) {
    match python() {
        Some(python) => story(&MailServer::start(python, kind)),
        None => assert!(!required(), "REQUIRE_SMTP=1, and aiosmtpd or openssl is not installed"),
    }
}

fn required() -> bool {
    std::env::var("REQUIRE_SMTP").is_ok_and(|value| value == "1")
}

/// The first Python that has what the mail server needs.
fn python() -> Option<&'static str> {
    static PYTHON: OnceLock<Option<&str>> = OnceLock::new();
    let find = || {
        let runs = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).output();
            output.is_ok_and(|output| output.status.success())
        };
        let has_it = |python: &&str| runs(python, &["-c", "import aiosmtpd.smtp"]);
        let found = ["python3", "/usr/bin/python3"].into_iter().find(has_it);
        let found = found.filter(|_| runs("openssl", &["version"]));
        if found.is_none() {
            // Past the test runner, which keeps what passing tests print to itself.
            let line = "aiosmtpd or openssl is not installed here: stories of letters are skipped";
            let _ = writeln!(std::io::stderr(), "{line}");
        }
        found
    };
    *PYTHON.get_or_init(find)
}

impl MailServer {
    fn start(python: &str, kind: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("mode"), "take").expect("a mode");
        if kind == "strict" {
            certify(home.path());
        }
        let mut child = Command::new(python)
            .arg(SERVER)
            .arg(home.path())
            .arg(kind)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("what it tells")).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the port of the mail server");
        Self { child, port, home }
    }

    /// The value of `SMTP_URL`, with what belongs behind the port.
    pub fn url(&self, credentials: &str, parameters: &str) -> String {
        format!("smtp://{credentials}127.0.0.1:{}{parameters}", self.port)
    }

    /// The flags of a server that sends by it.
    pub fn flags(&self) -> Vec<String> {
        let url = self.url("", "");
        let flags = ["--smtp-url", &url, "--mail-from", "Entente <us@example.com>"];
        // Those who play register at once.
        [&flags[..], &["--registration", "open"]].concat().into_iter().map(String::from).collect()
    }

    /// The file of its certificate.
    pub fn certificate(&self) -> String {
        self.home.path().join("cert.pem").display().to_string()
    }

    /// How it behaves from now on.
    pub fn will(&self, mode: &str) {
        let (from, to) = (self.home.path().join("next"), self.home.path().join("mode"));
        std::fs::write(&from, mode).expect("a mode");
        std::fs::rename(from, to).expect("the mode");
    }

    /// Waits for so many letters; gives all there are.
    pub fn letters(&self, many: usize) -> Vec<Arrived> {
        until(|| letters_in(self.home.path(), "eml"), |found| found.len() >= many)
    }

    /// How often somebody was named to it as a recipient.
    pub fn tried(&self) -> usize {
        let tried = std::fs::read_to_string(self.home.path().join("tried")).unwrap_or_default();
        tried.lines().count()
    }

    /// Waits until that was so often.
    pub fn tried_until(&self, many: usize) {
        until(|| self.tried(), |tried| *tried >= many);
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a certificate that is its own root.
fn certify(home: &Path) {
    std::fs::write(home.join("request"), CERTIFICATE).expect("a request");
    let words =
        "req -x509 -newkey rsa:2048 -nodes -days 2 -config request -keyout key.pem -out cert.pem";
    let made = Command::new("openssl").args(words.split(' ')).current_dir(home).output();
    let made = made.expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
