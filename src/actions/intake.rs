//! Takes in what brands report: looks up what a report names, finds repeated orders, tracks.
//!
//! A single report and one of many are decided alike. For many, [`Intake::prepare`] looks up together
//! what each would have to ask for, and [`Intake::write`] keeps together what they come to.

mod many;

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::model::{Action, Channel, Update, Verb};
use super::news;
use super::rules::{Refusal, Seen, Tracking, Why, entry, occurrence, tracked};
use super::store;
use super::wire::{NewAction, Report};
use crate::companies::model::Company;
use crate::contracts::model::{Contract, Version, Whole};
use crate::contracts::rules::in_force_among;
use crate::contracts::store as contracts;
use crate::db::{Db, Find};
use crate::error::{Error, Fault, Result};
use crate::events::model::Doer;
use crate::events::store as events;
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId, ReversalId, UpdateId};
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
    /// Contracts that count or have counted.
    contracts: HashMap<(ProgramId, CompanyId), Vec<Whole>>,
    /// Whether a company is one that the caller deals with.
    partners: HashMap<CompanyId, bool>,
    /// The actions of an order, as far as they were looked up or are to be tracked.
    seen: HashMap<(EventTypeId, String), Vec<Seen>>,
}

/// What a report names.
struct Named {
    event_type: EventType,
    program: Program,
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
            channel: Channel::Api,
            event_types: HashMap::new(),
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
                Decided::New(action) if store::insert_unless_taken(db, &action)? => {
                    self.write_down(db, &action)?;
                    return Ok(Outcome::Tracked(*action));
                }
                Decided::New(_) => self.seen.clear(),
            }
        }
        Err(Error::Stale)
    }

    /// What is to become of a report, or everything that is wrong with it. Nothing is written.
    pub fn decide(&mut self, db: &mut Db, new: &NewAction) -> Result<Result<Decided, Vec<Fault>>> {
        let (named, read) = (self.look_up(db, new)?, new.read(self.now));
        match (named, read) {
            (Ok(named), Ok(report)) => self.place(db, new, &named, report),
            (named, read) => {
                let faults = [read.err(), named.err()];
                Ok(Err(faults.into_iter().flatten().flatten().collect()))
            }
        }
    }

    /// Finds the event type, the program, and the terms in force.
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
        let signed = self.signed(db, program.id, new.partner_company_id)?;
        let found = in_force_among(signed, new.occurred_at);
        match found.map(|(contract, terms)| (contract.clone(), terms.clone())) {
            Some((contract, terms)) if faults.is_empty() => {
                Ok(Ok(Named { event_type, program, contract, terms }))
            }
            Some(_) => Ok(Err(faults)),
            None => {
                faults.push(self.no_terms(db, new)?);
                Ok(Err(faults))
            }
        }
    }

    /// A company one has nothing to do with is as unknown as one that does not exist.
    fn no_terms(&mut self, db: &mut Db, new: &NewAction) -> Result<Fault> {
        let partner = new.partner_company_id;
        let known = match self.partners.get(&partner) {
            Some(known) => *known,
            None => Company::look_for(db, partner, self.reach)?.is_some(),
        };
        self.partners.insert(partner, known);
        let (code, message) = match known {
            true => ("no_contract", "no contract with this partner was in force then"),
            false => ("unknown_partner", "this is no partner of your company"),
        };
        Ok(Fault::at("/partner_company_id", code, message))
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

    /// The contracts of a partner in a program that count or have counted.
    fn signed(&mut self, db: &mut Db, program: ProgramId, partner: CompanyId) -> Result<&[Whole]> {
        let key = (program, partner);
        if !self.contracts.contains_key(&key) {
            let found = contracts::signed(db, &[program], &[partner])?;
            self.contracts.insert(key, found);
        }
        Ok(self.contracts.get(&key).map(Vec::as_slice).unwrap_or_default())
    }

    /// Finds the place of a report among those of its order: another one, or too soon after one.
    fn place(
        &mut self,
        db: &mut Db,
        new: &NewAction,
        named: &Named,
        report: Report,
    ) -> Result<Result<Decided, Vec<Fault>>> {
        let order = (named.event_type.id, report.order_id.clone());
        if !self.seen.contains_key(&order) {
            let kind = (self.reach.company, order.0);
            let found = store::seen(db, kind, std::slice::from_ref(&order.1))?;
            self.seen.insert(order.clone(), found.into_iter().map(|(_, seen)| seen).collect());
        }
        let seen = self.seen.entry(order).or_default();
        let number = match occurrence(seen, new.occurred_at, named.event_type.dedup_days) {
            ControlFlow::Continue(number) => number,
            ControlFlow::Break(known) => return Ok(Ok(Decided::Known(known))),
        };
        let tracking = self.tracking(new, named, &report, number);
        Ok(match tracked(tracking, &named.terms.terms.0, &named.program.time_zone) {
            Ok(action) => {
                let order = (action.event_type_id, action.order_id.clone());
                self.seen.entry(order).or_default().push(Seen::of(&action));
                Ok(Decided::New(Box::new(action)))
            }
            Err(refusal) => Err(vec![misfit(refusal)]),
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
            partner_company_id: new.partner_company_id,
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
        events::record(db, news::event(&entry, action.currency))
    }
}

/// What the rules refuse of a conversion, the report alone decides: its amounts add up to too much.
fn misfit(refusal: Refusal) -> Fault {
    Fault::at("", refusal.code(), refusal.to_string())
}
