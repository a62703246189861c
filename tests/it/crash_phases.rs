//! The program is killed in each phase of a batch's life, one after the other: while its bytes come
//! in, before its answer is read, while it is read, in its first chunk, between chunks, at its end.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use entente::db::Db;
use entente::db::schema::reversal_parts;
use entente::kernel::time::Clock;
use entente::reversals::parts;
use jiff::SignedDuration;
use serde_json::Value;

use crate::cast::batch::{
    applied, each_line_has_one_outcome, is_completed, only, submitted, until,
};
use crate::cast::deal::id;
use crate::cast::engines::on_both_engines;
use crate::cast::http::{Answer, Caller};
use crate::cast::orders::{each_is_lowered, lowering, tracked_orders};
use crate::cast::process::{Process, adds_up};

/// Orders in a batch.
const ORDERS: usize = 60;
/// Lines in a chunk.
const CHUNK: usize = 10;
/// A short lease, so that there is little to wait for.
const FLAGS: &[&str] = &["--reversal-chunk-lines", "10", "--job-lease-ms", "150"];
/// Empty lines, which make a file long to send and to read.
const LONG: usize = 5 << 19;

/// A server that is killed and started again, and a brand that tells by its orders what was done.
struct Story<'a> {
    url: &'a str,
    home: &'a Path,
    credential: String,
    process: Option<Process>,
}

impl<'a> Story<'a> {
    fn of(url: &'a str, home: &'a Path) -> Self {
        let process = Process::serve(url, home, FLAGS);
        let (credential, _) = tracked_orders(&process.caller(None), ORDERS);
        Self { url, home, credential, process: Some(process) }
    }

    fn acme(&self) -> Caller {
        self.process.as_ref().expect("it runs").caller(Some(&self.credential))
    }

    /// Pulls the plug, looks at what is left, and starts anew.
    fn interrupt(&mut self) {
        self.process.take().expect("it runs").kill();
        adds_up(self.url, self.home);
        self.process = Some(Process::serve(self.url, self.home, FLAGS));
    }

    /// Begins to send a batch and says nothing of its last bytes.
    fn begin(&self, key: &str, file: &str, held_back: usize) -> TcpStream {
        let base = self.process.as_ref().expect("it runs").base();
        let host = base.strip_prefix("http://").expect("a base");
        let mut line = TcpStream::connect(host).expect("a connection");
        let head = format!(
            "POST /v1/reversals?force=true HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/csv\r\n\
             Authorization: Bearer {}\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
            self.credential,
            file.len()
        );
        line.write_all(head.as_bytes()).expect("it listens");
        line.write_all(&file.as_bytes()[..file.len() - held_back]).expect("it listens");
        line
    }

    /// Sends the same again, in one go.
    fn repeat(&self, key: &str, file: &str) -> Answer {
        let headers = [("Content-Type", "text/csv"), ("Idempotency-Key", key)];
        let path = "/v1/reversals?force=true";
        let answer = self.acme().send("POST", path, &headers, file.as_bytes());
        assert!([200, 202].contains(&answer.status), "{}", answer.text);
        answer
    }

    /// So many batches were received, and each did each of its lines once.
    fn came_to(&self, batches: usize) {
        let acme = self.acme();
        let all = acme.all("/v1/reversals");
        assert_eq!(all.len(), batches);
        for batch in &all {
            let path = format!("/v1/reversals/{}", id(batch));
            let done = until(&acme, &path, is_completed);
            assert_eq!((applied(&done), &done["counts"]["total"]), (ORDERS, &ORDERS.into()));
            each_line_has_one_outcome(&acme, &path, ORDERS);
        }
        each_is_lowered(&acme, ORDERS, batches);
    }

    fn end(mut self) {
        drop(self.process.take());
        adds_up(self.url, self.home);
    }

    fn database(&self) -> Db {
        match self.url.strip_prefix("sqlite://") {
            Some(file) => {
                let mut connection = SqliteConnection::establish(file).expect("a file");
                connection.batch_execute("PRAGMA busy_timeout = 5000").expect("patience");
                Db::Sqlite(connection)
            }
            None => Db::Postgres(PgConnection::establish(self.url).expect("a server")),
        }
    }

    fn parts(&self) -> i64 {
        reversal_parts::table.count().get_result(&mut self.database()).expect("a number")
    }

    fn until_stored(&self, parts: i64) {
        let began = Instant::now();
        while self.parts() < parts {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing is stored");
        }
    }
}

fn file() -> String {
    lowering(ORDERS, &["ORDER_ERROR"])
}

fn long_file() -> String {
    file() + &"\n".repeat(LONG)
}

#[test]
fn an_upload_that_was_cut_off_leaves_nothing_and_comes_again_as_one_batch() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let mut story = Story::of(url, home.path());
        let line = story.begin("nightly", &long_file(), 1 << 19);
        story.until_stored(2);
        story.interrupt();
        drop(line);
        assert!(story.acme().all("/v1/reversals").is_empty(), "half a batch is none");
        let later = Clock::System.now().plus(SignedDuration::from_hours(2));
        assert_eq!(parts::sweep(&mut story.database(), later).expect("it sweeps"), 2);
        assert_eq!(story.parts(), 0);

        story.repeat("nightly", &long_file());
        story.came_to(1);
        assert_eq!(story.repeat("nightly", &long_file()).header("Idempotency-Replayed"), "true");
        story.came_to(1);
        story.end();
    });
}

#[test]
fn a_batch_whose_answer_nobody_read_is_there_once() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let mut story = Story::of(url, home.path());
        // It was received, and that was not heard of.
        let line = story.begin("heard", &file(), 0);
        let batch = only(&story.acme());
        story.interrupt();
        drop(line);
        let answer = story.repeat("heard", &file());
        assert_eq!(answer.header("Idempotency-Replayed"), "true");
        assert_eq!(format!("/v1/reversals/{}", id(&answer.json())), batch);
        story.came_to(1);

        // Between the last part and the answer: received or not, nobody knows.
        for round in 1..4_usize {
            let key = format!("unheard-{round}");
            let mut line = story.begin(&key, &file(), 1);
            line.write_all(b"\n").expect("it listens");
            // Each time a little later: by as many answers as the server has given meanwhile.
            for _ in 1..round {
                story.acme().get("/v1/reversals", 200);
            }
            story.interrupt();
            drop(line);
            story.repeat(&key, &file());
            story.came_to(round + 1);
        }
        story.end();
    });
}

#[test]
fn a_batch_survives_a_kill_in_each_phase() {
    /// Whether a batch has come to a phase.
    type Phase = fn(&Value) -> bool;
    let phases: [(&str, String, Phase); 5] = [
        ("received", file(), |_| true),
        ("being read", long_file(), |state| state["status"] == "processing"),
        ("in its first chunk", file(), |state| !state["counts"]["total"].is_null()),
        ("between chunks", file(), |state| applied(state) >= CHUNK),
        ("at its end", file(), |state| applied(state) > ORDERS - 2 * CHUNK),
    ];
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let mut story = Story::of(url, home.path());
        for (batches, (phase, file, reached)) in (1..).zip(&phases) {
            let batch = submitted(&story.acme(), "?force=true", file);
            let state = until(&story.acme(), &batch, reached);
            if *phase == "being read" {
                assert!(state["counts"]["total"].is_null(), "it was read already");
            }
            story.interrupt();
            story.came_to(batches);
        }
        story.end();
    });
}
