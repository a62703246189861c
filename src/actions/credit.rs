//! Whom an action may be credited to, and under what: the contract of a partner that was in force
//! when it occurred.

use super::model::{Action, AttributedBy};
use super::rules::Credit;
use crate::companies::model::Company;
use crate::contracts::model::{Contract, Version};
use crate::contracts::store as contracts;
use crate::db::{Db, Find};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, ContractId, ProgramId};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// The contract and terms under which a partner earns for what occurred then, or why there are none.
/// A company one has nothing to do with is as unknown as one that does not exist.
pub fn terms_for(
    db: &mut Db,
    reach: &Reach,
    (program, partner): (ProgramId, CompanyId),
    occurred_at: Instant,
) -> Result<Result<(Contract, Version), Fault>> {
    if let Some(found) = contracts::terms_in_force(db, program, partner, occurred_at)? {
        return Ok(Ok(found));
    }
    let known = Company::look_for(db, partner, reach)?.is_some();
    Ok(Err(no_terms(known)))
}

/// Why there are no terms with a company, which is known or not.
pub fn no_terms(known: bool) -> Fault {
    let (code, message) = match known {
        true => ("no_contract", "no contract with this partner was in force then"),
        false => ("unknown_partner", "this is no partner of your company"),
    };
    Fault::at("/partner_company_id", code, message)
}

/// What it takes to credit an action to a partner that the brand names. Whoever has it already keeps
/// the terms, too.
pub fn named(db: &mut Db, reach: &Reach, action: &Action, partner: CompanyId) -> Result<Credit> {
    if partner == action.partner_company_id {
        let version = contracts::terms(db, action.terms_id)?;
        let by = action.attributed_by;
        return Ok(credit((partner, by), (action.contract_id, version)));
    }
    let asked = (action.program_id, partner);
    let (contract, version) =
        terms_for(db, reach, asked, action.occurred_at)?.map_err(Error::invalid)?;
    Ok(credit((partner, AttributedBy::Partner), (contract.id, version)))
}

/// A partner and what it earns under.
pub fn credit(
    (partner_company_id, attributed_by): (CompanyId, AttributedBy),
    (contract_id, version): (ContractId, Version),
) -> Credit {
    Credit {
        partner_company_id,
        contract_id,
        terms_id: version.id,
        terms: version.terms.0,
        attributed_by,
    }
}
