//! Takes in what brands report: looks up what a report names, finds repeated orders, tracks.

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::SignedDuration;

use super::credit::terms_for;
use super::model::{Action, AttributedBy, Channel, Verb};
use super::news;
use super::rules::{Attribution, Refusal, Tracking, Why, entry, tracked};
use super::store;
use super::wire::{NewAction, Report};
use crate::codes::model::Whole;
use crate::codes::rules::credited;
use crate::codes::spelling::folded;
use crate::codes::store as codes;
use crate::contracts::model::{Contract, Version};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::model::Doer;
use crate::events::store as events;
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId, ReferralCodeId, UpdateId};
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

/// Takes in reports of one caller within one transaction, and remembers what it looked up.
#[derive(Debug)]
pub struct Intake<'a> {
    reach: &'a Reach,
    doer: Doer,
    now: Instant,
    event_types: HashMap<EventTypeId, Option<(EventType, Program)>>,
    codes: HashMap<(ProgramId, String), Vec<Whole>>,
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
        Self { reach, doer, now, event_types: HashMap::new(), codes: HashMap::new() }
    }

    /// Tracks a reported conversion; everything that is wrong with it is told at once.
    pub fn track(&mut self, db: &mut Db, new: &NewAction) -> Result<Outcome> {
        let (named, read) = (self.look_up(db, new)?, new.read(self.now));
        match (named, read) {
            (Ok(named), Ok(report)) => self.insert(db, new, &named, &report),
            (named, read) => {
                let faults = [read.err(), named.err()];
                Err(Error::Invalid(faults.into_iter().flatten().flatten().collect()))
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
        let found = terms_for(db, self.reach, (program.id, partner), new.occurred_at)?;
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
                let written = codes::written(db, (self.reach.company, program), &key.1)?;
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

    /// Tracks it, unless the order is there already. Of twins at once the second finds the first.
    fn insert(
        &self,
        db: &mut Db,
        new: &NewAction,
        named: &Named,
        report: &Report,
    ) -> Result<Outcome> {
        for _ in 0..TRIES {
            let occurrence = match self.occurrence(db, new, named, report)? {
                ControlFlow::Continue(occurrence) => occurrence,
                ControlFlow::Break(existing) => return Ok(Outcome::Duplicate(existing)),
            };
            let tracking = self.tracking(new, named, report, occurrence);
            let terms = &named.terms.terms.0;
            let action = tracked(tracking, terms, &named.program.time_zone).map_err(misfit)?;
            if store::insert_unless_taken(db, &action)? {
                self.write_down(db, &action)?;
                return Ok(Outcome::Tracked(action));
            }
        }
        Err(Error::Stale)
    }

    /// The number of this repetition of an order, or the action that it repeats too soon.
    fn occurrence(
        &self,
        db: &mut Db,
        new: &NewAction,
        named: &Named,
        report: &Report,
    ) -> Result<ControlFlow<Action, i32>> {
        let kind = (self.reach.company, named.event_type.id);
        let Some(last) = store::last_occurrence(db, kind, &report.order_id)? else {
            return Ok(ControlFlow::Continue(0));
        };
        let window = repeats_within(&named.event_type, new.occurred_at);
        let repeated = store::look_for_order(db, kind, &report.order_id, window)?;
        Ok(match repeated {
            Some(existing) => ControlFlow::Break(existing),
            None => ControlFlow::Continue(last.saturating_add(1)),
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

    fn write_down(&self, db: &mut Db, action: &Action) -> Result<()> {
        let why = Why {
            verb: Verb::Track,
            reason: None,
            note: None,
            channel: Channel::of_calls_by(self.doer),
            doer: self.doer,
            reversal: None,
            at: self.now,
        };
        let entry = entry(UpdateId::new(), None, action, &why);
        store::append(db, &entry)?;
        events::record(db, news::event(&entry, action.currency))
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
fn misfit(refusal: Refusal) -> Error {
    Error::invalid(Fault::at("", refusal.code(), refusal.to_string()))
}
