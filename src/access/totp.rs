//! Codes that an app shows beside a password: RFC 6238 with SHA-1, six digits, every thirty seconds,
//! which is what every authenticator reads.

use aws_lc_rs::{constant_time, hmac, rand};

use crate::error::{Error, Result};
use crate::kernel::time::Instant;

/// For how many seconds a code is shown.
pub const PERIOD: i64 = 30;
/// One more than the largest code.
const CODES: u32 = 1_000_000;
/// The bytes of a secret, as RFC 4226 advises.
const SECRET: usize = 20;
/// The letters of RFC 4648.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret.
pub fn secret() -> Result<[u8; SECRET]> {
    let mut bytes = [0_u8; SECRET];
    rand::fill(&mut bytes).map_err(|_| Error::internal(anyhow::anyhow!("no randomness")))?;
    Ok(bytes)
}

/// The step that a moment lies in.
pub fn step_at(now: Instant) -> i64 {
    now.micros().div_euclid(PERIOD.saturating_mul(1_000_000))
}

/// The code of a step.
pub fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let start = tag.as_ref().last().map_or(0, |last| usize::from(last & 15));
    let mut word = [0_u8; 4];
    let cut = tag.as_ref().iter().skip(start);
    word.iter_mut().zip(cut).for_each(|(slot, byte)| *slot = *byte);
    format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % CODES)
}

/// The step that a code is of, if it is the present one, the one before or the next one: clocks differ.
pub fn step_of(secret: &[u8], given: &str, now: Instant) -> Option<i64> {
    let present = step_at(now);
    let same = |step: &i64| {
        let code = code(secret, *step);
        constant_time::verify_slices_are_equal(code.as_bytes(), given.as_bytes()).is_ok()
    };
    [present, present.saturating_sub(1), present.saturating_add(1)].into_iter().find(same)
}

/// A secret as it is typed into an app: base32 without padding.
pub fn written(secret: &[u8]) -> String {
    let (mut text, mut bits, mut held) = (String::new(), 0_u32, 0_u32);
    for byte in secret {
        (bits, held) = ((bits << 8) | u32::from(*byte), held + 8);
        while held >= 5 {
            held -= 5;
            text.push(letter(bits >> held));
            bits &= (1 << held) - 1;
        }
    }
    if held > 0 {
        text.push(letter(bits << (5 - held)));
    }
    text
}

fn letter(bits: u32) -> char {
    let place = usize::try_from(bits & 31).unwrap_or_default();
    LETTERS.get(place).copied().map_or('A', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The secret of the vectors in RFC 6238.
    const KNOWN: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(KNOWN, step_at(at(second))), expected, "{second}");
        }
    }

    #[test]
    fn a_secret_is_written_as_the_standard_says() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(written(bytes.as_bytes()), expected);
        }
        assert_eq!(written(&secret().unwrap()).len(), 32);
    }

    #[test]
    fn a_code_counts_in_its_own_step_and_in_those_beside_it() {
        let shown = code(KNOWN, 100);
        let counts = |second: i64| step_of(KNOWN, &shown, at(second));
        assert_eq!(counts(98 * 30 + 29), None);
        assert_eq!(counts(99 * 30), Some(100));
        assert_eq!(counts(100 * 30 + 15), Some(100));
        assert_eq!(counts(101 * 30 + 29), Some(100));
        assert_eq!(counts(102 * 30), None);
        assert_eq!(step_of(b"another secret", &shown, at(100 * 30)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(secret: Vec<u8>, given: String, micros: i64) {
            let now = Instant::from_micros(micros);
            let found = step_of(&secret, &given, now);
            prop_assert!(found.is_none() || given.len() == 6);
            prop_assert!(written(&secret).bytes().all(|byte| LETTERS.contains(&byte)));
        }
    }
}
