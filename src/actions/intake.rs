//! Takes in what brands report: looks up what a report names, finds repeated orders, tracks.
//!
//! A single report and one of many are decided alike. For many, [`Intake::prepare`] looks up together
//! what each would have to ask for, and [`Intake::write`] keeps together what they come to.

mod many;

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::SignedDuration;

use super::credit::no_terms;
use super::model::{Action, AttributedBy, Channel, Update, Verb};
use super::news;
use super::rules::{Attribution, Refusal, Seen, Tracking, Why, entry, occurrence, tracked};
use super::store;
use super::wire::{NewAction, Report};
use crate::codes::model::Whole;
use crate::codes::rules::credited;
use crate::codes::spelling::folded;
use crate::codes::store as codes;
use crate::companies::model::Company;
use crate::contracts::model::{Contract, Version};
use crate::contracts::store as contracts;
use crate::db::{Db, Find};
use crate::error::{Error, Fault, Result};
use crate::events::model::Doer;
use crate::events::store as events;
use crate::kernel::id::{
    ActionId, CompanyId, EventTypeId, ProgramId, ReferralCodeId, ReversalId, UpdateId,
};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::programs::model::{EventType, Program};
use crate::programs::store as programs;

/// How often a twin may take the place of an order before it is left to the next try.
const TRIES: usize = 4;

/// What became of a report without faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is tracked.
    Tracked(Action),
    /// The order was tracked before, as this action.
    Duplicate(Action),
}

/// What is to become of a report without faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is to be tracked.
    New(Box<Action>),
    /// The order was tracked before, as this action.
    Known(ActionId),
}

/// Takes in reports of one caller within one transaction, and remembers what it looked up.
#[derive(Debug)]
pub struct Intake<'a> {
    reach: &'a Reach,
    doer: Doer,
    now: Instant,
    channel: Channel,
    event_types: HashMap<EventTypeId, Option<(EventType, Program)>>,
    codes: HashMap<(ProgramId, String), Vec<Whole>>,
    /// Contracts that count or have counted.
    contracts: HashMap<(ProgramId, CompanyId), Vec<contracts::Whole>>,
    /// Whether a company is one that the caller deals with.
    partners: HashMap<CompanyId, bool>,
    /// The actions of an order, as far as they were looked up or are to be tracked.
    seen: HashMap<(EventTypeId, String), Vec<Seen>>,
}

/// What a report names.
struct Named {
    event_type: EventType,
    program: Program,
    partner: CompanyId,
    attribution: Attribution,
    contract: Contract,
    terms: Version,
}

impl<'a> Intake<'a> {
    /// For a caller, now.
    pub fn new(reach: &'a Reach, doer: Doer, now: Instant) -> Self {
        Self {
            reach,
            doer,
            now,
            channel: Channel::of_calls_by(doer),
            event_types: HashMap::new(),
            codes: HashMap::new(),
            contracts: HashMap::new(),
            partners: HashMap::new(),
            seen: HashMap::new(),
        }
    }

    /// The same, of reports that come through another door.
    pub fn through(self, channel: Channel) -> Self {
        Self { channel, ..self }
    }

    /// Tracks a reported conversion; everything that is wrong with it is told at once. Of twins at once
    /// the second finds the first.
    pub fn track(&mut self, db: &mut Db, new: &NewAction) -> Result<Outcome> {
        for _ in 0..TRIES {
            match self.decide(db, new)?.map_err(Error::Invalid)? {
                Decided::Known(id) => {
                    let known = Action::look_for(db, id, self.reach)?;
                    return Ok(Outcome::Duplicate(known.ok_or(Error::Stale)?));
                }
                Decided::New(action) => {
                    if store::insert_unless_taken(db, &action)? {
                        self.write_down(db, &action)?;
                        return Ok(Outcome::Tracked(*action));
                    }
                    self.seen.clear();
                }
            }
        }
        Err(Error::Stale)
    }

    /// What is to become of a report, or everything that is wrong with it. Nothing is written.
    pub fn decide(&mut self, db: &mut Db, new: &NewAction) -> Result<Result<Decided, Vec<Fault>>> {
        let (named, read) = (self.look_up(db, new)?, new.read(self.now));
        match (named, read) {
            (Ok(named), Ok(report)) => self.place(db, new, &named, &report),
            (named, read) => {
                let faults = [read.err(), named.err()];
                Ok(Err(faults.into_iter().flatten().flatten().collect()))
            }
        }
    }

    /// Finds the event type, the program, who is credited, and the terms in force.
    fn look_up(&mut self, db: &mut Db, new: &NewAction) -> Result<Result<Named, Vec<Fault>>> {
        let Some((event_type, program)) = self.event_type(db, new.event_type_id)? else {
            let message = "this is none of your company's";
            return Ok(Err(vec![Fault::at("/event_type_id", "unknown_event_type", message)]));
        };
        let mut faults = Vec::new();
        if new.currency != program.currency {
            let message = format!("the program counts in {}", program.currency);
            faults.push(Fault::at("/currency", "currency_mismatch", message));
        }
        let Some((partner, attribution)) = self.attribute(db, new, program.id, &mut faults)? else {
            return Ok(Err(faults));
        };
        let found = self.terms(db, (program.id, partner), new.occurred_at)?;
        match (found, attribution.by) {
            (Ok((contract, terms)), _) if faults.is_empty() => {
                Ok(Ok(Named { event_type, program, partner, attribution, contract, terms }))
            }
            (Ok(_), _) => Ok(Err(faults)),
            (Err(fault), AttributedBy::Partner) => {
                faults.push(fault);
                Ok(Err(faults))
            }
            (Err(_), AttributedBy::Code) => {
                let message = "no contract with the partner of this code was in force then";
                faults.push(Fault::at("/code", "no_contract", message));
                Ok(Err(faults))
            }
        }
    }

    /// Who is credited: the partner that is named, or else whoever had the code then. Where neither
    /// is there, reading the report finds that.
    fn attribute(
        &mut self,
        db: &mut Db,
        new: &NewAction,
        program: ProgramId,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<(CompanyId, Attribution)>> {
        let code = new.code.as_ref().map(|code| code.trim().to_owned());
        let Some(text) = &code else {
            return Ok(new.partner_company_id.map(|partner| (partner, Attribution::named())));
        };
        let owner = self.owner(db, program, text, new.occurred_at)?;
        if let Some(partner) = new.partner_company_id {
            let (code, code_id) =
                (code.filter(|text| !text.is_empty()), owner.map(|(code_id, _)| code_id));
            return Ok(Some((partner, Attribution { code, code_id, by: AttributedBy::Partner })));
        }
        if owner.is_none() {
            let message = "this was no code of a partner in this program then";
            faults.push(Fault::at("/code", "unknown_code", message));
        }
        Ok(owner.map(|(code_id, partner)| {
            (partner, Attribution { code, code_id: Some(code_id), by: AttributedBy::Code })
        }))
    }

    /// The code of a program that a text was at a moment, and whom it credited. Where a text was
    /// freed and given anew, the newer code counts.
    fn owner(
        &mut self,
        db: &mut Db,
        program: ProgramId,
        text: &str,
        at: Instant,
    ) -> Result<Option<(ReferralCodeId, CompanyId)>> {
        let key = (program, folded(text));
        let known = match self.codes.get(&key) {
            Some(known) => known,
            None => {
                let text = std::slice::from_ref(&key.1);
                let written = codes::written(db, (self.reach.company, program), text)?;
                &*self.codes.entry(key).or_insert(written)
            }
        };
        Ok(known.iter().find_map(|whole| Some((whole.code.id, credited(whole, at)?))))
    }

    fn event_type(&mut self, db: &mut Db, id: EventTypeId) -> Result<Option<(EventType, Program)>> {
        if let Some(known) = self.event_types.get(&id) {
            return Ok(known.clone());
        }
        let found = match programs::find_event_type(db, self.reach, id)? {
            Some(event_type) => {
                let program = programs::look_for_own(db, self.reach, event_type.program_id)?;
                program.map(|program| (event_type, program))
            }
            None => None,
        };
        self.event_types.insert(id, found.clone());
        Ok(found)
    }

    /// The contract and terms under which a partner earns for what occurred then, or why there are
    /// none.
    fn terms(
        &mut self,
        db: &mut Db,
        (program, partner): (ProgramId, CompanyId),
        occurred_at: Instant,
    ) -> Result<Result<(Contract, Version), Fault>> {
        let signed = match self.contracts.get(&(program, partner)) {
            Some(signed) => signed,
            None => {
                let found = contracts::signed(db, program, &[partner])?;
                &*self.contracts.entry((program, partner)).or_insert(found)
            }
        };
        if let Some((contract, version)) = contracts::counting(signed, partner, occurred_at) {
            return Ok(Ok((contract.clone(), version.clone())));
        }
        let known = match self.partners.get(&partner) {
            Some(known) => *known,
            None => Company::look_for(db, partner, self.reach)?.is_some(),
        };
        self.partners.insert(partner, known);
        Ok(Err(no_terms(known)))
    }

    /// Finds the place of a report among those of its order: another one, or too soon after one.
    fn place(
        &mut self,
        db: &mut Db,
        new: &NewAction,
        named: &Named,
        report: &Report,
    ) -> Result<Result<Decided, Vec<Fault>>> {
        let order = (named.event_type.id, report.order_id.clone());
        if !self.seen.contains_key(&order) {
            let kind = (self.reach.company, order.0);
            let found = store::seen(db, kind, std::slice::from_ref(&order.1))?;
            self.seen.insert(order.clone(), found.into_iter().map(|(_, seen)| seen).collect());
        }
        let seen = self.seen.get(&order).map(Vec::as_slice).unwrap_or_default();
        let window = repeats_within(&named.event_type, new.occurred_at);
        let number = match occurrence(seen, window) {
            ControlFlow::Continue(number) => number,
            ControlFlow::Break(known) => return Ok(Ok(Decided::Known(known))),
        };
        let tracking = self.tracking(new, named, report, number);
        Ok(match tracked(tracking, &named.terms.terms.0, &named.program.time_zone) {
            Ok(action) => {
                self.seen.entry(order).or_default().push(Seen::of(&action));
                Ok(Decided::New(Box::new(action)))
            }
            Err(refusal) => Err(vec![misfit(&refusal)]),
        })
    }

    fn tracking(
        &self,
        new: &NewAction,
        named: &Named,
        report: &Report,
        occurrence: i32,
    ) -> Tracking {
        Tracking {
            id: ActionId::new(),
            company_id: self.reach.company,
            partner_company_id: named.partner,
            program_id: named.program.id,
            event_type_id: named.event_type.id,
            contract_id: named.contract.id,
            terms_id: named.terms.id,
            order_id: report.order_id.clone(),
            occurrence,
            currency: new.currency,
            items: report.items.clone(),
            customer_status: new.customer_status.clone(),
            sub_ids: new.sub_ids.clone(),
            note: new.note.clone(),
            attribution: named.attribution.clone(),
            occurred_at: new.occurred_at,
            now: self.now,
        }
    }

    /// The first entry of an action's ledger.
    fn first_entry(&self, action: &Action, batch: Option<(ReversalId, i32)>) -> Update {
        let why = Why {
            verb: Verb::Track,
            reason: None,
            note: None,
            channel: self.channel,
            doer: self.doer,
            reversal: batch,
            at: self.now,
        };
        entry(UpdateId::new(), None, action, &why)
    }

    fn write_down(&self, db: &mut Db, action: &Action) -> Result<()> {
        let entry = self.first_entry(action, None);
        store::append(db, &entry)?;
        events::record(db, news::event(&entry, action.currency).by(self.doer))
    }
}

/// Within which bounds an order that occurred then counts once; no bounds, for ever.
pub fn repeats_within(event_type: &EventType, occurred_at: Instant) -> Option<(Instant, Instant)> {
    event_type.dedup_days.map(|days| {
        let span = SignedDuration::from_hours(24_i64.saturating_mul(days.into()));
        (occurred_at.minus(span), occurred_at.plus(span))
    })
}

/// The order was tracked before, as this action.
pub fn duplicate(existing: &Action) -> Error {
    let detail = format!("the order {} is {}", existing.order_id, existing.id);
    Error::refused("duplicate_order", detail)
}

/// What the rules refuse of a conversion, the report alone decides: its amounts add up to too much.
fn misfit(refusal: &Refusal) -> Fault {
    Fault::at("", refusal.code(), refusal.to_string())
}
