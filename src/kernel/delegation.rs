//! Somebody of one company acts for another: in which session, and what he may not decide there.
//!
//! It goes with every request of such a session, and with all that the request writes.

use super::id::{CompanyId, SessionId};
use crate::error::{Error, Result};

crate::words! {
    /// How far a delegated session has to reach into a company so that something is open to it.
    pub enum Delegates {
        /// It is for the company's own people alone.
        Never = "never",
        /// Open to every such session: one that sees the data of the pair alone is not shown more.
        Relationship = "relationship",
        /// Open to sessions that reach all of the company.
        Company = "company",
    }
}

/// A session in which somebody of `company` acts for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delegation {
    /// Which session.
    pub session: SessionId,
    /// The company whose person it is.
    pub company: CompanyId,
}

impl Delegation {
    /// The rule against conflicts of interest: whoever acts for a company decides and makes nothing in it
    /// that his own company is a side of. Asked of the sides of everything that is changed, and of
    /// everybody who is told that something was.
    pub fn keep_out(self, sides: [Option<CompanyId>; 2]) -> Result<()> {
        if !sides.contains(&Some(self.company)) {
            return Ok(());
        }
        let detail = "your own company is a side of this: nobody decides for both".into();
        Err(Error::Forbidden { code: "conflict_of_interest", detail })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_decides_where_his_own_company_is_a_side() {
        let (own, acted_for, third) = (CompanyId::new(), CompanyId::new(), CompanyId::new());
        let delegation = Delegation { session: SessionId::new(), company: own };
        let kept_out = |one, other| delegation.keep_out([one, other]).is_err();
        assert!(kept_out(Some(own), None) && kept_out(Some(acted_for), Some(own)));
        assert!(kept_out(Some(own), Some(acted_for)));
        assert!(!kept_out(Some(acted_for), Some(third)) && !kept_out(Some(acted_for), None));
        assert!(!kept_out(None, None));
    }
}
