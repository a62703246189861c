//! What comes round every minute: each round does all that is due, and a server goes its first one
//! when it starts.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use entente::access::token::Tokens;
use entente::access::{Gate, Vault};
use entente::db::Pool;
use entente::db::schema::{idempotency_keys, sessions};
use entente::http::metrics::Metrics;
use entente::jobs::rounds::{MINUTE, Rounds};
use entente::users::model::{Reception, Registration};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::cast::deal::{Deal, meddle, run};
use crate::cast::process::Process;
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// The rounds that a server of this world would go.
fn rounds(world: &World, pool: &Pool) -> Rounds {
    let tokens = Tokens::new(&[7; 32], "https://entente.example").expect("tokens");
    let reception = Reception::under("https://entente.example", Registration::Open);
    let vault = Vault::new(&[7; 32]).expect("a vault");
    let gate = Gate::new(pool.clone(), world.clock.clone(), tokens, reception, vault);
    let gate = Arc::new(gate.expect("a gate"));
    let (pool, clock, metrics) = (pool.clone(), world.clock.clone(), Arc::<Metrics>::default());
    Rounds { pool, clock, gate, metrics, audit_days: 730, event_days: 90 }
}

/// Goes one round, by the world's clock, after a request with a credential was let in; gives the
/// figures of it.
fn round(world: &World, credential: Option<&str>) -> String {
    run(world, async |pool: &Pool| {
        let rounds = rounds(world, pool);
        if let Some(credential) = credential {
            rounds.gate.admit(Some(&format!("Bearer {credential}"))).await.expect("it counts");
        }
        rounds.once().await;
        rounds.metrics.text(rounds.gate.load()).expect("figures")
    })
}

#[test]
fn a_round_ends_holds_locks_what_is_due_and_clears_it() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let (sale, held) = (deal.tracked("A-1"), deal.tracked("A-2"));
        let later = deal.tracked_at("A-3", "2026-03-10T10:00:00Z");
        deal.acme.post(&format!("{held}/hold"), json!({ "reason": "why" }), 200);
        let done = |action: &str| -> Vec<String> {
            let entries = deal.bolt.all(&format!("{action}/updates"));
            let word = |entry: &Value| entry["command"].as_str().unwrap().to_string();
            entries.iter().map(word).collect()
        };
        world.travel("2026-03-24T23:00:05Z");
        round(world, None);
        assert_eq!(done(&sale), ["track", "lock", "clear"]);
        assert_eq!(done(&held), ["track", "hold"]);
        assert_eq!(done(&later), ["track"]);

        // What the round before has locked and cleared stays as it is.
        world.travel("2026-05-09T12:00:05Z");
        round(world, None);
        assert_eq!(done(&sale), ["track", "lock", "clear"]);
        assert_eq!(done(&held)[..3], ["track", "hold", "release"]);
        world.travel("2026-05-09T12:00:20Z");
        round(world, None);
        assert_eq!(done(&held), ["track", "hold", "release", "lock", "clear"]);
        assert_eq!(done(&later), ["track", "lock", "clear"]);
    });
}

#[test]
fn a_round_ends_the_offers_that_nobody_answered() {
    in_a_world_with(&["--no-jobs"], |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "hello" });
        let offer = acme.post("/v1/partnerships", offer, 201);
        let path = format!("/v1/partnerships/{}", offer["id"].as_str().unwrap());
        let to = json!({ "email": "a@b.example", "my_role": "client", "message": "hello" });
        let to = acme.post("/v1/partnerships", to, 202);
        world.travel("2026-04-09T12:00:00Z");
        let told = round(world, None);
        for job in ["expire_offers", "expire_invitations"] {
            assert!(told.contains(&format!("{{job=\"{job}\",result=\"done\"}} 1")), "{told}");
        }
        assert_eq!(world.again(&bolt).get(&path, 200)["status"], "expired");
        let to = format!("/v1/partnership-invitations/{}", to["id"].as_str().unwrap());
        let after = world.again(&acme).get(&to, 200);
        assert_eq!((&after["status"], &after["version"]), (&json!("expired"), &json!(2)));
    });
}

#[test]
fn a_round_counts_what_waits_for_a_batch() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let sales = ["A-1", "A-2"].map(|order| deal.tracked(order));
        world.travel("2026-03-24T22:59:59Z");
        let line = json!({ "order_id": "A-1", "event_type_id": deal.sale,
            "operation": "reverse", "reason": "ITEM_RETURNED" });
        let batch = deal.acme.post("/v1/reversals", json!({ "lines": [line] }), 202);
        world.travel("2026-03-24T23:00:05Z");
        assert!(round(world, None).contains("entente_actions_waiting 2\n"));
        let batch = format!("/v1/reversals/{}/cancel", batch["id"].as_str().unwrap());
        deal.acme.post(&batch, json!({}), 200);
        assert!(round(world, None).contains("entente_actions_waiting 0\n"));
        for sale in sales {
            assert_eq!(deal.bolt.get(&sale, 200)["locked_at"], "2026-03-24T23:00:00Z");
        }
    });
}

#[test]
fn an_answer_is_kept_for_a_day_and_a_session_for_a_month_after_its_end() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let headers = [("Idempotency-Key", "once")];
        let order = deal.order("A-1");
        let first = deal.acme.call("POST", "/v1/actions", &headers, &order, 201);
        let again = |status: u16| {
            round(world, None);
            deal.acme.call("POST", "/v1/actions", &headers, &order, status)
        };
        world.travel("2026-03-11T11:59:59Z");
        let replayed = again(201);
        assert_eq!(replayed.header("Idempotency-Replayed"), "true");
        assert_eq!(replayed.json(), first.json());
        world.travel("2026-03-11T12:00:01Z");
        assert_eq!(again(409).json()["code"], "duplicate_order");
        assert_eq!(kept(world).0, 0);

        // Three owners signed in at noon on 10 March, for 30 days.
        world.travel("2026-05-09T12:00:00Z");
        round(world, None);
        assert_eq!(kept(world).1, 3);
        world.travel("2026-05-09T12:00:01Z");
        round(world, None);
        assert_eq!(kept(world).1, 0);
    });
}

/// How many idempotency keys and how many sessions there are.
fn kept(world: &World) -> (i64, i64) {
    run(world, async |pool: &Pool| {
        let counted = pool.read(|db| {
            let keys = idempotency_keys::table.count().get_result(db)?;
            Ok((keys, sessions::table.count().get_result(db)?))
        });
        counted.await.expect("numbers")
    })
}

#[test]
fn a_round_sweeps_letters_that_are_done_with_and_wishes_of_yesterday() {
    in_a_world_with(&["--no-jobs"], |world| {
        world.company("Acme", "brand");
        let ask = || {
            let wish = json!({ "email": "acme0@example.com" });
            world.nobody().post("/v1/auth/password-resets", wish, 202);
        };
        let left = |table: &str| texts(world, &format!("SELECT 'one' AS text FROM {table}")).len();
        ask();
        world.travel("2026-03-11T12:00:00Z");
        ask();
        round(world, None);
        assert_eq!(left("password_resets"), 2, "a day is not over");
        world.travel("2026-03-11T12:00:01Z");
        round(world, None);
        assert_eq!(left("password_resets"), 1);

        let columns = "id, address, subject, text, html, status, attempts, next_at, created_at";
        let sent = format!(
            "INSERT INTO mails ({columns}, done_at)
             SELECT id, email, 'News', '', '', 'sent', 1, created_at, created_at, created_at
             FROM password_resets"
        );
        meddle(world, &sent);
        world.travel("2026-04-10T12:00:00Z");
        round(world, None);
        assert_eq!((left("mails"), left("password_resets")), (1, 0));
        world.travel("2026-04-10T12:00:01Z");
        round(world, None);
        assert_eq!(left("mails"), 0);
    });
}

#[test]
fn a_key_was_used_by_whichever_secret_or_token_of_it() {
    in_a_world_with(&["--no-jobs"], |world| {
        let owner = world.company("Acme", "brand");
        let body = json!({ "name": "Feed", "scopes": ["events:read"] });
        let made = owner.post("/v1/api-keys", body, 201);
        let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
        let next = owner.post(&format!("{path}/rotate"), json!({}), 200);
        let mut used = Vec::new();
        for (minute, secret) in [("05", &made["secret"]), ("06", &next["secret"])] {
            world.travel(&format!("2026-03-10T12:{minute}:00Z"));
            round(world, secret.as_str());
            used.push(owner.get(&path, 200)["last_used_at"].clone());
        }
        // A round of a server whose clock is behind takes nothing back.
        world.travel("2026-03-10T12:04:00Z");
        round(world, made["secret"].as_str());
        used.push(owner.get(&path, 200)["last_used_at"].clone());
        let (before, now) = ("2026-03-10T12:05:00Z", "2026-03-10T12:06:00Z");
        assert_eq!(used, [before, now, now]);

        // Tokens are those of the round's own gate.
        world.travel("2026-03-10T12:07:00Z");
        let tokens = Tokens::new(&[7; 32], "https://entente.example").expect("tokens");
        let secret = next["secret"].as_str().unwrap();
        let mark = entente::keys::rules::mark(&entente::access::secret::digest(secret.as_bytes()));
        let of = (made["id"].as_str().unwrap(), owner.company_id());
        let of = (of.0.parse().expect("a key"), of.1.parse().expect("a company"));
        let (begin, end) = (world.now(), world.now().plus(jiff::SignedDuration::from_mins(15)));
        let token = tokens.issue_to_key(of, &[], mark, (begin, end)).expect("a token");
        round(world, Some(&token));
        assert_eq!(owner.get(&path, 200)["last_used_at"], "2026-03-10T12:07:00Z");
    });
}

#[test]
fn a_round_notes_when_a_key_was_last_used() {
    in_a_world_with(&["--no-jobs"], |world| {
        let owner = world.company("Acme", "brand");
        let body = json!({ "name": "Feed", "scopes": ["events:read"] });
        let secret = owner.post("/v1/api-keys", body, 201)["secret"].clone();
        let last_used = || owner.get("/v1/api-keys", 200)["data"][0]["last_used_at"].clone();
        assert_eq!(last_used(), Value::Null);
        world.travel("2026-03-10T12:05:00Z");
        round(world, secret.as_str());
        assert_eq!(last_used(), "2026-03-10T12:05:00Z");
        world.travel("2026-03-10T12:06:00Z");
        round(world, None);
        assert_eq!(last_used(), "2026-03-10T12:05:00Z", "nobody used it since");
    });
}

#[test]
fn the_rounds_go_on_until_the_server_stops() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let sale = deal.tracked("A-1");
        run(world, async |pool: &Pool| {
            let (rounds, stop) = (rounds(world, pool), CancellationToken::new());
            let (gate, metrics) = (Arc::clone(&rounds.gate), Arc::clone(&rounds.metrics));
            let gone = || {
                let text = metrics.text(gate.load()).expect("figures");
                let swept =
                    text.lines().find(|line| line.contains("{job=\"sweep\",result=\"done\"}"));
                swept.and_then(|line| line.rsplit(' ').next()?.parse::<u32>().ok()).unwrap_or(0)
            };
            let going = tokio::spawn(rounds.run(Duration::from_millis(5), stop.clone()));
            until(|| gone() > 0).await;
            world.travel("2026-03-24T23:00:05Z");
            // One of two more rounds has begun after that.
            let before = gone();
            until(|| gone() > before + 1).await;
            stop.cancel();
            going.await.expect("it stops");
        });
        assert_eq!(deal.bolt.get(&sale, 200)["locked_at"], "2026-03-24T23:00:00Z");
        assert_eq!(MINUTE.as_secs(), 60);
    });
}

/// Lets others go on until it holds.
async fn until(holds: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "they stand still");
        tokio::task::yield_now().await;
    }
}

/// One that fails is told, counted, and keeps none of the others from being done.
#[test]
fn a_piece_that_fails_leaves_the_rest_of_the_round() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let order = deal.order("A-1");
        deal.acme.call("POST", "/v1/actions", &[("Idempotency-Key", "once")], &order, 201);
        world.travel("2026-03-25T12:00:00Z");
        meddle(world, "ALTER TABLE action_updates RENAME TO gone");
        let told = round(world, None);
        assert!(told.contains("{job=\"lock\",result=\"failed\"} 1"), "{told}");
        assert!(told.contains("{job=\"sweep\",result=\"done\"} 1"), "{told}");
        assert_eq!(kept(world).0, 0);
    });
}

#[test]
fn a_server_locks_what_is_due_when_it_starts() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let sale = deal.tracked("A-1");
        // Its clock is the machine's, by which these sales are long due.
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(&world.database_url, home.path(), &[]);
        super::operating::until("it is locked", || {
            deal.bolt.get(&sale, 200)["locked_at"] == "2026-03-24T23:00:00Z"
        });
        assert!(process.terminate().success());
    });
}
