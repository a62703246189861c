//! Grants as they are asked for and given.

use std::collections::BTreeSet;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Grant, GrantKind, GrantLevel};
use super::rules;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;
use crate::partnerships::model::{Partnership, Status};

/// What your company would let the other one do.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPartnershipGrant)]
pub struct NewGrant {
    /// What it opens.
    pub grant: GrantKind,
    /// How far: the least level of the grant if absent. `manage_profile` has `profile` and
    /// `profile_and_tax`, `sign_in_as` has `relationship` and `company`, `share_accounts` has `count` and
    /// `account`; the others have none.
    #[schema(nullable = false)]
    pub level: Option<GrantLevel>,
}

/// Why.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = RevokePartnershipGrant, example = json!({ "reason": "We do this ourselves now." }))]
pub struct RevokeGrant {
    /// The other side reads it.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// What one side lets the other do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipGrant)]
pub struct GrantView {
    /// What it opens.
    pub grant: GrantKind,
    /// How far; null where there are no levels.
    #[schema(required)]
    pub level: Option<GrantLevel>,
    /// The company whose data it opens.
    pub granted_by_company_id: CompanyId,
    /// The company that it opens it to.
    pub granted_to_company_id: CompanyId,
    /// Whether it counts now. One that is offered does not yet, and none does after the end.
    pub in_force: bool,
    /// Since when it has counted; null for one that came of nothing, or is offered.
    #[schema(required)]
    pub granted_at: Option<Instant>,
}

impl NewGrant {
    /// What a list of them means; or what is wrong with each.
    pub fn read(list: &[Self]) -> Result<Vec<(GrantKind, Option<GrantLevel>)>> {
        let (mut faults, mut seen, mut meant) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (number, one) in list.iter().enumerate() {
            let place = format!("/grants/{number}");
            if !seen.insert(one.grant) {
                faults.push(Fault::at(&place, "duplicate", "this grant is named twice"));
            }
            match rules::level(one.grant, one.level) {
                Ok(level) => meant.push((one.grant, level)),
                Err(none) => {
                    faults.push(Fault::at(format!("{place}/level"), "bad_level", none.to_string()));
                }
            }
        }
        if faults.is_empty() { Ok(meant) } else { Err(Error::Invalid(faults)) }
    }
}

impl GrantView {
    /// A grant of a partnership.
    pub fn of(on: &Partnership, grant: Grant) -> Self {
        let counted = matches!(on.status, Status::Active | Status::Ended);
        Self {
            grant: grant.kind,
            level: grant.level,
            granted_by_company_id: grant.company_id,
            granted_to_company_id: grant.grantee_company_id,
            in_force: on.status == Status::Active,
            granted_at: Some(grant.granted_at).filter(|_| counted),
        }
    }
}

/// The grant that a path names; none if there is no such kind.
#[derive(Debug, Clone, Copy)]
pub struct Named(pub Option<GrantKind>);

impl FromRequest for Named {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let word = request.match_info().get("grant").unwrap_or_default();
        std::future::ready(Ok(Self(GrantKind::parse(word))))
    }
}
