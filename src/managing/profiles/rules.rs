//! How far a grant reaches into a profile.

use crate::companies::profile::model::Section;
use crate::error::{Error, Result};
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::GrantLevel;

/// Whether what is granted reaches a section; one's own profile is reached without.
pub fn reaches(granted: Option<(CompanyId, Option<GrantLevel>)>, section: Section) -> bool {
    match (granted, section) {
        // Where money goes is the owners' own.
        (Some(_), Section::Payment) => false,
        (Some((_, level)), Section::Tax) => level == Some(GrantLevel::ProfileAndTax),
        (None, _)
        | (
            Some(_),
            Section::Contact | Section::Address | Section::PromotionalMethods | Section::Settings,
        ) => true,
    }
}

/// Refuses what is beyond the level of the grant.
pub fn within(granted: Option<(CompanyId, Option<GrantLevel>)>, section: Section) -> Result<()> {
    if reaches(granted, section) {
        return Ok(());
    }
    let detail = "the company lets yours manage its profile, and of that not its tax".into();
    Err(Error::Forbidden { code: "grant_level_too_low", detail })
}

/// Since when an owner has to confirm what is for the tax office, after somebody has said something of it
/// or confirmed it (S0.6): what another company says stands unconfirmed until an owner says anything.
pub fn unconfirmed(
    before: Option<Instant>,
    granted: bool,
    by_owner: bool,
    now: Instant,
) -> Option<Instant> {
    match (granted, by_owner) {
        (true, _) => Some(before.unwrap_or(now)),
        (false, true) => None,
        (false, false) => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_confirms_what_another_company_says() {
        let at = |hour: i64| Instant::from_micros(hour * 3_600_000_000);
        for (before, granted, by_owner, after) in [
            (None, true, true, Some(at(2))),
            (Some(at(1)), true, false, Some(at(1))),
            (Some(at(1)), false, false, Some(at(1))),
            (Some(at(1)), false, true, None),
            (None, false, false, None),
        ] {
            assert_eq!(unconfirmed(before, granted, by_owner, at(2)), after);
        }
    }
    use crate::partnerships::grants::model::GrantKind;
    use crate::partnerships::grants::rules::levels;

    #[test]
    fn the_tax_is_reached_by_the_level_that_names_it_alone() {
        let grantee = CompanyId::new();
        for section in Section::ALL.iter().copied() {
            assert!(reaches(None, section), "{section}: one's own");
            for level in levels(GrantKind::ManageProfile) {
                let granted = Some((grantee, Some(*level)));
                let tax = section == Section::Tax && *level != GrantLevel::ProfileAndTax;
                let expected = !tax && section != Section::Payment;
                assert_eq!(reaches(granted, section), expected, "{section} by {level}");
                assert_eq!(within(granted, section).is_ok(), expected, "{section} by {level}");
            }
        }
        // What nobody has said goes no further than the least.
        assert!(!reaches(Some((grantee, None)), Section::Tax));
    }
}
