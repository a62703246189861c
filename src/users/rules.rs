//! Who may register, and what becomes of a refresh token that is shown.

use jiff::SignedDuration;

use super::model::{RefreshToken, Registration, Session};
use crate::error::{Error, Result};
use crate::kernel::time::Instant;

/// How long a session lasts, however often it is refreshed.
pub const SESSION: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Refuses newcomers where registration is closed.
pub fn welcome(registration: Registration) -> Result<()> {
    match registration {
        Registration::Open | Registration::Verified => Ok(()),
        Registration::Closed => Err(Error::Forbidden {
            code: "registration_closed",
            detail: "nobody can register at this server; ask whoever runs it".into(),
        }),
    }
}

/// What to do with a session whose refresh token was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Hand out the next token.
    Rotate,
    /// The token was used before: somebody has a copy. End the session.
    Revoke,
    /// The session is over; there is nothing to do.
    Over,
}

/// Judges a shown refresh token.
pub fn refresh(token: &RefreshToken, session: &Session, now: Instant) -> Refresh {
    if session.revoked_at.is_some() || now >= session.expires_at {
        Refresh::Over
    } else if token.used_at.is_some() {
        Refresh::Revoke
    } else {
        Refresh::Rotate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::{CompanyId, RefreshId, SessionId, UserId};

    fn at(minute: i64) -> Instant {
        Instant::from_micros(minute * 60_000_000)
    }

    fn pair() -> (RefreshToken, Session) {
        let session = Session {
            id: SessionId::new(),
            user_id: UserId::new(),
            company_id: CompanyId::new(),
            created_at: at(0),
            expires_at: at(100),
            revoked_at: None,
        };
        let token = RefreshToken {
            id: RefreshId::new(),
            session_id: session.id,
            hash: Vec::new(),
            created_at: at(0),
            used_at: None,
        };
        (token, session)
    }

    #[test]
    fn a_token_counts_once() {
        let (token, session) = pair();
        assert_eq!(refresh(&token, &session, at(1)), Refresh::Rotate);
        let used = RefreshToken { used_at: Some(at(1)), ..token };
        assert_eq!(refresh(&used, &session, at(2)), Refresh::Revoke);
    }

    #[test]
    fn a_session_that_is_over_stays_over() {
        let (token, session) = pair();
        assert_eq!(refresh(&token, &session, at(100)), Refresh::Over);
        let revoked = Session { revoked_at: Some(at(1)), ..session };
        assert_eq!(refresh(&token, &revoked, at(2)), Refresh::Over);
        let used = RefreshToken { used_at: Some(at(1)), ..token };
        assert_eq!(refresh(&used, &revoked, at(2)), Refresh::Over);
    }
}
