//! URLs of contracts, and the one that ends a partnership and with it the contracts on it.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Contract, Status, TermsStatus, Version};
use super::policy::{AnswerContract, EndContract, ProposeContract, ReadContract};
use super::preview::{ContractPreviewView, PreviewContract, foretell};
use super::proposal;
use super::rules::{self, Refusal};
use super::store::{self, Filter, Whole};
use super::wire::{ContractCommand, ContractFilter, ContractView, NewContract, NewContractVersion};
use crate::access::{Actor, Allows, Guarded, Signed, Verb};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Query, after, limit};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::page::Page;
use crate::kernel::time::Instant;
use crate::partnerships::change::{self as partnership_change, Told};
use crate::partnerships::changes::change as partnership_changes;
use crate::partnerships::grants::change as grants;
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::EndPartnership as EndsPartnership;
use crate::partnerships::routes::found as found_partnership;
use crate::partnerships::wire::{EndPartnership, PartnershipView};
use crate::partnerships::{rules as partnership_rules, store as partnerships};
use crate::programs::store as programs;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(propose_contract)
        .service(list_contracts)
        .service(get_contract)
        .service(accept_contract)
        .service(decline_contract)
        .service(withdraw_contract)
        .service(end_contract)
        .service(propose_contract_version)
        .service(preview_contract)
        .service(end_partnership);
}

/// Propose a contract in one of your programs to a partner.
///
/// The two companies need an active partnership, in either direction. Nothing counts before the
/// partner accepts; a partner has at most one active contract in a program.
///
/// Refuses with `no_partnership`, `contract_exists`.
#[utoipa::path(tag = "Contracts")]
#[post("/contracts")]
async fn propose_contract(
    signed: Signed<ProposeContract>,
    Json(body): Json<NewContract>,
) -> Result<Created<ContractView>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            let (contract, first) = proposal::contract(db, actor, &body, now)?;
            let (brand, partner) = (contract.brand_company_id, contract.partner_company_id);
            if !partnerships::hold_active(db, brand, partner)? {
                return Err(Refusal::NoPartnership.into());
            }
            if store::has_active(db, contract.program_id, partner)? {
                return Err(Refusal::Exists.into());
            }
            store::insert(db, &contract, &first)?;
            let event = Event::new(EventKind::ContractProposed, any(contract.id), brand, now);
            events::record(db, event.by(actor.doer).shared_with(partner))?;
            let location = format!("/v1/contracts/{}", contract.id);
            Ok(Created::at(location, view(db, actor, contract, now)?))
        })
        .await
}

/// List your company's contracts, as brand and as partner, newest first.
///
/// Each with its terms in force and all versions of them; filters narrow the list.
#[utoipa::path(tag = "Contracts", params(ContractFilter))]
#[get("/contracts")]
async fn list_contracts(
    signed: Signed<ReadContract>,
    Query(query): Query<ContractFilter>,
) -> Result<Listed<ContractView>> {
    let (place, most, now) = (after(query.cursor.as_deref())?, limit(query.limit), signed.now);
    let ContractFilter { program_id, partner_company_id, status, .. } = query;
    let filter = Filter { program_id, partner_company_id, status };
    let page = signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, &filter, place, most)?;
            let rows = store::whole(db, page.rows)?.into_iter();
            let rows = rows.map(|whole| ContractView::to(&actor.reach, whole, now)).collect();
            Ok(Page { rows, next: page.next })
        })
        .await?;
    Ok(Listed::of(page))
}

/// Show a contract with its terms in force and all versions of them.
///
/// Both sides see the same. Which version an action earns under is decided by when it occurred.
#[utoipa::path(tag = "Contracts")]
#[get("/contracts/{id}")]
async fn get_contract(guarded: Guarded<Contract, ReadContract>) -> Result<Found<ContractView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded.read(move |db, contract| found(db, &actor, contract, now)).await
}

/// Accept a contract that was proposed to your company, or new terms of one that runs.
///
/// A contract counts from its first day, even one that has passed, or from now on if it names none.
/// New terms count from their first day, and never from before they were accepted.
///
/// Refuses with `contract_already_answered`, `contract_not_active`, `no_open_version`,
/// `contract_exists`, `no_partnership`, `company_not_active`.
#[utoipa::path(tag = "Contracts")]
#[post("/contracts/{id}/accept")]
async fn accept_contract(
    guarded: Guarded<Contract, AnswerContract>,
    Json(body): Json<ContractCommand>,
) -> Result<Found<ContractView>> {
    let ContractCommand {} = body;
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, contract| {
            let whole = store::one_whole(db, contract.clone())?;
            let answered = rules::accept(&contract, &asked(&whole)?, &whole.zone, now)?;
            let (brand, partner) = (contract.brand_company_id, contract.partner_company_id);
            if !partnerships::hold_active(db, brand, partner)? {
                return Err(Refusal::NoPartnership.into());
            }
            if !companies::is_known(db, brand)? {
                return Err(partnership_rules::Refusal::NotTakingPart.into());
            }
            let first = contract.status != Status::Active;
            if first && store::has_active(db, contract.program_id, partner)? {
                return Err(Refusal::Exists.into());
            }
            answer(db, &actor, &contract, answered, Answer::ACCEPTED)
        })
        .await
}

/// Decline a contract that was proposed to your company, or new terms of one that runs.
///
/// New terms that are declined leave the contract as it runs.
///
/// Refuses with `contract_already_answered`, `contract_not_active`, `no_open_version`.
#[utoipa::path(tag = "Contracts")]
#[post("/contracts/{id}/decline")]
async fn decline_contract(
    guarded: Guarded<Contract, AnswerContract>,
    Json(body): Json<ContractCommand>,
) -> Result<Found<ContractView>> {
    let ContractCommand {} = body;
    refuse(guarded, rules::decline, Answer::DECLINED).await
}

/// Take back a contract or new terms your company has proposed, before they are answered.
///
/// New terms that are taken back leave the contract as it runs.
///
/// Refuses with `contract_already_answered`, `contract_not_active`, `no_open_version`.
#[utoipa::path(tag = "Contracts")]
#[post("/contracts/{id}/withdraw")]
async fn withdraw_contract(
    guarded: Guarded<Contract, ProposeContract>,
    Json(body): Json<ContractCommand>,
) -> Result<Found<ContractView>> {
    let ContractCommand {} = body;
    refuse(guarded, rules::withdraw, Answer::WITHDRAWN).await
}

/// End an active contract, at once. What occurred before still earns.
///
/// Orders from before the end may be reported, and changed until they lock, as if it still ran.
///
/// Refuses with `contract_not_active`.
#[utoipa::path(tag = "Contracts")]
#[post("/contracts/{id}/end")]
async fn end_contract(
    guarded: Guarded<Contract, EndContract>,
    Json(body): Json<ContractCommand>,
) -> Result<Found<ContractView>> {
    let ContractCommand {} = body;
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, contract| {
            let after = rules::end(&contract, now)?;
            let after = advance(db, &actor, &contract, after, EventKind::ContractEnded)?;
            found(db, &actor, after, now)
        })
        .await
}

/// Propose other terms for a contract that runs.
///
/// The partner accepts or declines them like the contract itself; until then the old ones count.
/// One version at a time waits for an answer.
///
/// Refuses with `contract_not_active`, `version_open`.
#[utoipa::path(tag = "Contracts")]
#[post("/contracts/{id}/versions")]
async fn propose_contract_version(
    guarded: Guarded<Contract, ProposeContract>,
    Json(body): Json<NewContractVersion>,
) -> Result<Created<ContractView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, contract| {
            let terms = proposal::new_terms(db, &contract, &body)?;
            let versions = store::one_whole(db, contract.clone())?.versions;
            let (after, number) = rules::propose(&contract, &versions, now)?;
            let after = advance(db, &actor, &contract, after, EventKind::ContractVersionProposed)?;
            let asked = (terms, body.starts_on);
            let version = proposal::version(contract.id, number, asked, now);
            store::insert_version(db, &version)?;
            let (version, location) = (after.version, format!("/v1/contracts/{}", after.id));
            Ok(Created::at(location, view(db, &actor, after, now)?).version(version))
        })
        .await
}

/// Foretell what an action would earn and when it would lock, for any time past or future.
///
/// A contract that is only proposed foretells by the terms proposed. Nothing is stored. Faults have
/// the code `no_contract` where no terms are in force at that time, or none pay for the event type.
#[utoipa::path(tag = "Contracts")]
#[post("/contracts/{id}/preview")]
async fn preview_contract(
    guarded: Guarded<Contract, ReadContract>,
    Json(body): Json<PreviewContract>,
) -> Result<Found<ContractPreviewView>> {
    let actor = guarded.actor.clone();
    guarded
        .read(move |db, contract| {
            let mut event_types = programs::event_types_of(db, contract.program_id)?;
            event_types.retain(|id| actor.reach.event_types.admits(*id));
            let whole = store::one_whole(db, contract)?;
            Ok(Found::of(foretell(body, &whole, &event_types)?))
        })
        .await
}

/// End an active partnership, at once and for a reason.
///
/// Unless the two companies have another active partnership, the other way round, their contracts
/// end at the same moment, and those only proposed are withdrawn. What occurred before still earns.
///
/// Refuses with `partnership_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/end")]
async fn end_partnership(
    guarded: Guarded<Partnership, EndsPartnership>,
    Json(body): Json<EndPartnership>,
) -> Result<Found<PartnershipView>> {
    let (now, actor, forget) = (guarded.now, guarded.actor.clone(), guarded.forgetter());
    let done = guarded
        .write(move |db, active| {
            let own = actor.reach.company;
            let ended = partnership_rules::end(&active, own, body.reason.clone(), now)?;
            let told = Told { kind: EventKind::PartnershipEnded, own, doer: actor.doer };
            partnership_changes::cancel(db, &active, now)?;
            let ended = partnership_change::advance(db, &active, ended, told)?;
            let found = found_partnership(db, own, ended)?;
            let (one, other) = (active.partner_company_id, active.client_company_id);
            grants::lose(db, (one, other), now)?;
            grants::lose(db, (other, one), now)?;
            if !partnerships::hold_active(db, one, other)? {
                for contract in store::live_between(db, one, other)? {
                    close(db, &actor, contract, now)?;
                }
            }
            Ok(found)
        })
        .await;
    // One of the two may be suspended no longer.
    forget();
    done
}

/// Ends a contract whose partnership has ended, or withdraws it if it is only proposed.
fn close(db: &mut Db, actor: &Actor, contract: Contract, now: Instant) -> Result<()> {
    if contract.status == Status::Active {
        let after = rules::end(&contract, now)?;
        advance(db, actor, &contract, after, EventKind::ContractEnded)?;
        return Ok(());
    }
    let whole = store::one_whole(db, contract.clone())?;
    let (after, version) = rules::withdraw(&contract, &asked(&whole)?, now)?;
    advance(db, actor, &contract, after, EventKind::ContractWithdrawn)?;
    store::answer_version(db, &version)
}

/// The version that waits for an answer, or else the last one, which says why none does.
fn asked(whole: &Whole) -> Result<Version> {
    let open = whole.versions.iter().find(|version| version.status == TermsStatus::Proposed);
    let asked = open.or(whole.versions.last()).cloned();
    asked.ok_or_else(|| Error::internal(anyhow::anyhow!("{} has no terms", whole.contract.id)))
}

/// What an answer is called, for a contract and for a version of one that runs.
#[derive(Clone, Copy)]
struct Answer {
    contract: EventKind,
    version: EventKind,
}

impl Answer {
    const ACCEPTED: Self =
        Self { contract: EventKind::ContractAccepted, version: EventKind::ContractVersionAccepted };
    const DECLINED: Self =
        Self { contract: EventKind::ContractDeclined, version: EventKind::ContractVersionDeclined };
    const WITHDRAWN: Self = Self {
        contract: EventKind::ContractWithdrawn,
        version: EventKind::ContractVersionWithdrawn,
    };
}

/// What becomes of a contract and its open version when nothing comes of it.
type Refusing =
    fn(&Contract, &Version, Instant) -> std::result::Result<(Contract, Version), Refusal>;

/// Declines or withdraws what is open.
async fn refuse<V: Verb>(
    guarded: Guarded<Contract, V>,
    rule: Refusing,
    called: Answer,
) -> Result<Found<ContractView>>
where
    Contract: Allows<V>,
{
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, contract| {
            let whole = store::one_whole(db, contract.clone())?;
            let answered = rule(&contract, &asked(&whole)?, now)?;
            answer(db, &actor, &contract, answered, called)
        })
        .await
}

/// Stores an answer and shows the contract.
fn answer(
    db: &mut Db,
    actor: &Actor,
    before: &Contract,
    (after, version): (Contract, Version),
    called: Answer,
) -> Result<Found<ContractView>> {
    let first = before.status == Status::Proposed;
    let kind = if first { called.contract } else { called.version };
    let after = advance(db, actor, before, after, kind)?;
    store::answer_version(db, &version)?;
    let now = after.updated_at;
    found(db, actor, after, now)
}

/// Stores the next state and writes it down for both sides.
fn advance(
    db: &mut Db,
    actor: &Actor,
    before: &Contract,
    after: Contract,
    kind: EventKind,
) -> Result<Contract> {
    let after = store::advance(db, before, after)?;
    let own = actor.reach.company;
    let event = Event::new(kind, any(after.id), own, after.updated_at)
        .by(actor.doer)
        .shared_with(after.other_side(own))
        .sequence(after.version)
        .changed("status", before.status.as_str(), after.status.as_str());
    events::record(db, event)?;
    Ok(after)
}

fn found(
    db: &mut Db,
    actor: &Actor,
    contract: Contract,
    now: Instant,
) -> Result<Found<ContractView>> {
    Ok(Found::version(contract.version, view(db, actor, contract, now)?))
}

fn view(db: &mut Db, actor: &Actor, contract: Contract, now: Instant) -> Result<ContractView> {
    Ok(ContractView::to(&actor.reach, store::one_whole(db, contract)?, now))
}
