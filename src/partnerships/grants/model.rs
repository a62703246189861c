//! Rows and words of grants.

use diesel::prelude::*;

use crate::db::schema::partnership_grants;
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::time::Instant;

crate::words! {
    /// What a grant opens.
    pub enum GrantKind {
        ManageProfile = "manage_profile",
        ManageStatus = "manage_status",
        SignInAs = "sign_in_as",
        SubmitReversals = "submit_reversals",
        ShareAccounts = "share_accounts",
        ViewPerformance = "view_performance",
    }
}

crate::words! {
    /// How far a grant goes. Of two that belong to one kind, the later one goes further.
    pub enum GrantLevel {
        Profile = "profile",
        ProfileAndTax = "profile_and_tax",
        Relationship = "relationship",
        Company = "company",
        Count = "count",
        Account = "account",
    }
}

/// What one side of a partnership lets the other do.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = partnership_grants, treat_none_as_default_value = false)]
pub struct Grant {
    /// In which partnership.
    pub partnership_id: PartnershipId,
    /// Who grants: the company whose data it opens.
    pub company_id: CompanyId,
    /// To whom.
    pub grantee_company_id: CompanyId,
    /// What it opens.
    pub kind: GrantKind,
    /// How far, where the kind has levels.
    pub level: Option<GrantLevel>,
    /// When the other side accepted it.
    pub granted_at: Instant,
}
