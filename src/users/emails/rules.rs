//! How often one may ask, and for how long the answer counts.

use jiff::SignedDuration;

use crate::error::{Error, Fault};

/// How long the token of a letter counts.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// Over which time wishes are counted.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// How long wishes are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(48);
/// How many wishes of one person, and for one address, are heard within that time.
const MOST: i64 = 5;

/// Whether one more wish is heard, after so many.
pub fn is_heard(lately: i64) -> bool {
    lately < MOST
}

/// What is said to a person who asks too often.
pub fn too_often() -> Error {
    Error::Wait {
        code: "too_many_attempts",
        detail: "five letters an hour are sent for one person; wait as long as Retry-After says",
        seconds: WINDOW.as_secs(),
    }
}

/// What is said of any token that does not count, whatever is wrong with it.
pub fn does_not_count() -> Error {
    let message = "this token does not count, or counts no longer: ask for another letter";
    Error::invalid(Fault::at("/token", "email_token_invalid", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wishes_an_hour_are_heard() {
        let heard: Vec<bool> = (0..7).map(is_heard).collect();
        assert_eq!(heard, [true, true, true, true, true, false, false]);
    }
}
