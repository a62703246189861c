//! What is stored of secrets is no use to a thief, and what an answer takes tells nothing.

use std::time::{Duration, Instant};

use entente::access::secret::digest;
use serde_json::json;

use crate::cast::tables::{Stored, texts};
use crate::cast::world::in_a_world;

#[test]
fn of_secrets_nothing_but_digests_is_stored() {
    in_a_world(|world| {
        let password = "a horse that nobody can read";
        let body = json!({
            "email": "ada@example.com", "password": password, "name": "Ada",
            "company": { "name": "Acme", "kind": "brand" },
        });
        let first = world.nobody().post("/v1/auth/register", body, 201);
        let shown = json!({ "refresh_token": first["refresh_token"] });
        let second = world.nobody().post("/v1/auth/refresh", shown, 200);
        // The answer of a request with a key is kept; what it showed once must not be kept with it.
        let once = [("Idempotency-Key", "key-1")];
        let key = json!({ "name": "Feed", "scopes": ["events:read"] });
        let ada = world.caller(&second);
        let key = ada.call("POST", "/v1/api-keys", &once, &key, 201).json();

        let stored = Stored::in_world(world);
        assert!(stored.holds(b"ada@example.com"), "this looks in the wrong place");
        let text = |value: &serde_json::Value| value.as_str().expect("a secret").to_string();
        let refresh_tokens = [text(&first["refresh_token"]), text(&second["refresh_token"])];
        let key = text(&key["secret"]);
        for kept in refresh_tokens.iter().chain([&key]) {
            assert!(!stored.holds(kept.as_bytes()), "{kept} stands in a table");
            assert!(stored.holds(&digest(kept.as_bytes())), "{kept} has no digest");
        }
        let token = text(&second["access_token"]);
        for gone in [password, &token, token.rsplit('.').next().unwrap()] {
            assert!(!stored.holds(gone.as_bytes()), "{gone} stands in a table");
        }
        let hashes = texts(world, "SELECT password_hash AS text FROM users");
        assert_eq!(hashes.len(), 1);
        assert!(hashes[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashes:?}");
    });
}

#[test]
fn an_unknown_address_takes_as_long_to_refuse_as_a_wrong_password() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        let takes = |email: &str| {
            let login = json!({ "email": email, "password": "not the password" });
            // Whoever fails too often has to wait: here nobody does.
            world.pass(3_600);
            let began = Instant::now();
            world.nobody().post("/v1/auth/login", login, 401);
            began.elapsed()
        };
        // The shortest of several: whatever else the machine does makes them only longer. On a busy
        // one it takes more of them until both are what they would be alone.
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for round in 0..80 {
            if round >= 8 && unknown > known / 2 {
                break;
            }
            known = known.min(takes("acme0@example.com"));
            unknown = unknown.min(takes("nobody@example.com"));
        }
        assert!(unknown > known / 2, "unknown after {unknown:?}, known after {known:?}");
    });
}
