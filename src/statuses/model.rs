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
        /// Whoever runs the server.
        Operator = "operator",
    }
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
    /// Who of the company said so; none where the operator did.
    pub user_id: Option<UserId>,
    /// Whether the operator alone takes it back.
    pub kept: bool,
    /// When.
    pub at: Instant,
}

impl StatusChange {
    /// Who said so.
    pub fn by(&self) -> By {
        if self.user_id.is_some() { By::Company } else { By::Operator }
    }
}
