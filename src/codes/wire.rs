//! What the doors of codes take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::Whole;
use super::rules::owners;
use super::spelling;
use super::store::Filter;
use crate::kernel::id::{CompanyId, ProgramId, ReferralCodeId};
use crate::kernel::time::Instant;

/// A coupon code to be given to a partner.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "program_id": "prg_01k5h2v7xnf8rtq3m9bcw4ze6a", "code": "BOLT10",
    "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "valid_from": "2026-03-01T00:00:00+01:00"
}))]
pub struct NewReferralCode {
    /// One of your programs.
    pub program_id: ProgramId,
    /// The code, in any script; without spaces. Case does not matter, nor how a letter is encoded.
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
    /// Who is credited by it: a partner with an active contract in the program.
    pub partner_company_id: CompanyId,
    /// The first moment of which orders are credited by it; now if absent. It may have passed.
    pub valid_from: Option<Instant>,
    /// The first moment of which they no longer are; never if absent.
    pub valid_until: Option<Instant>,
}

/// Another owner of a code.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a" }))]
pub struct AssignReferralCode {
    /// Who has it from then on: a partner with an active contract in the program.
    pub partner_company_id: CompanyId,
    /// From when on; now if absent. It may have passed, and is never ahead.
    pub from: Option<Instant>,
}

/// No arguments.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReferralCodeCommand {}

/// A stretch of time in which one partner had a code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReferralCodeOwner {
    /// Who.
    pub partner_company_id: CompanyId,
    /// From this moment on, of orders.
    pub from: Instant,
    /// Before this one; null where it is the last.
    #[schema(required)]
    pub until: Option<Instant>,
}

/// A coupon code of a program.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReferralCode)]
pub struct ReferralCodeView {
    /// Its id.
    pub id: ReferralCodeId,
    /// The program.
    pub program_id: ProgramId,
    /// The brand.
    pub brand_company_id: CompanyId,
    /// Who has it now.
    pub partner_company_id: CompanyId,
    /// As the brand writes it.
    pub code: String,
    /// Whether orders are credited by it now, within its window.
    pub active: bool,
    /// The first moment of which orders are credited by it.
    pub valid_from: Instant,
    /// The first moment of which they no longer are; null for never.
    #[schema(required)]
    pub valid_until: Option<Instant>,
    /// Who had it when, oldest first; a partner is told of itself only.
    pub owners: Vec<ReferralCodeOwner>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl ReferralCodeView {
    /// As `reader`'s people see it.
    pub fn to(reader: CompanyId, whole: Whole) -> Self {
        let Whole { code, changes } = whole;
        let told = |partner: CompanyId| code.company_id == reader || partner == reader;
        let owners = owners(&changes).into_iter().filter(|owner| told(owner.partner_company_id));
        let owners = owners.map(|owner| ReferralCodeOwner {
            partner_company_id: owner.partner_company_id,
            from: owner.from,
            until: owner.until,
        });
        Self {
            owners: owners.collect(),
            id: code.id,
            program_id: code.program_id,
            brand_company_id: code.company_id,
            partner_company_id: code.partner_company_id,
            code: code.code,
            active: code.active,
            valid_from: code.valid_from,
            valid_until: code.valid_until,
            version: code.version,
            created_at: code.created_at,
            updated_at: code.updated_at,
        }
    }
}

/// Which codes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReferralCodesFilter {
    /// Of this program.
    #[param(nullable = false)]
    pub program_id: Option<ProgramId>,
    /// That this partner has now.
    #[param(nullable = false)]
    pub partner_company_id: Option<CompanyId>,
    /// Written like this; case does not matter.
    #[param(nullable = false, min_length = 1, max_length = 64)]
    pub code: Option<String>,
    /// Active ones only, or only others.
    #[param(nullable = false)]
    pub active: Option<bool>,
}

impl From<ReferralCodesFilter> for Filter {
    fn from(filter: ReferralCodesFilter) -> Self {
        Self {
            program_id: filter.program_id,
            partner_company_id: filter.partner_company_id,
            folded: filter.code.map(|code| spelling::folded(&code)),
            active: filter.active,
        }
    }
}
