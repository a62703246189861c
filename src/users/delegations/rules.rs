//! Whether a delegated session counts, and what ends it.

use jiff::SignedDuration;

use super::model::{Because, Level, Standing};
use crate::companies::model::Status;
use crate::error::{Error, Result};
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::GrantLevel;
use crate::users::model::Role;
use crate::users::two_factor::model::SecondFactor;

/// How long a delegated session lasts, however often it is refreshed.
pub const SPAN: SignedDuration = SignedDuration::from_mins(60);

/// Whoever acts for a company may there what this role may, and never more.
pub const ROLE: Role = Role::Manager;

/// Why a session is over; nothing as long as it counts.
///
/// A company that is suspended can be read in its name, as by its own people. One that is suspended
/// itself acts for nobody.
pub fn over(standing: &Standing, now: Instant) -> Option<Because> {
    let Standing { session, role, company_status, for_company_status, .. } = standing;
    if let Some((_, because)) = session.end(now) {
        return Some(because);
    }
    let takes_part = *company_status == Some(Status::Active);
    let there = matches!(for_company_status, Some(Status::Active | Status::Suspended));
    let granted = match session.level {
        Level::Company => standing.granted_whole,
        Level::Relationship => standing.granted,
    };
    let causes = [
        (Because::CompanyStatus, takes_part && there),
        (Because::Membership, role.is_some_and(|role| role >= ROLE)),
        (Because::Grant, granted),
        (Because::SignIn, standing.lasts && standing.parent_lasts),
    ];
    causes.into_iter().find(|(_, stands)| !stands).map(|(because, _)| because)
}

/// Refuses whoever has no second factor where the company asks all that act in it for one.
pub fn sufficient(required: bool, factor: Option<&SecondFactor>) -> Result<()> {
    if !required || factor.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Ok(());
    }
    let detail = "the company asks for a second factor: add one with POST /v1/me/two-factor".into();
    Err(Error::Forbidden { code: "two_factor_enrolment_required", detail })
}

/// How far a session goes that stands on a grant of this level: no further than what is surely meant.
pub fn level(granted: Option<GrantLevel>) -> Level {
    match granted {
        Some(GrantLevel::Company) => Level::Company,
        Some(
            GrantLevel::Relationship
            | GrantLevel::Profile
            | GrantLevel::ProfileAndTax
            | GrantLevel::Count
            | GrantLevel::Account,
        )
        | None => Level::Relationship,
    }
}

/// What of the company that it acts for a session reaches.
pub fn reach(level: Level, own: CompanyId, acts_for: CompanyId) -> Reach {
    match level {
        Level::Company => Reach::whole(acts_for),
        Level::Relationship => Reach::with_only(acts_for, vec![own]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::{SessionId, UserId};
    use crate::users::delegations::model::DelegatedSession;
    use proptest::prelude::*;

    fn at(minute: i64) -> Instant {
        Instant::from_micros(minute * 60_000_000)
    }

    fn sound(level: Level) -> Standing {
        let session = DelegatedSession {
            id: SessionId::new(),
            user_id: UserId::new(),
            company_id: CompanyId::new(),
            for_company_id: CompanyId::new(),
            parent_session_id: SessionId::new(),
            level,
            reason: "why".into(),
            started_at: at(0),
            expires_at: at(0).plus(SPAN),
            ended_at: None,
            ended_because: None,
        };
        Standing {
            session,
            lasts: true,
            parent_lasts: true,
            role: Some(Role::Manager),
            company_status: Some(Status::Active),
            for_company_status: Some(Status::Active),
            granted: true,
            granted_whole: level == Level::Company,
        }
    }

    #[test]
    fn it_is_over_by_whatever_it_stands_on() {
        use Because::*;
        let good = sound(Level::Relationship);
        let whole = sound(Level::Company);
        let cases = [
            (good.clone(), None),
            (whole.clone(), None),
            (Standing { for_company_status: Some(Status::Suspended), ..good.clone() }, None),
            (Standing { role: Some(Role::Owner), ..good.clone() }, None),
            (Standing { granted_whole: false, ..whole.clone() }, Some(Grant)),
            (Standing { granted: false, granted_whole: false, ..good.clone() }, Some(Grant)),
            (Standing { role: Some(Role::Member), ..good.clone() }, Some(Membership)),
            (Standing { role: None, lasts: false, ..good.clone() }, Some(Membership)),
            (Standing { lasts: false, ..good.clone() }, Some(SignIn)),
            (Standing { parent_lasts: false, ..good.clone() }, Some(SignIn)),
            (
                Standing { company_status: Some(Status::Suspended), ..good.clone() },
                Some(CompanyStatus),
            ),
            (
                Standing { for_company_status: Some(Status::Deactivated), ..good.clone() },
                Some(CompanyStatus),
            ),
            (Standing { for_company_status: None, ..good }, Some(CompanyStatus)),
        ];
        for (standing, expected) in cases {
            assert_eq!(over(&standing, at(59)), expected, "{standing:?}");
            assert_eq!(over(&standing, at(60)), Some(Time), "{standing:?}");
        }
        let mut ended = sound(Level::Company);
        (ended.session.ended_at, ended.session.ended_because) = (Some(at(3)), Some(Company));
        assert_eq!(over(&ended, at(5)), Some(Company), "what ended once stays so");
        assert_eq!(over(&ended, at(99)), Some(Company));
    }

    #[test]
    fn a_session_goes_no_further_than_was_granted() {
        for granted in GrantLevel::ALL.iter().copied().map(Some).chain([None]) {
            let whole = granted == Some(GrantLevel::Company);
            assert_eq!(level(granted) == Level::Company, whole, "{granted:?}");
        }
    }

    #[test]
    fn a_session_of_the_pair_reaches_no_further() {
        let (own, acts_for, third) = (CompanyId::new(), CompanyId::new(), CompanyId::new());
        let pair = reach(Level::Relationship, own, acts_for);
        assert!(pair.is_between(acts_for, own) && pair.is_between(own, acts_for));
        assert!(!pair.is_between(acts_for, third) && !pair.is_whole());
        assert_eq!(reach(Level::Company, own, acts_for), Reach::whole(acts_for));
    }

    proptest! {
        /// Taking anything away never brings a session back.
        #[test]
        fn what_is_over_stays_over(
            lasts: bool, parent: bool, granted: bool, whole: bool, role in 0_usize..6, minute in 0_i64..120,
        ) {
            let before = Standing {
                lasts,
                parent_lasts: parent,
                granted: granted || whole,
                granted_whole: whole,
                role: Role::ALL.get(role).copied(),
                ..sound(Level::Company)
            };
            let less = [
                Standing { lasts: false, ..before.clone() },
                Standing { parent_lasts: false, ..before.clone() },
                Standing { granted: false, granted_whole: false, ..before.clone() },
                Standing { role: None, ..before.clone() },
            ];
            for after in less {
                prop_assert!(over(&after, at(minute)).is_some());
            }
            if over(&before, at(minute)).is_some() {
                prop_assert!(over(&before, at(minute + 1)).is_some());
            }
        }
    }
}
