//! How often one may ask, and for how long the answer counts.

use jiff::SignedDuration;

use super::model::{Newcomer, Registration};
use crate::error::{Error, Fault};
use crate::kernel::document::Document;
use crate::kernel::id::RegistrationId;
use crate::kernel::time::Instant;

/// How long the token of a letter counts.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// Over which time registrations of one address are counted.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// How long registrations are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(48);
/// How many of one address are heard within that time.
const MOST: i64 = 5;

/// Whether one more is heard, after so many.
pub fn is_heard(lately: i64) -> bool {
    lately < MOST
}

/// What is kept of a newcomer: without a token, nothing that could be confirmed.
pub fn asked(
    id: RegistrationId,
    newcomer: &Newcomer,
    hash: Option<&[u8]>,
    now: Instant,
) -> Registration {
    let Newcomer { email, name, password_hash, company } = newcomer.clone();
    Registration {
        id,
        email,
        name,
        password_hash: if hash.is_some() { password_hash } else { String::new() },
        company: Document(company),
        created_at: now,
        hash: hash.map(<[u8]>::to_vec),
        expires_at: now.plus(LIFETIME),
    }
}

/// What is said of any token that does not count, whatever is wrong with it.
pub fn does_not_count() -> Error {
    let message = "this token does not count, or counts no longer: register again";
    Error::invalid(Fault::at("/token", "registration_token_invalid", message))
}

/// What is said to whoever has the letter and not the password.
pub fn wrong_password() -> Error {
    let message = "this is not the password that was registered with";
    Error::invalid(Fault::at("/password", "password_wrong", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companies::model::Kind;
    use crate::users::registrations::model::Brought;

    #[test]
    fn five_an_hour_are_heard() {
        let heard: Vec<bool> = (0..7).map(is_heard).collect();
        assert_eq!(heard, [true, true, true, true, true, false, false]);
    }

    #[test]
    fn of_what_cannot_be_confirmed_no_password_is_kept() {
        let company = Brought { name: "Acme".into(), kind: Kind::Brand, website: None };
        let newcomer = Newcomer {
            email: "ada@acme.example".into(),
            name: "Ada".into(),
            password_hash: "hash".into(),
            company,
        };
        let now = Instant::from_micros(0);
        let id = RegistrationId::from_uuid(uuid::Uuid::nil());
        let open = asked(id, &newcomer, Some(&[1]), now);
        assert_eq!((open.hash.as_deref(), open.password_hash.as_str()), (Some(&[1][..]), "hash"));
        assert_eq!(open.expires_at, now.plus(LIFETIME));
        assert_eq!(Newcomer::from(open), newcomer);
        let known = asked(id, &newcomer, None, now);
        assert_eq!((known.hash, known.password_hash.as_str()), (None, ""));
    }
}
