//! Whether the submitter of a batch still may: asked again in the transaction of every chunk.
//!
//! What a batch may do was settled when it was received. Before its last chunk a key may be revoked, a
//! membership end, a company be suspended: the weaker of then and now counts.

use super::behalf;
use super::imports::policy::SubmitImport;
use super::model::Purpose;
use super::policy::SubmitReversal;
use super::rows::{Authority, Batch, Grantee};
use crate::access::{Role, Scope, Verb};
use crate::adjustments::policy::MakeAdjustment;
use crate::companies::model::Status;
use crate::companies::store as companies;
use crate::contracts::store as contracts;
use crate::db::Db;
use crate::error::Result;
use crate::kernel::time::Instant;
use crate::keys::store as keys;
use crate::users::store as users;

/// How it stands with the rights of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// The submitter may do this much.
    Hold(Authority),
    /// Nothing any more, and why.
    Ended(&'static str),
}

/// What the submitter may do now: one statement, and a few more where another company submits.
pub fn now_of(db: &mut Db, batch: &Batch, now: Instant) -> Result<Rights> {
    if let Some(grantee) = batch.authority.0.grantee.clone() {
        return now_of_grantee(db, batch, grantee, now);
    }
    let company = batch.company_id;
    let (needed, least) = match batch.purpose {
        Purpose::Reversals => (SubmitReversal::SCOPE, SubmitReversal::ROLE),
        Purpose::Actions => (SubmitImport::SCOPE, SubmitImport::ROLE),
    };
    let (may_submit, (may_raise, may_claw_back), status) = match (batch.api_key_id, batch.user_id) {
        // The program itself, which nobody can take a right from.
        (None, None) => return Ok(Rights::Hold(batch.authority.0.clone())),
        (Some(key), _) => {
            let found = keys::with_company(db, company, key)?;
            let live = found.filter(|(key, _)| key.counts(now));
            let Some((key, status)) = live else {
                return Ok(Rights::Ended("the API key of the batch no longer counts"));
            };
            let has = |scope: Scope| key.scopes.0.contains(&scope);
            let more = (has(Scope::ActionsWrite), MakeAdjustment::SCOPE.is_some_and(has));
            (needed.is_some_and(has), more, status)
        }
        (None, Some(user)) => {
            let Some((role, status)) = users::role_in(db, company, user)? else {
                return Ok(Rights::Ended("the submitter of the batch has left the company"));
            };
            let more = (role >= Role::Member, role >= MakeAdjustment::ROLE);
            (role >= least, more, status)
        }
    };
    if status != Status::Active {
        return Ok(Rights::Ended("the company is no longer active"));
    }
    if !may_submit {
        return Ok(Rights::Ended("the submitter may no longer submit batches"));
    }
    let then = &batch.authority.0;
    Ok(Rights::Hold(Authority {
        may_raise: then.may_raise && may_raise,
        may_claw_back: then.may_claw_back && may_claw_back,
        ..then.clone()
    }))
}

/// The same where a company submits that the brand lets do so: whether it still does, and whether the
/// person or key still may in the submitter's own company.
fn now_of_grantee(db: &mut Db, batch: &Batch, grantee: Grantee, now: Instant) -> Result<Rights> {
    let (brand, company) = (batch.company_id, grantee.company);
    if !behalf::is_let(db, brand, company)? {
        return Ok(Rights::Ended("the brand no longer lets the submitter's company do this"));
    }
    if companies::find_own(db, brand)?.status != Status::Active {
        return Ok(Rights::Ended("the company is no longer active"));
    }
    let then = batch.authority.0.clone();
    let stands = match (batch.api_key_id, then.delegate_user_id) {
        (Some(key), _) => {
            let found = keys::with_company(db, company, key)?;
            let live = found.filter(|(key, _)| key.counts(now));
            let needed = SubmitReversal::SCOPE;
            let has = |scopes: &[Scope]| needed.is_some_and(|needed| scopes.contains(&needed));
            live.map(|(key, status)| (has(&key.scopes.0), status))
        }
        (None, Some(user)) => {
            let found = users::role_in(db, company, user)?;
            found.map(|(role, status)| (role >= SubmitReversal::ROLE, status))
        }
        (None, None) => None,
    };
    if stands != Some((true, Status::Active)) {
        return Ok(Rights::Ended("the submitter may no longer submit batches"));
    }
    let paid_now = contracts::earned_in(db, brand, company)?;
    Ok(Rights::Hold(Authority { grantee: Some(grantee.or_paid_in(&paid_now)), ..then }))
}
