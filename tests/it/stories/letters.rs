//! Letters go to a real mail server, whatever it answers, or into a folder.

mod killed;
mod shared;

use std::os::unix::fs::PermissionsExt;

use entente::config::Serving;
use entente::kernel::time::Instant;
use entente::mail::model::Letter;
use entente::mail::office::Office;
use entente::mail::store;
use serde_json::json;

use crate::cast::deal::run;
use crate::cast::letters::{all_letters, letters_in, until};
use crate::cast::smtp::{MailServer, with_mail_server, with_strict_mail_server};
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world, in_a_world_with, settings};

/// A letter that nobody has to get.
fn news(to: &str) -> Letter {
    let link = "https://entente.example/unsubscribe?t=1";
    Letter {
        to: to.into(),
        user_id: None,
        subject: "News of the day".into(),
        text: format!("Something happened.\n.\nNo more of this: {link}\n"),
        html: format!("<p>Something happened.</p><a href=\"{link}\">No more of this</a>"),
        unsubscribe: Some(link.into()),
    }
}

/// Posts letters, as a transaction of the program would.
fn post(world: &World, letters: Vec<Letter>) {
    let now = world.now();
    run(world, async |pool| {
        let post = move |db: &mut entente::db::Db| {
            letters.iter().try_for_each(|letter| store::post(db, letter, now).map(drop))
        };
        pool.write(post).await.expect("they are posted");
    });
}

/// What became of all letters, in the order of their addresses.
fn fates(world: &World) -> Vec<String> {
    let columns = "address || ' ' || status || ' ' || attempts";
    texts(world, &format!("SELECT {columns} AS text FROM mails ORDER BY address"))
}

/// Waits until that is what became of them.
fn until_fates(world: &World, expected: &[&str]) {
    until(|| fates(world), |fates| fates == expected);
}

/// A world that sends by a mail server.
fn sending(server: &MailServer, more: &[&str], story: impl Fn(&World)) {
    let flags = server.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).chain(more.iter().copied()).collect();
    in_a_world_with(&flags, story);
}

#[test]
fn a_letter_goes_out_over_tls_and_with_credentials() {
    with_strict_mail_server(|server| {
        let taken = std::cell::Cell::new(0);
        let url = server.url("ada%40mail.example:hunter2@", "?tls=required");
        let certificate = server.certificate();
        let flags = ["--smtp-url", &url, "--smtp-ca-file", &certificate];
        let from = ["--mail-from", "Entente <us@example.com>", "--public-url", "https://e.example"];
        in_a_world_with(&[flags, from].concat(), |world| {
            post(world, vec![news("ada@acme.example")]);
            let why = "SELECT COALESCE(last_error, status) AS text FROM mails";
            until(|| texts(world, why), |why| why == &["sent"]);
            taken.set(taken.get() + 1);
            let letter = server.letters(taken.get()).pop().expect("one");
            for (name, value) in [
                ("X-Tls", "True"),
                ("X-Login", "ada@mail.example"),
                ("X-From", "us@example.com"),
                ("X-To", "ada@acme.example"),
                ("From", "Entente <us@example.com>"),
                ("To", "ada@acme.example"),
                ("Subject", "News of the day"),
                ("Date", "Tue, 10 Mar 2026 12:00:00 +0000"),
                ("Auto-Submitted", "auto-generated"),
                ("List-Unsubscribe", "<https://entente.example/unsubscribe?t=1>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ] {
                assert_eq!(letter.header(name), value, "{name} of {}", letter.text);
            }
            let id = letter.header("Message-ID");
            assert!(id.starts_with("<mail_") && id.ends_with("@e.example>"), "{id}");
            assert!(letter.text.contains("Content-Type: text/plain"), "{}", letter.text);
            assert!(letter.text.contains("<p>Something happened.</p>"), "{}", letter.text);
            until_fates(world, &["ada@acme.example sent 1"]);
            // What it said is not kept.
            let kept = "SELECT text || html || COALESCE(unsubscribe, '') AS text FROM mails";
            assert_eq!(texts(world, kept), [""]);
        });
    });
}

#[test]
fn a_server_that_is_not_trusted_or_does_not_know_us_gets_no_letter_and_loses_none() {
    with_strict_mail_server(|server| {
        let certificate = server.certificate();
        let known = server.url("ada%40mail.example:hunter2@", "?tls=required");
        let wrong = server.url("ada%40mail.example:wrong@", "?tls=required");
        let none = server.url("", "?tls=required");
        for (url, trusted) in [(&known, false), (&wrong, true), (&none, true)] {
            let mut flags = vec!["--smtp-url", url, "--mail-from", "us@example.com"];
            if trusted {
                flags.extend(["--smtp-ca-file", &certificate]);
            }
            in_a_world_with(&flags, |world| {
                post(world, vec![news("ada@acme.example")]);
                until_fates(world, &["ada@acme.example waiting 1"]);
                let why = "SELECT last_error AS text FROM mails WHERE last_error IS NOT NULL";
                let why = until(|| texts(world, why), |why| why.len() == 1);
                assert!(!why[0].contains("hunter2") && !why[0].contains("wrong"), "{why:?}");
            });
        }
        assert_eq!(server.tried(), 0);
    });
}

#[test]
fn a_letter_that_is_refused_for_good_bounces_and_is_not_tried_again() {
    with_mail_server(|server| {
        sending(server, &[], |world| {
            let before = server.tried();
            server.will("refuse one");
            post(world, vec![news("acme@acme.example"), news("bolt@bolt.example")]);
            let expected = ["acme@acme.example failed 1", "bolt@bolt.example sent 1"];
            until_fates(world, &expected);
            let why = texts(world, "SELECT last_error AS text FROM mails WHERE status = 'failed'");
            assert!(why[0].contains("nobody here has this address"), "{why:?}");
            let kept = texts(world, "SELECT text || html AS text FROM mails");
            assert_eq!(kept, ["", ""], "what they said is not kept");

            // Another one later is all that is tried then.
            server.will("take");
            world.travel("2026-03-11T12:00:00Z");
            post(world, vec![news("crow@crow.example")]);
            until_fates(world, &[expected[0], expected[1], "crow@crow.example sent 1"]);
            assert_eq!(server.tried(), before + 3);
        });
    });
}

#[test]
fn a_letter_to_no_address_fails_by_itself() {
    in_a_world(|world| {
        post(world, vec![news("nobody"), news("bolt@bolt.example")]);
        until_fates(world, &["bolt@bolt.example sent 1", "nobody failed 1"]);
    });
}

#[test]
fn a_letter_that_is_put_off_is_tried_at_growing_gaps_for_two_days() {
    with_mail_server(|server| {
        sending(server, &[], |world| {
            server.will("defer");
            let begin = world.now().micros();
            let after = |minutes: i64| {
                world.clock.set(Instant::from_micros(begin + minutes * 60_000_000));
            };
            let next = || texts(world, "SELECT 'one' AS text FROM mails WHERE lease_until IS NULL");
            post(world, vec![news("ada@acme.example")]);
            let mut minutes = 0;
            for (attempt, gap) in [0, 1, 2, 4, 8].into_iter().enumerate() {
                minutes += gap;
                after(minutes);
                until_fates(world, &[&format!("ada@acme.example waiting {}", attempt + 1)]);
                until(next, |free| free.len() == 1);
            }
            // Nobody has to go through all of it: two days are over at once.
            after(48 * 60);
            until_fates(world, &["ada@acme.example failed 6"]);

            after(50 * 60);
            post(world, vec![news("bolt@bolt.example")]);
            until_fates(world, &["ada@acme.example failed 6", "bolt@bolt.example waiting 1"]);
            until(next, |free| free.len() == 2);
            server.will("take");
            after(50 * 60 + 1);
            until_fates(world, &["ada@acme.example failed 6", "bolt@bolt.example sent 2"]);
        });
    });
}

#[test]
fn a_server_that_hangs_or_hangs_up_gets_the_letter_the_next_time() {
    with_mail_server(|server| {
        for mode in ["hang", "close"] {
            sending(server, &["--smtp-seconds", "1"], |world| {
                server.will(mode);
                post(world, vec![news("ada@acme.example")]);
                let why = "SELECT last_error AS text FROM mails WHERE last_error IS NOT NULL";
                until(|| texts(world, why), |why| why.len() == 1);
                until_fates(world, &["ada@acme.example waiting 1"]);
                server.will("take");
                world.travel("2026-03-10T12:01:00Z");
                until_fates(world, &["ada@acme.example sent 2"]);
            });
        }
    });
}

#[test]
fn without_a_mail_server_a_letter_is_a_file_that_only_its_owner_reads() {
    in_a_world(|world| {
        post(world, vec![news("ada@acme.example")]);
        let letter = all_letters(&world.outbox(), 1).pop().expect("one");
        assert_eq!(letter.header("To"), "ada@acme.example");
        assert_eq!(letter.header("From"), "Entente <entente@localhost>");
        until_fates(world, &["ada@acme.example sent 1"]);
        let files: Vec<_> =
            std::fs::read_dir(world.outbox()).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let name = files[0].file_name().into_string().unwrap();
        assert!(letter.header("Message-ID").contains(name.trim_end_matches(".eml")), "{name}");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    });
}

#[test]
fn a_server_without_background_work_leaves_letters_to_others() {
    in_a_world_with(&["--no-jobs"], |world| {
        world.company("Acme", "brand");
        let wish = json!({ "email": "acme0@example.com" });
        world.nobody().post("/v1/auth/password-resets", wish, 202);
        post(world, vec![news("ada@acme.example")]);
        let (beside, url) = (tempfile::tempdir().unwrap(), world.database_url.clone());
        let home = beside.path().display().to_string();
        let other = World::start(&url, &["--jobs-only", "--data-dir", &home]);
        // Each is set by hand, and stands at the same moment.
        all_letters(&beside.path().join("outbox"), 2);
        drop(other);
        assert!(letters_in(&world.outbox(), "eml").is_empty());
    });
}

#[test]
fn the_trust_root_of_the_mail_server_is_read_at_the_start() {
    let home = tempfile::tempdir().expect("a folder");
    let open = |content: Option<&str>| {
        let file = home.path().join("roots.pem");
        let file = file.display().to_string();
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let flags = ["--smtp-url", "smtp://127.0.0.1:1?tls=required", "--mail-from", "a@b.example"];
        let settings: Serving = settings(&[&flags[..], &["--smtp-ca-file", &file]].concat());
        let opened = Office::open(&settings.mail, home.path(), "https://entente.example");
        opened
            .map(drop)
            .map_err(|error| format!("{:#}", std::error::Error::source(&error).unwrap()))
    };
    let runtime = actix_web::rt::System::new();
    runtime.block_on(async {
        let missing = open(None).unwrap_err();
        assert!(missing.contains("SMTP_CA_FILE: ") && missing.contains("roots.pem"), "{missing}");
        let wrong = open(Some("nonsense")).unwrap_err();
        assert!(wrong.contains("no certificate in PEM is in it"), "{wrong}");
    });
}
