//! When a second factor counts.

use super::model::{Proof, SecondFactor, Shown};
use crate::error::{Error, Fault};

/// How many recovery codes a person is given.
pub const RECOVERY_CODES: usize = 10;

/// What the rows say no to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is one that counts.
    #[error("a second factor is enabled; disable it first")]
    Enabled,
    /// There is none that counts.
    #[error("no second factor is enabled")]
    NotEnabled,
    /// There is none to be confirmed.
    #[error("no second factor waits to be confirmed; begin with POST /v1/me/two-factor")]
    NotEnrolled,
}

crate::refusal_codes!(Refusal {
    Enabled => "two_factor_enabled",
    NotEnabled => "two_factor_not_enabled",
    NotEnrolled => "two_factor_not_enrolled",
});

/// Whether another one may be begun.
pub fn enrol(present: Option<&SecondFactor>) -> Result<(), Refusal> {
    match present.map(|factor| factor.confirmed_at) {
        Some(Some(_)) => Err(Refusal::Enabled),
        Some(None) | None => Ok(()),
    }
}

/// The one that is to be confirmed.
pub fn confirm(present: Option<SecondFactor>) -> Result<SecondFactor, Refusal> {
    let factor = present.ok_or(Refusal::NotEnrolled)?;
    match factor.confirmed_at {
        Some(_) => Err(Refusal::Enabled),
        None => Ok(factor),
    }
}

/// Whether there is one to be proved by.
pub fn enabled(present: Option<&SecondFactor>) -> Result<(), Refusal> {
    match present.map(|factor| factor.confirmed_at) {
        Some(Some(_)) => Ok(()),
        Some(None) | None => Err(Refusal::NotEnabled),
    }
}

/// What can be said of what was shown before anything is used up: nothing, if it has to be tried.
pub fn foresee(present: Option<&SecondFactor>, shown: &Shown) -> Option<Proof> {
    let Some(factor) = present.filter(|factor| factor.confirmed_at.is_some()) else {
        return Some(Proof::NotAsked);
    };
    match shown {
        Shown::Nothing => Some(Proof::Missing),
        Shown::Code { step: None, .. } => Some(Proof::Wrong),
        // It was read by another secret, or was taken before.
        Shown::Code { sealed, .. } if *sealed != factor.secret => Some(Proof::Wrong),
        Shown::Code { step: Some(step), .. } if *step <= factor.last_step => Some(Proof::Wrong),
        Shown::Code { .. } | Shown::Recovery(_) => None,
    }
}

/// What is said of any code that does not count, whatever is wrong with it.
pub fn code_wrong(field: &'static str) -> Error {
    let message = "this code does not count, or was used before";
    Error::invalid(Fault::at(format!("/{field}"), "code_wrong", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::UserId;
    use crate::kernel::time::Instant;

    fn factor(confirmed: bool, last_step: i64) -> SecondFactor {
        let now = Instant::from_micros(0);
        SecondFactor {
            user_id: UserId::from_uuid(uuid::Uuid::nil()),
            secret: vec![1],
            created_at: now,
            confirmed_at: confirmed.then_some(now),
            last_step,
        }
    }

    #[test]
    fn a_factor_is_enrolled_confirmed_and_then_enabled() {
        let (waiting, counts) = (factor(false, 0), factor(true, 0));
        assert_eq!(enrol(None), Ok(()));
        assert_eq!(enrol(Some(&waiting)), Ok(()), "another secret instead");
        assert_eq!(enrol(Some(&counts)), Err(Refusal::Enabled));
        assert_eq!(confirm(None), Err(Refusal::NotEnrolled));
        assert_eq!(confirm(Some(waiting.clone())), Ok(waiting.clone()));
        assert_eq!(confirm(Some(counts.clone())), Err(Refusal::Enabled));
        assert_eq!(enabled(None), Err(Refusal::NotEnabled));
        assert_eq!(enabled(Some(&waiting)), Err(Refusal::NotEnabled));
        assert_eq!(enabled(Some(&counts)), Ok(()));
    }

    #[test]
    fn a_code_is_of_the_present_secret_and_of_a_later_step() {
        let code = |secret: u8, step| Shown::Code { sealed: vec![secret], step };
        let counts = factor(true, 100);
        for (present, shown, expected) in [
            (None, code(1, None), Some(Proof::NotAsked)),
            (Some(factor(false, 0)), code(1, None), Some(Proof::NotAsked)),
            (Some(counts.clone()), Shown::Nothing, Some(Proof::Missing)),
            (Some(counts.clone()), code(1, None), Some(Proof::Wrong)),
            (Some(counts.clone()), code(2, Some(101)), Some(Proof::Wrong)),
            (Some(counts.clone()), code(1, Some(99)), Some(Proof::Wrong)),
            (Some(counts.clone()), code(1, Some(100)), Some(Proof::Wrong)),
            (Some(counts.clone()), code(1, Some(101)), None),
            (Some(counts), Shown::Recovery(vec![9]), None),
        ] {
            assert_eq!(foresee(present.as_ref(), &shown), expected, "{shown:?}");
        }
    }
}
