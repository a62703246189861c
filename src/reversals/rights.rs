//! Whether the submitter of a batch still may: asked again in the transaction of every chunk.
//!
//! What a batch may do was settled when it was received. Before its last chunk a key may be revoked, a
//! membership end, a company be suspended: the weaker of then and now counts.

use super::imports::policy::SubmitImport;
use super::model::Purpose;
use super::policy::SubmitReversal;
use super::rows::{Authority, Batch};
use crate::access::{Role, Scope, Verb};
use crate::adjustments::policy::MakeAdjustment;
use crate::companies::model::Status;
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

/// What the submitter may do now: one statement.
pub fn now_of(db: &mut Db, batch: &Batch, now: Instant) -> Result<Rights> {
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
