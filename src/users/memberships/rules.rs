//! What may become of a membership, and by whom.

use crate::error::Result;
use crate::users::model::{Membership, Role};
use crate::users::rules::up_to;

/// Why a membership stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody could do what takes an owner.
    #[error("a company needs an owner, and this is the last one: make somebody else one first")]
    LastOwner,
}

crate::refusal_codes!(Refusal { LastOwner => "last_owner" });

/// Another role for somebody, given by whoever has the role `by`.
pub fn change(before: &Membership, role: Role, by: Role, last_owner: bool) -> Result<Membership> {
    up_to(by, Role::Admin.max(before.role).max(role))?;
    if last_owner && role != Role::Owner {
        return Err(Refusal::LastOwner.into());
    }
    Ok(Membership { role, ..before.clone() })
}

/// Who ends a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The person leaves.
    Leaves,
    /// Somebody of this role removes the person.
    RemovedBy(Role),
}

/// Whether a membership may end.
pub fn end(membership: &Membership, how: Ending, last_owner: bool) -> Result<()> {
    if let Ending::RemovedBy(by) = how {
        up_to(by, Role::Admin.max(membership.role))?;
    }
    if last_owner { Err(Refusal::LastOwner.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::kernel::id::{CompanyId, MembershipId, UserId};
    use crate::kernel::time::Instant;

    fn member(role: Role) -> Membership {
        Membership {
            id: MembershipId::new(),
            company_id: CompanyId::new(),
            user_id: UserId::new(),
            role,
            created_at: Instant::from_micros(0),
            version: 1,
        }
    }

    /// `role_too_low`, `last_owner`, or nothing.
    fn code<T>(done: Result<T>) -> Option<&'static str> {
        done.err().map(|error| match error {
            Error::Forbidden { code, .. } => code,
            Error::Refused(refused) => refused.code,
            other => panic!("{other}"),
        })
    }

    /// Every role that asks, has and is to have, beside what the prose says.
    #[test]
    fn nobody_reaches_above_himself_and_the_last_owner_stays() {
        for by in Role::ALL.iter().copied() {
            for role in Role::ALL.iter().copied() {
                let (row, lone) = (member(role), role == Role::Owner);
                let may = by >= Role::Admin && role <= by;
                let low = Some("role_too_low");
                for last in [false, lone] {
                    let expected = if !may { low } else { last.then_some("last_owner") };
                    assert_eq!(code(end(&row, Ending::RemovedBy(by), last)), expected);
                    let leaves = code(end(&row, Ending::Leaves, last));
                    assert_eq!(leaves, last.then_some("last_owner"), "{role} leaves");
                    for to in Role::ALL.iter().copied() {
                        let stays = last && to != Role::Owner;
                        let expected = match may && to <= by {
                            false => low,
                            true => stays.then_some("last_owner"),
                        };
                        let after = change(&row, to, by, last);
                        assert_eq!(
                            code(after.map(|after| assert_eq!(after.role, to))),
                            expected,
                            "{by} makes {role} {to}"
                        );
                    }
                }
            }
        }
    }
}
