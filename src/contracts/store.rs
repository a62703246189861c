//! The only SQL that touches `contracts` and `contract_terms`, but for who may read a program.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::{Contract, Status, TermsStatus, Version};
use super::rules::{Refusal, in_force};
use crate::companies::store::ties;
use crate::db::schema::{contract_terms, contracts, event_types, programs};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, ContractId, ProgramId, TermsId};
use crate::kernel::page::Page;
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::{Instant, Zone};
use crate::statuses::store as statuses;

/// A contract, where its days begin, and all versions of its terms by number.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The contract.
    pub contract: Contract,
    /// The program's zone.
    pub zone: Zone,
    /// Every version.
    pub versions: Vec<Version>,
}

/// Which contracts a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this program.
    pub program_id: Option<ProgramId>,
    /// Only those of this partner.
    pub partner_company_id: Option<CompanyId>,
    /// Only those in one of these states.
    pub status: Option<Vec<Status>>,
}

type Contracts<'a> = contracts::BoxedQuery<'a, MultiBackend>;

/// The contracts the caller's company is a side of, within the key's limits.
fn visible(reach: &Reach) -> Contracts<'_> {
    let own = contracts::brand_company_id
        .eq(reach.company)
        .or(contracts::partner_company_id.eq(reach.company));
    let mut rows = contracts::table.filter(own).into_boxed::<MultiBackend>();
    if let Limit::Only(ids) = &reach.programs {
        rows = rows.filter(contracts::program_id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.event_types {
        let of_types =
            event_types::table.filter(event_types::id.eq_any(ids)).select(event_types::program_id);
        rows = rows.filter(contracts::program_id.eq_any(of_types));
    }
    if let Limit::Only(ids) = &reach.others {
        let brand = contracts::brand_company_id.eq_any(ids);
        rows = rows.filter(brand.or(contracts::partner_company_id.eq_any(ids)));
    }
    rows
}

impl Find for Contract {
    type Id = ContractId;
    const NAME: &'static str = "contract";

    fn look_for(db: &mut Db, id: ContractId, reach: &Reach) -> Result<Option<Self>> {
        Ok(visible(reach).filter(contracts::id.eq(id)).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.brand_company_id), Some(self.partner_company_id)]
    }
}

/// Those of these contracts that the caller's company is a side of.
pub fn among(db: &mut Db, reach: &Reach, ids: &[ContractId]) -> Result<Vec<Contract>> {
    Ok(visible(reach).filter(contracts::id.eq_any(ids)).load(db)?)
}

/// A new contract and its first terms.
pub fn insert(db: &mut Db, contract: &Contract, first: &Version) -> Result<()> {
    diesel::insert_into(contracts::table).values(contract).execute(db)?;
    touch(db, contract)?;
    insert_version(db, first)
}

/// New terms.
pub fn insert_version(db: &mut Db, version: &Version) -> Result<()> {
    match diesel::insert_into(contract_terms::table).values(version).execute(db) {
        Ok(_) => Ok(()),
        // The number is taken: somebody else proposed terms in the meantime.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Refusal::VersionOpen.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// Contracts the caller's company is a side of, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<ContractId>,
    limit: i64,
) -> Result<Page<Contract>> {
    let mut rows = visible(reach).order(contracts::id.desc()).limit(limit + 1);
    if let Some(program) = filter.program_id {
        rows = rows.filter(contracts::program_id.eq(program));
    }
    if let Some(partner) = filter.partner_company_id {
        rows = rows.filter(contracts::partner_company_id.eq(partner));
    }
    if let Some(statuses) = &filter.status {
        rows = rows.filter(contracts::status.eq_any(statuses));
    }
    if let Some(after) = after {
        rows = rows.filter(contracts::id.lt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |contract: &Contract| contract.id))
}

/// Contracts with their zones and terms, in the same order.
pub fn whole(db: &mut Db, rows: Vec<Contract>) -> Result<Vec<Whole>> {
    let ids: Vec<ContractId> = rows.iter().map(|contract| contract.id).collect();
    let program_ids: Vec<ProgramId> = rows.iter().map(|contract| contract.program_id).collect();
    let versions: Vec<Version> = contract_terms::table
        .filter(contract_terms::contract_id.eq_any(ids))
        .order((contract_terms::contract_id, contract_terms::number))
        .load(db)?;
    let zones: Vec<(ProgramId, Zone)> = programs::table
        .filter(programs::id.eq_any(program_ids))
        .select((programs::id, programs::time_zone))
        .load(db)?;
    let zones: HashMap<ProgramId, Zone> = zones.into_iter().collect();
    let mut by_contract: HashMap<ContractId, Vec<Version>> = HashMap::new();
    for version in versions {
        by_contract.entry(version.contract_id).or_default().push(version);
    }
    let assembled = rows.into_iter().map(|contract| Whole {
        zone: zones.get(&contract.program_id).cloned().unwrap_or_else(Zone::utc),
        versions: by_contract.remove(&contract.id).unwrap_or_default(),
        contract,
    });
    Ok(assembled.collect())
}

/// One contract with its zone and terms.
pub fn one_whole(db: &mut Db, contract: Contract) -> Result<Whole> {
    whole(db, vec![contract])?.pop().ok_or(Error::NotFound(Contract::NAME))
}

/// Replaces `before` by `after`, unless somebody else replaced it first, or another contract of the
/// partner became active in the program.
pub fn advance(db: &mut Db, before: &Contract, after: Contract) -> Result<Contract> {
    let after = Contract { version: before.version + 1, ..after };
    let unchanged = contracts::table
        .filter(contracts::id.eq(before.id).and(contracts::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db) {
        Ok(1) => touch(db, &after).map(|()| after),
        Ok(_) => Err(Error::Stale),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Refusal::Exists.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// Something happened between its two sides.
fn touch(db: &mut Db, contract: &Contract) -> Result<()> {
    ties::touch(db, contract.brand_company_id, contract.partner_company_id, contract.updated_at)
}

/// Gives a version its answer; the contract was advanced before, so nobody else does.
pub fn answer_version(db: &mut Db, version: &Version) -> Result<()> {
    diesel::update(contract_terms::table.find(version.id)).set(version).execute(db)?;
    Ok(())
}

/// Whether a partner has an active contract in a program.
pub fn has_active(db: &mut Db, program: ProgramId, partner: CompanyId) -> Result<bool> {
    let active = contracts::table
        .filter(contracts::program_id.eq(program))
        .filter(contracts::partner_company_id.eq(partner))
        .filter(contracts::status.eq(Status::Active));
    Ok(diesel::select(exists(active)).get_result(db)?)
}

/// The programs of a brand in which a partner has ever earned, or earns.
pub fn earned_in(db: &mut Db, brand: CompanyId, partner: CompanyId) -> Result<Vec<ProgramId>> {
    let between = contracts::table
        .filter(contracts::brand_company_id.eq(brand))
        .filter(contracts::partner_company_id.eq(partner))
        .filter(contracts::status.eq_any([Status::Active, Status::Ended]));
    Ok(between.select(contracts::program_id).distinct().load(db)?)
}

/// The proposed and active contracts of two companies, whoever of them is the brand.
pub fn live_between(db: &mut Db, one: CompanyId, other: CompanyId) -> Result<Vec<Contract>> {
    let (brand, partner) = (contracts::brand_company_id, contracts::partner_company_id);
    let this_way = brand.eq(one).and(partner.eq(other));
    let that_way = brand.eq(other).and(partner.eq(one));
    let live = contracts::status.eq_any([Status::Proposed, Status::Active]);
    let rows = contracts::table.filter(this_way.or(that_way)).filter(live);
    Ok(rows.order(contracts::id).load(db)?)
}

/// The contract and the version of its terms under which something that occurred at `occurred_at`
/// earns for a partner in a program, if any does.
///
/// An ended contract still counts for what occurred before its end. Where two overlap, because the
/// later one reaches back, the one whose terms came into force last counts.
pub fn terms_in_force(
    db: &mut Db,
    program: ProgramId,
    partner: CompanyId,
    occurred_at: Instant,
) -> Result<Option<(Contract, Version)>> {
    let signed = signed(db, program, &[partner])?;
    let found = counting(&signed, partner, occurred_at);
    Ok(found.map(|(contract, version)| (contract.clone(), version.clone())))
}

/// The contracts of these partners in a program that count, or once did.
pub fn signed(db: &mut Db, program: ProgramId, partners: &[CompanyId]) -> Result<Vec<Whole>> {
    let mut signed: Vec<Contract> = contracts::table
        .filter(contracts::program_id.eq(program))
        .filter(contracts::partner_company_id.eq_any(partners))
        .filter(contracts::status.eq_any([Status::Active, Status::Ended]))
        .load(db)?;
    if signed.is_empty() {
        return Ok(Vec::new());
    }
    // While a partner is deactivated its contracts stand as if they had ended then.
    let gone = statuses::gone_since(db, partners)?;
    for contract in &mut signed {
        let ends = [contract.ended_at, gone.get(&contract.partner_company_id).copied()];
        contract.ended_at = ends.into_iter().flatten().min();
    }
    whole(db, signed)
}

/// Of these contracts the one under which a partner earns for what occurred then, and its version.
pub fn counting(
    signed: &[Whole],
    partner: CompanyId,
    occurred_at: Instant,
) -> Option<(&Contract, &Version)> {
    let own = signed.iter().filter(|whole| whole.contract.partner_company_id == partner);
    let candidates = own.filter_map(|whole| {
        let version = in_force(&whole.versions, &whole.contract, &whole.zone, occurred_at);
        version.map(|version| (&whole.contract, version))
    });
    candidates.max_by_key(|(contract, version)| (version.in_force_from, contract.id))
}

/// The accepted terms that an action has pinned.
pub fn terms(db: &mut Db, id: TermsId) -> Result<Version> {
    let accepted = contract_terms::status.eq(TermsStatus::Accepted);
    let version = contract_terms::table.find(id).filter(accepted).first(db).optional()?;
    version.ok_or_else(|| Error::internal(anyhow::anyhow!("{id} are no accepted terms")))
}
