//! The verifier that the Standard Webhooks publish for JavaScript takes what is sent.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::process::Process;
use crate::docs::{path, read};

/// The example of a receiver, as a process of its own.
struct Script {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Script {
    /// Starts it with a secret.
    fn start(secret: &str) -> Self {
        let mut child = Command::new("node")
            .arg(path("examples/webhooks/receiver.js"))
            .env("WEBHOOK_SECRET", secret)
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.next().expect("a line").expect("a text");
        let port = first.strip_prefix("listening on ").expect("its port").parse().expect("a port");
        Self { child, lines, port }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What it says next.
    fn says(&mut self) -> String {
        self.lines.next().expect("it goes on").expect("a text")
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there is a verifier; without one this is told, and fails where it is required.
fn is_there() -> bool {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    let modules = path("examples/webhooks/node_modules/standardwebhooks").exists();
    if node.is_ok_and(|status| status.success()) && modules {
        return true;
    }
    let missing = "the verifier is missing: install Node, and in examples/webhooks run: npm ci";
    assert!(std::env::var("REQUIRE_VERIFIER").is_err(), "{missing}");
    eprintln!("left out: {missing}");
    false
}

fn registered(process: &Process) -> Caller {
    let body = json!({
        "email": "acme@example.com", "password": "correct horse battery", "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    });
    let told = process.caller(None).post("/v1/auth/register", body, 201);
    process.caller(told["access_token"].as_str())
}

fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().expect("a text").to_string()
}

#[test]
fn the_published_verifier_takes_what_is_sent_before_during_and_after_a_rotation() {
    if !is_there() {
        return;
    }
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), &["--webhook-private-targets"]);
        let acme = registered(&process);
        let nowhere = json!({ "url": "http://127.0.0.1:9/", "event_types": ["program.*"] });
        let made = acme.post("/v1/webhook-endpoints", nowhere, 201);
        let endpoint = format!("/v1/webhook-endpoints/{}", text(&made, "id"));
        let program = json!({ "name": "Schuhe & Hüte 👟", "currency": "EUR", "time_zone": "UTC" });
        let test = format!("{endpoint}/test");
        let to = |script: &Script| json!({ "url": script.url() });

        let mut first = Script::start(&text(&made, "secret"));
        acme.patch(&endpoint, to(&first), 200);
        acme.post("/v1/programs", program.clone(), 201);
        let said = first.says();
        assert!(said.starts_with("took program.created evn_"), "{said}");

        let rotated = acme.post(&format!("{endpoint}/rotate-secret"), json!({}), 200);
        assert_eq!(acme.post(&test, json!({}), 200)["delivered"], true, "the old secret counts");
        assert!(first.says().starts_with("took webhook.test "));
        let mut second = Script::start(&text(&rotated, "secret"));
        acme.patch(&endpoint, to(&second), 200);
        acme.post("/v1/programs", program.clone(), 201);
        assert!(second.says().starts_with("took program.created "));

        // It would not take anything: with another secret it refuses.
        let mut other = Script::start("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        acme.patch(&endpoint, to(&other), 200);
        let refused = acme.post(&test, json!({}), 200);
        assert_eq!((&refused["delivered"], &refused["status"]), (&json!(false), &json!(400)));
        assert!(other.says().starts_with("refused "));
    });
}

#[test]
fn the_guide_shows_the_receiver_as_it_is() {
    let script = read("examples/webhooks/receiver.js");
    assert!(read("docs/webhooks.md").contains(&format!("```js\n{script}```")));
}
