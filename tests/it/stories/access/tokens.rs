//! Access tokens: whoever has the public key can check one, and only one that says the right things
//! opens a door.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente::access::secret;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// The server's key, and what it is in a setting.
const KEY: ([u8; 32], &str) =
    ([0x2a; 32], "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a");

#[test]
fn a_token_is_verified_by_the_published_key() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let keys: JwkSet =
            serde_json::from_value(world.nobody().get("/.well-known/jwks.json", 200)).unwrap();
        let header = jsonwebtoken::decode_header(acme.credential()).unwrap();
        let key = keys.find(&header.kid.unwrap()).expect("the key that the token names");
        let key = DecodingKey::from_jwk(key).unwrap();
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&["entente"]);
        rules.set_issuer(&["http://127.0.0.1:8080"]);
        // The world's clock is not the library's.
        rules.validate_exp = false;
        let read = |token: &str| jsonwebtoken::decode::<Value>(token, &key, &rules);
        let claims = read(acme.credential()).expect("the key verifies the token").claims;
        assert_eq!(claims["company"], acme.company_id());
        let altered = signed(&signing_key(), &header_of(&acme), &claims_of(&acme));
        assert!(read(&altered).is_err(), "the published key verifies another key's token");
    });
}

#[test]
fn a_token_that_says_anything_else_opens_no_door_however_well_it_is_signed() {
    in_a_world_with(&["--secret-key", KEY.1], |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let (key, header) = (signing_key(), header_of(&acme));
        let (claims, others) = (claims_of(&acme), claims_of(&bolt));
        // If the server did not take this one, the others would prove nothing.
        let same = world.with_credential(&signed(&key, &header, &claims));
        assert_eq!(same.get("/v1/me", 200), acme.get("/v1/me", 200));

        let mut wrong = Vec::new();
        for (claim, value) in [
            ("aud", json!("somebody else")),
            ("aud", Value::Null),
            ("iss", json!("http://elsewhere.example")),
            ("iss", Value::Null),
            ("exp", Value::Null),
            ("company", others["company"].clone()),
            ("sub", others["sub"].clone()),
            ("sid", others["sid"].clone()),
        ] {
            let mut claims = claims.clone();
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
                value => claims[claim] = value,
            }
            wrong.push((format!("{claim} {}", claims[claim]), signed(&key, &header, &claims)));
        }
        let of = |kid| signed(&key, &Header { kid, ..header.clone() }, &claims);
        wrong.push(("no kid".into(), of(None)));
        wrong.push(("another kid".into(), of(Some("another".into()))));
        for (what, token) in wrong {
            let answer = world.with_credential(&token).send("GET", "/v1/me", &[], b"");
            assert_eq!(answer.status, 401, "{what}: {}", answer.text);
            assert_eq!(answer.json()["code"], "unauthenticated", "{what}");
        }
    });
}

#[test]
fn the_signing_key_is_changed_and_nobody_is_signed_out() {
    on_both_engines(|url| {
        let kid = |caller: &Caller| header_of(caller).kid.unwrap();
        let started = |number| World::start(url, &["--secret-key", KEY.1, "--token-key", number]);
        let world = started("1");
        let acme = world.company("Acme", "brand");
        let (token, first) = (acme.credential().to_string(), kid(&acme));
        drop(world);

        let world = started("2");
        world.with_credential(&token).get("/v1/me", 200);
        let again = world.again(&acme);
        let published = world.nobody().send("GET", "/.well-known/jwks.json", &[], b"");
        assert_eq!(published.header("cache-control"), "public, max-age=300");
        let published: JwkSet = serde_json::from_value(published.json()).unwrap();
        assert!(kid(&again) != first && published.find(&first).is_some());
        // Whoever keeps the keys for a while has the next one before it signs.
        assert_eq!(published.keys[0].common.key_id, Some(kid(&again)));
        let next = published.keys[1].common.key_id.clone().unwrap();
        drop(world);

        let world = started("3");
        assert_eq!(kid(&world.again(&acme)), next);
        world.with_credential(again.credential()).get("/v1/me", 200);
        world.with_credential(&token).get("/v1/me", 401);
    });
}

/// The key that a server with [`KEY`] signs with.
fn signing_key() -> EncodingKey {
    let seed = secret::derive(&KEY.0, "token signing 1").unwrap();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let document: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    EncodingKey::from_ed_der(document.as_ref())
}

fn signed(key: &EncodingKey, header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, key).unwrap()
}

/// What a caller's token says of itself.
fn header_of(caller: &Caller) -> Header {
    jsonwebtoken::decode_header(caller.credential()).unwrap()
}

/// What a caller's token says.
fn claims_of(caller: &Caller) -> Value {
    let claims = caller.credential().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}
