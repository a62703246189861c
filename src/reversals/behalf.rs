//! One company submits a batch for another one, which lets it do so by `submit_reversals`.
//!
//! Such a batch only lowers, and does nothing beside what has locked: the grant is for reversals. In
//! programs that pay the submitter it reaches what the submitter is paid for, and no more: the rest does
//! not exist for it. The brand sees the batch as all of its own, with who submitted it; the submitter sees
//! its own batches, also when the grant is over, and none of the others.

use super::policy::SubmitReversal;
use super::rows::{Authority, Batch, Grantee};
use crate::access::{Actor, Signed};
use crate::companies::store as companies;
use crate::contracts::store as contracts;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::CompanyId;
use crate::partnerships::grants::model::GrantKind;
use crate::partnerships::grants::store as grants;

/// Refuses early what could not be received, before much is taken in.
pub(super) async fn permit(
    signed: &Signed<SubmitReversal>,
    brand: Option<CompanyId>,
) -> Result<()> {
    let Some(brand) = brand.filter(|brand| *brand != signed.actor.reach.company) else {
        return Ok(());
    };
    signed.read(move |db, actor| granted(db, actor, brand, false).map(drop)).await
}

/// What somebody of another company may do in a batch of this brand. An unknown brand and one that
/// does not let the company do this are the same.
pub(super) fn authority(
    db: &mut Db,
    actor: &Actor,
    (brand, in_form): (CompanyId, bool),
) -> Result<Authority> {
    let grantee = granted(db, actor, brand, in_form)?;
    Ok(Authority {
        grantee: Some(grantee),
        delegate_user_id: actor.doer.user_id,
        ..Authority::default()
    })
}

/// Refuses whoever would stop a batch of another company's that lets it do so no longer.
pub(super) fn still(db: &mut Db, actor: &Actor, batch: &Batch) -> Result<()> {
    let own = actor.reach.company;
    if batch.company_id == own {
        return Ok(());
    }
    if !is_let(db, batch.company_id, own)? {
        let detail = "the brand no longer lets your company submit for it".into();
        return Err(Error::Forbidden { code: "grant_missing", detail });
    }
    actor.acts_for(companies::find_own(db, batch.company_id)?.status)
}

/// Whether a brand lets a company submit for it at this moment.
pub(super) fn is_let(db: &mut Db, brand: CompanyId, grantee: CompanyId) -> Result<bool> {
    Ok(grants::in_force(db, brand, grantee, GrantKind::SubmitReversals)?.is_some())
}

fn granted(db: &mut Db, actor: &Actor, brand: CompanyId, in_form: bool) -> Result<Grantee> {
    let company = actor.reach.company;
    if !is_let(db, brand, company)? {
        let (code, message) =
            ("unknown_company", "there is no such company that lets yours do this");
        return Err(Error::invalid(match in_form {
            true => Fault::at("/company_id", code, message),
            false => Fault::in_parameter("company_id", code, message),
        }));
    }
    if !actor.reach.is_whole() {
        let detail = "the key is limited to programs of your own company".into();
        return Err(Error::Forbidden { code: "key_limited", detail });
    }
    actor.acts_for(companies::find_own(db, brand)?.status)?;
    let paid_in = contracts::earned_in(db, brand, company)?;
    Ok(Grantee { company, paid_in })
}
