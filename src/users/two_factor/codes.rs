//! Codes as people are given them, and as they show them again.

use aws_lc_rs::rand;

use super::model::{SecondFactor, Shown};
use super::rules::RECOVERY_CODES;
use crate::access::{Vault, totp};
use crate::error::{Error, Result};
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;

/// Whom the app says that its codes are for.
const ISSUER: &str = "Entente";
/// The letters of recovery codes: none that looks like another.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many letters a code has: 80 bits.
const LENGTH: usize = 16;

/// What an authenticator takes from a picture.
pub fn uri(secret: &str, email: &str) -> String {
    let account: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    let period = totp::PERIOD;
    format!(
        "otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits=6\
         &period={period}"
    )
}

/// New recovery codes.
pub fn fresh() -> Result<Vec<String>> {
    (0..RECOVERY_CODES).map(|_| one()).collect()
}

/// `4f7k-9x2m-…`
fn one() -> Result<String> {
    let mut bytes = [0_u8; LENGTH];
    rand::fill(&mut bytes).map_err(|_| Error::internal(anyhow::anyhow!("no randomness")))?;
    let mut code = String::new();
    for (place, byte) in bytes.into_iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(LETTERS.get(usize::from(byte & 31)).copied().map_or('0', char::from));
    }
    Ok(code)
}

/// What is kept of a recovery code of a person, however it is written.
pub fn mark(vault: &Vault, user: UserId, code: &str) -> Vec<u8> {
    let letters = code.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let plain: String = letters
        .map(|letter| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    vault.marks.mark(&[b"recovery code", user.uuid().as_bytes(), plain.as_bytes()])
}

/// The step of a code that a person's app shows, if it is of any that counts.
pub fn step(vault: &Vault, factor: &SecondFactor, code: &str, now: Instant) -> Result<Option<i64>> {
    let secret = vault.factors.open(factor.user_id.uuid(), &factor.secret)?;
    Ok(totp::step_of(&secret, code, now))
}

/// What a person shows: a code, a recovery code, or nothing.
pub fn shown(
    vault: &Vault,
    (user, factor): (UserId, Option<&SecondFactor>),
    (code, recovery): (Option<&str>, Option<&str>),
    now: Instant,
) -> Result<Shown> {
    Ok(match (code, recovery, factor) {
        (Some(code), _, Some(factor)) => {
            Shown::Code { sealed: factor.secret.clone(), step: step(vault, factor, code, now)? }
        }
        (Some(_), _, None) => Shown::Code { sealed: Vec::new(), step: None },
        (None, Some(code), _) => Shown::Recovery(mark(vault, user, code)),
        (None, None, _) => Shown::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn recovery_codes_are_ten_and_read_however_they_are_written() {
        let codes = fresh().unwrap();
        let distinct: HashSet<&String> = codes.iter().collect();
        assert_eq!(distinct.len(), 10);
        let (vault, user) = (Vault::new(&[7; 32]).unwrap(), UserId::new());
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            let kept = mark(&vault, user, code);
            let bare = code.replace('-', " ");
            let spoken = code.to_uppercase().replace('0', "O").replace('1', "l");
            assert_eq!(mark(&vault, user, &bare), kept);
            assert_eq!(mark(&vault, user, &spoken), kept);
            assert_ne!(mark(&vault, UserId::new(), code), kept, "another person's");
        }
    }

    #[test]
    fn an_app_is_told_whose_codes_it_shows() {
        assert_eq!(
            uri("MZXW6YTB", "ada+1@acme.example"),
            "otpauth://totp/Entente:ada%2B1%40acme.example?secret=MZXW6YTB&issuer=Entente\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
