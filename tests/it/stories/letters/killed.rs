//! The program is killed between the commit and the delivery: nothing is lost.

use serde_json::json;

use crate::cast::engines::on_both_engines;
use crate::cast::letters::until;
use crate::cast::process::Process;
use crate::cast::smtp::{MailServer, with_mail_server};

/// Registers somebody who then does not know their password any more.
fn forgetful(process: &Process) {
    let body = json!({
        "email": "ada@acme.example", "password": "correct horse battery", "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    });
    process.caller(None).post("/v1/auth/register", body, 201);
    let wish = json!({ "email": "ada@acme.example" });
    process.caller(None).post("/v1/auth/password-resets", wish, 202);
}

/// Tells what happens with a server that has much patience and short leases, and how to start it anew.
fn told(server: &MailServer, lease: &str, story: impl Fn(&dyn Fn(&[&str]) -> Process)) {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let flags = server.flags();
        let start = |more: &[&str]| {
            let mut all: Vec<&str> = flags.iter().map(String::as_str).collect();
            all.extend(["--job-lease-ms", lease, "--smtp-seconds", "60"]);
            all.extend(more);
            Process::serve(url, home.path(), &all)
        };
        story(&start);
    });
}

#[test]
fn a_server_that_is_killed_with_letters_in_hand_loses_none() {
    with_mail_server(|server| {
        told(server, "300", |start| {
            let (before, tried) = (server.letters(0).len(), server.tried());
            server.will("hang");
            let process = start(&[]);
            forgetful(&process);
            server.tried_until(tried + 1);
            process.kill();
            assert_eq!(server.letters(0).len(), before, "it was killed too late");
            server.will("take");
            let process = start(&[]);
            let letter = server.letters(before + 1).pop().expect("one");
            assert_eq!(letter.header("X-To"), "ada@acme.example");
            let confirmed = json!({ "token": letter.token(), "password": "another horse battery" });
            process.caller(None).post("/v1/auth/password-resets/confirm", confirmed, 204);
            server.letters(before + 2);
        });
    });
}

#[test]
fn a_wish_that_was_heard_is_answered_though_the_server_was_killed_at_once() {
    with_mail_server(|server| {
        told(server, "300", |start| {
            let before = server.letters(0).len();
            let process = start(&["--no-jobs"]);
            forgetful(&process);
            process.kill();
            let _process = start(&[]);
            let letter = server.letters(before + 1).pop().expect("one");
            assert_eq!(letter.header("Subject"), "Choose a new password");
        });
    });
}

#[test]
fn a_letter_whose_end_nobody_wrote_down_comes_again_under_the_same_name() {
    with_mail_server(|server| {
        told(server, "300", |start| {
            let before = server.letters(0).len();
            server.will("take and be silent");
            let process = start(&[]);
            forgetful(&process);
            server.letters(before + 1);
            process.kill();
            server.will("take");
            let process = start(&[]);
            let letters = server.letters(before + 2).split_off(before);
            let name = |at: usize| letters[at].header("Message-ID");
            assert_eq!(name(0), name(1));
            assert_eq!(letters[0].token(), letters[1].token());
            drop(process);
        });
    });
}

#[test]
fn a_server_that_is_stopped_gives_back_what_it_has_in_hand() {
    with_mail_server(|server| {
        told(server, "600000", |start| {
            let (before, tried) = (server.letters(0).len(), server.tried());
            server.will("hang");
            let process = start(&[]);
            forgetful(&process);
            server.tried_until(tried + 1);
            assert!(process.terminate().success());
            server.will("take");
            // The lease would last for ten minutes.
            let _process = start(&[]);
            until(|| server.letters(0).len(), |letters| *letters == before + 1);
        });
    });
}
