//! How far a grant goes.

use super::model::{Grant, GrantKind, GrantLevel};

/// The levels of a kind, the least first; none where it has none.
pub fn levels(kind: GrantKind) -> &'static [GrantLevel] {
    use GrantLevel::*;
    match kind {
        GrantKind::ManageProfile => &[Profile, ProfileAndTax],
        GrantKind::SignInAs => &[Relationship, Company],
        GrantKind::ShareAccounts => &[Count, Account],
        GrantKind::ManageStatus | GrantKind::SubmitReversals | GrantKind::ViewPerformance => &[],
    }
}

/// A level that a kind does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchLevel {
    /// Of which kind.
    pub kind: GrantKind,
}

impl std::fmt::Display for NoSuchLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let accepted: Vec<&str> = levels(self.kind).iter().map(|one| one.as_str()).collect();
        match accepted.as_slice() {
            [] => write!(f, "{} has no level", self.kind),
            some => write!(f, "the levels of {} are {}", self.kind, some.join(" and ")),
        }
    }
}

/// The level of a grant that is asked for: the least where none is.
pub fn level(
    kind: GrantKind,
    asked: Option<GrantLevel>,
) -> Result<Option<GrantLevel>, NoSuchLevel> {
    match asked {
        None => Ok(levels(kind).first().copied()),
        Some(asked) if levels(kind).contains(&asked) => Ok(Some(asked)),
        Some(_) => Err(NoSuchLevel { kind }),
    }
}

/// The one that goes furthest. Two companies may have granted the same twice, in partnerships of both
/// directions.
pub fn furthest(grants: Vec<Grant>) -> Option<Grant> {
    grants.into_iter().max_by_key(|grant| grant.level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::{CompanyId, PartnershipId};
    use crate::kernel::time::Instant;

    #[test]
    fn every_level_belongs_to_one_kind_and_the_least_is_given_where_none_is_asked() {
        for level in GrantLevel::ALL {
            let fits = |kind: &&GrantKind| super::level(**kind, Some(*level)) == Ok(Some(*level));
            assert_eq!(GrantKind::ALL.iter().filter(fits).count(), 1, "{level}");
        }
        let least = GrantKind::ALL.iter().map(|kind| level(*kind, None).unwrap());
        use GrantLevel::*;
        let expected = [Some(Profile), None, Some(Relationship), None, Some(Count), None];
        assert_eq!(least.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_level_of_another_kind_is_refused_with_those_that_there_are() {
        let told = |kind| level(kind, Some(GrantLevel::Company)).unwrap_err().to_string();
        assert_eq!(told(GrantKind::ManageStatus), "manage_status has no level");
        let levels = "the levels of share_accounts are count and account";
        assert_eq!(told(GrantKind::ShareAccounts), levels);
    }

    #[test]
    fn levels_are_ordered_by_how_far_they_go() {
        for kind in GrantKind::ALL {
            assert!(levels(*kind).is_sorted(), "{kind}");
        }
    }

    #[test]
    fn of_two_grants_the_further_one_counts() {
        let (from, to) = (CompanyId::new(), CompanyId::new());
        let grant = |level| Grant {
            partnership_id: PartnershipId::new(),
            company_id: from,
            grantee_company_id: to,
            kind: GrantKind::SignInAs,
            level: Some(level),
            granted_at: Instant::from_micros(0),
        };
        let (pair, company) = (grant(GrantLevel::Relationship), grant(GrantLevel::Company));
        assert_eq!(furthest(vec![company.clone(), pair.clone()]), Some(company.clone()));
        assert_eq!(furthest(vec![pair, company.clone()]), Some(company));
        assert_eq!(furthest(Vec::new()), None);
    }
}
