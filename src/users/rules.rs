//! Who may register, and what becomes of a refresh token that is shown.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::model::{Membership, RefreshToken, Registration, Role, Session};
use crate::error::{Error, Result};
use crate::kernel::id::CompanyId;
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

/// Where somebody signs in who belongs to these: to the first company that takes part, or else to one
/// that is deactivated and their own, to bring it back. Nowhere, if there is none.
pub fn company_to_enter<'a>(
    memberships: &[&'a Membership],
    gone: &HashSet<CompanyId>,
) -> Result<Option<&'a Membership>> {
    let there = memberships.iter().find(|own| !gone.contains(&own.company_id));
    let owned = || memberships.iter().find(|own| own.role == Role::Owner);
    match (there.or_else(owned), memberships.is_empty()) {
        (Some(chosen), _) => Ok(Some(chosen)),
        (None, true) => Ok(None),
        (None, false) => Err(Error::Forbidden {
            code: "company_deactivated",
            detail: "the company is deactivated; its owner can reactivate it".into(),
        }),
    }
}

/// Refuses whoever is less than `role`: nobody gives, changes or takes away what is above him.
pub fn up_to(own: Role, role: Role) -> Result<()> {
    if role <= own {
        return Ok(());
    }
    let detail = format!("this takes the role {role} or above");
    Err(Error::Forbidden { code: "role_too_low", detail })
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
    use crate::kernel::id::{MembershipId, RefreshId, SessionId, UserId};

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
            seen_at: Some(at(0)),
            address: None,
            agent: None,
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
    fn a_deactivated_company_is_entered_by_its_owner_alone_and_last() {
        let member = |role| Membership {
            id: MembershipId::new(),
            company_id: CompanyId::new(),
            user_id: UserId::new(),
            role,
            created_at: at(0),
            version: 1,
        };
        let (own, other) = (member(Role::Owner), member(Role::Viewer));
        let gone = |ids: &[&Membership]| ids.iter().map(|one| one.company_id).collect();
        let enter = |all: &[&Membership], away: &[&Membership]| {
            let chosen = company_to_enter(all, &gone(away)).map_err(|no| no.to_string());
            chosen.map(|chosen| chosen.map(|chosen| chosen.company_id))
        };
        assert_eq!(enter(&[&own, &other], &[]), Ok(Some(own.company_id)));
        assert_eq!(enter(&[&own, &other], &[&own]), Ok(Some(other.company_id)));
        assert_eq!(enter(&[&other, &own], &[&own, &other]), Ok(Some(own.company_id)));
        assert!(enter(&[&other], &[&other]).is_err());
        assert_eq!(enter(&[], &[]), Ok(None));
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
