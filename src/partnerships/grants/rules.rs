//! How far a grant goes, and who lets whom do what.

use std::collections::BTreeMap;

use super::model::{Grant, GrantKind, GrantLevel};
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;
use crate::partnerships::model::Partnership;
use crate::partnerships::rules::Refusal;

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

/// What the sides of a partnership grant each other: who, what, and how far.
pub type Given = BTreeMap<(CompanyId, GrantKind), Option<GrantLevel>>;

/// Rows as what they say.
pub fn given(rows: &[Grant]) -> Given {
    rows.iter().map(|row| ((row.company_id, row.kind), row.level)).collect()
}

/// What one side grants the other from now on.
pub fn grant(
    on: &Partnership,
    ((company, kind), level): ((CompanyId, GrantKind), Option<GrantLevel>),
    now: Instant,
) -> Grant {
    Grant {
        partnership_id: on.id,
        company_id: company,
        grantee_company_id: on.other_side(company),
        kind,
        level,
        granted_at: now,
    }
}

/// What an answer to an offer makes of what was offered with it: it begins to count.
pub fn begin(offered: &[Grant], now: Instant) -> Vec<Grant> {
    offered.iter().map(|grant| Grant { granted_at: now, ..grant.clone() }).collect()
}

/// Whether a side may take back now what it grants: as long as that is offered, or counts.
pub fn revoke(on: &Partnership) -> Result<(), Refusal> {
    if on.status.is_live() { Ok(()) } else { Err(Refusal::NotActive(on.status)) }
}

/// The one that goes furthest. Two companies may have granted the same twice, in partnerships of both
/// directions.
pub fn furthest(grants: Vec<Grant>) -> Option<Grant> {
    grants.into_iter().max_by_key(|grant| grant.level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::PartnershipId;
    use crate::partnerships::model::Status;

    #[test]
    fn a_grant_is_given_to_the_other_side_and_counts_from_the_answer_on() {
        let on = Partnership::standing(Status::Offered);
        let at = Instant::from_micros;
        for company in [on.partner_company_id, on.client_company_id] {
            let key = (company, GrantKind::SignInAs);
            let offered = grant(&on, (key, Some(GrantLevel::Company)), at(1));
            assert_eq!(offered.grantee_company_id, on.other_side(company));
            let begun = begin(std::slice::from_ref(&offered), at(2));
            assert_eq!(begun, [Grant { granted_at: at(2), ..offered.clone() }]);
            assert_eq!(given(&begun), Given::from([(key, Some(GrantLevel::Company))]));
        }
    }

    #[test]
    fn what_is_over_grants_nothing_that_could_be_taken_back() {
        for status in Status::ALL.iter().copied() {
            let expected = match status.is_live() {
                true => Ok(()),
                false => Err(Refusal::NotActive(status)),
            };
            assert_eq!(revoke(&Partnership::standing(status)), expected, "{status}");
        }
    }

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
