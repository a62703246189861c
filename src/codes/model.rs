//! Rows and words of codes.

use diesel::prelude::*;

use crate::db::schema::{referral_code_changes, referral_codes};
use crate::kernel::id::{ApiKeyId, CompanyId, ProgramId, ReferralCodeId, UserId};
use crate::kernel::time::Instant;

crate::words! {
    /// What can happen to a code.
    pub enum ChangeKind {
        Assigned = "assigned",
        Deactivated = "deactivated",
        Activated = "activated",
    }
}

/// A coupon code of a program, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = referral_codes, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ReferralCode {
    /// Its id.
    pub id: ReferralCodeId,
    /// The brand.
    pub company_id: CompanyId,
    /// The program.
    pub program_id: ProgramId,
    /// Who has it now.
    pub partner_company_id: CompanyId,
    /// As the brand writes it.
    pub code: String,
    /// The same for all ways to write it.
    pub folded: String,
    /// The same for all that looks like it.
    pub skeleton: String,
    /// Whether orders are credited by it now.
    pub active: bool,
    /// The first moment of which orders are credited by it.
    pub valid_from: Instant,
    /// The first moment of which they no longer are.
    pub valid_until: Option<Instant>,
    /// When it was last deactivated; from then on its text rests.
    pub freed_at: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// One change of a code. Nothing of it is ever changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = referral_code_changes, treat_none_as_default_value = false)]
pub struct Change {
    /// The code.
    pub code_id: ReferralCodeId,
    /// The version of the code that it made.
    pub sequence: i64,
    /// What.
    pub kind: ChangeKind,
    /// Who has it from then on.
    pub partner_company_id: CompanyId,
    /// From when it counts, for orders.
    pub since: Instant,
    /// The user who did it.
    pub user_id: Option<UserId>,
    /// The key that did it.
    pub api_key_id: Option<ApiKeyId>,
    /// When.
    pub at: Instant,
}

/// A code and its changes, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// How it stands.
    pub code: ReferralCode,
    /// How it came to that.
    pub changes: Vec<Change>,
}
