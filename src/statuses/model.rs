//! Rows and words of a company's status.

use diesel::prelude::*;

use crate::companies::model::Status;
use crate::db::schema::company_status_changes;
use crate::kernel::id::{CompanyId, StatusChangeId, UserId};
use crate::kernel::time::Instant;

crate::words! {
    /// Who changed a status.
    pub enum By as StatusChangedBy {
        /// Somebody of the company.
        Company = "company",
        /// Somebody of a company that it lets manage its status, or the end of that.
        Grantee = "grantee",
        /// Whoever runs the server.
        Operator = "operator",
    }
}

/// Who says what becomes of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// A company that it lets manage its status.
    Grantee(CompanyId),
    /// The company itself, by its owner.
    Company,
    /// Whoever runs the server.
    Operator,
}

/// What is to become of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// It only reads.
    Suspend,
    /// It is gone.
    Deactivate,
    /// It takes part again.
    Reactivate,
}

/// One change of a company's status.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = company_status_changes, treat_none_as_default_value = false)]
pub struct StatusChange {
    /// Its id.
    pub id: StatusChangeId,
    /// Whose status.
    pub company_id: CompanyId,
    /// What it is from then on.
    pub status: Status,
    /// Why.
    pub reason: String,
    /// Who of the company said so, or of the one that is let do so; none where the operator did.
    pub user_id: Option<UserId>,
    /// Whether the operator alone takes it back.
    pub kept: bool,
    /// When.
    pub at: Instant,
    /// The company that is let do so, where it was one of its people.
    pub grantee_company_id: Option<CompanyId>,
}

impl StatusChange {
    /// Who said so.
    pub fn by(&self) -> By {
        match (self.grantee_company_id, self.user_id) {
            (Some(_), _) => By::Grantee,
            (None, Some(_)) => By::Company,
            (None, None) => By::Operator,
        }
    }

    /// Whose word it is now: the operator's stays the operator's, whatever the company says after it.
    pub fn voice(&self) -> Voice {
        match (self.kept, self.grantee_company_id) {
            (true, _) => Voice::Operator,
            (false, Some(grantee)) => Voice::Grantee(grantee),
            (false, None) => Voice::Company,
        }
    }
}
