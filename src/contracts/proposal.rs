//! From what a brand asks for to the rows of a proposal: every fault at once.

use super::model::{Contract, Status, Terms, TermsStatus, Version};
use super::terms::{self, Against};
use super::wire::{NewContract, NewContractVersion};
use crate::access::Actor;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::kernel::document::Document;
use crate::kernel::id::{ContractId, TermsId};
use crate::kernel::time::{Day, Instant};
use crate::programs::model::Program;
use crate::programs::store as programs;

/// The contract a body asks for and its first terms, or everything that is wrong with the body.
pub fn contract(
    db: &mut Db,
    actor: &Actor,
    body: &NewContract,
    now: Instant,
) -> Result<(Contract, Version)> {
    let (program, terms) = first_terms(db, actor, body)?;
    let contract = Contract {
        id: ContractId::new(),
        program_id: program.id,
        brand_company_id: actor.reach.company,
        partner_company_id: body.partner_company_id,
        currency: program.currency,
        status: Status::Proposed,
        starts_on: body.starts_on,
        ends_on: body.ends_on,
        version: 1,
        created_at: now,
        answered_at: None,
        ended_at: None,
        updated_at: now,
    };
    let first = version(contract.id, 1, (terms, body.starts_on), now);
    Ok((contract, first))
}

/// A version that waits for an answer.
pub fn version(
    contract_id: ContractId,
    number: i32,
    (terms, starts_on): (Terms, Option<Day>),
    now: Instant,
) -> Version {
    Version {
        id: TermsId::new(),
        contract_id,
        number,
        status: TermsStatus::Proposed,
        terms: Document(terms),
        starts_on,
        in_force_from: None,
        created_at: now,
        answered_at: None,
    }
}

fn first_terms(db: &mut Db, actor: &Actor, body: &NewContract) -> Result<(Program, Terms)> {
    let (own, partner) = (actor.reach.company, body.partner_company_id);
    let mut faults = Vec::new();
    let mut say = |place: &str, code: &'static str, message: &str| {
        faults.push(Fault::at(place, code, message));
    };
    if partner == own {
        say("/partner_company_id", "own_company", "a company pays nothing to itself");
    } else if !companies::is_known(db, partner)? {
        say("/partner_company_id", "unknown_company", "there is no such company that takes part");
    }
    if body.starts_on.zip(body.ends_on).is_some_and(|(first, last)| last < first) {
        say("/ends_on", "out_of_range", "it ends before it starts");
    }
    let Some(program) = programs::look_for_own(db, &actor.reach, body.program_id)? else {
        say("/program_id", "unknown_program", "your company has no such program");
        return Err(Error::Invalid(faults));
    };
    let currency = program.currency;
    if body.currency.is_some_and(|asked| asked != currency) {
        say("/currency", "currency_mismatch", &format!("the program is in {currency}"));
    }
    let event_types = programs::event_types_of(db, program.id)?;
    let read = terms::read(body.asked(), &Against { currency, event_types }, &mut faults);
    match read {
        Some(terms) if faults.is_empty() => Ok((program, terms)),
        Some(_) | None => Err(Error::Invalid(faults)),
    }
}

/// The new terms a body asks for, or everything that is wrong with the body.
pub fn new_terms(db: &mut Db, contract: &Contract, body: &NewContractVersion) -> Result<Terms> {
    let mut faults = Vec::new();
    if body.starts_on.zip(contract.ends_on).is_some_and(|(first, last)| last < first) {
        let message = "the contract has ended by then";
        faults.push(Fault::at("/starts_on", "out_of_range", message));
    }
    let event_types = programs::event_types_of(db, contract.program_id)?;
    let against = Against { currency: contract.currency, event_types };
    match terms::read(body.asked(), &against, &mut faults) {
        Some(terms) if faults.is_empty() => Ok(terms),
        Some(_) | None => Err(Error::Invalid(faults)),
    }
}
