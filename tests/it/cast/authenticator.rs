//! Apps that show codes.

use entente::access::totp;
use serde_json::{Value, json};

use super::http::Caller;
use super::world::World;

/// An app that was set up with a secret.
pub struct Authenticator {
    secret: Vec<u8>,
}

impl Authenticator {
    /// Set up with what the server gave.
    pub fn of(answer: &Value) -> Self {
        let text = answer["secret"].as_str().expect("a secret");
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits: String = text
            .chars()
            .map(|letter| format!("{:05b}", letters.find(letter).expect("a letter of base32")))
            .collect();
        let bytes = bits.as_bytes().chunks_exact(8);
        let byte = |bits: &[u8]| u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
        Self { secret: bytes.map(byte).collect() }
    }

    /// A second factor for somebody: the app, and the recovery codes.
    pub fn enabled(world: &World, person: &Caller) -> (Self, Vec<String>) {
        let password = json!({ "password": "correct horse battery" });
        let app = Self::of(&person.post("/v1/me/two-factor", password, 200));
        let shown = json!({ "code": app.code(world) });
        let codes = person.post("/v1/me/two-factor/confirm", shown, 200);
        let codes = codes["recovery_codes"].as_array().expect("codes").iter();
        let codes = codes.map(|code| code.as_str().expect("a code").to_string());
        (app, codes.collect())
    }

    /// What it shows now.
    pub fn code(&self, world: &World) -> String {
        self.code_in(world, 0)
    }

    /// What it shows so many half minutes from now.
    pub fn code_in(&self, world: &World, steps: i64) -> String {
        totp::code(&self.secret, totp::step_at(world.now()) + steps)
    }

    /// What must be found nowhere.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }
}
