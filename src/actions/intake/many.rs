//! Many reports at once: looked up together, written together.

use std::collections::{BTreeSet, HashMap};

use super::Intake;
use crate::actions::model::{Action, Update};
use crate::actions::wire::NewAction;
use crate::actions::{news, store};
use crate::codes::spelling::folded;
use crate::codes::store as codes;
use crate::companies::store as companies;
use crate::contracts::store as contracts;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::events::model::Event;
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId, ReversalId};
use crate::programs::model::{EventType, Program};
use crate::programs::store as programs;

/// How many codes, partners or orders one statement asks for.
const AT_ONCE: usize = 5_000;

impl Intake<'_> {
    /// Looks up every event type of the caller's own, and gives them.
    pub fn event_types(&mut self, db: &mut Db) -> Result<Vec<(EventType, Program)>> {
        let all = programs::own_event_types(db, self.reach)?;
        for (event_type, program) in &all {
            self.event_types.insert(event_type.id, Some((event_type.clone(), program.clone())));
        }
        Ok(all)
    }

    /// Looks up together what these reports name, in a few statements however many they are. What was
    /// known of orders is forgotten.
    pub fn prepare(&mut self, db: &mut Db, reports: &[NewAction]) -> Result<()> {
        let mut in_programs: Vec<(ProgramId, &NewAction)> = Vec::with_capacity(reports.len());
        let mut orders: HashMap<EventTypeId, BTreeSet<String>> = HashMap::new();
        for new in reports {
            let Some((_, program)) = self.event_type(db, new.event_type_id)? else { continue };
            in_programs.push((program.id, new));
            let order_id = new.order_id.trim().to_string();
            orders.entry(new.event_type_id).or_default().insert(order_id);
        }
        self.look_up_codes(db, &in_programs)?;
        self.look_up_contracts(db, &in_programs)?;
        self.look_up_orders(db, orders)
    }

    fn look_up_codes(&mut self, db: &mut Db, reports: &[(ProgramId, &NewAction)]) -> Result<()> {
        let mut wanted: HashMap<ProgramId, BTreeSet<String>> = HashMap::new();
        for (program, new) in reports {
            let Some(code) = &new.code else { continue };
            let text = folded(code.trim());
            if !self.codes.contains_key(&(*program, text.clone())) {
                wanted.entry(*program).or_default().insert(text);
            }
        }
        for (program, texts) in wanted {
            let texts: Vec<String> = texts.into_iter().collect();
            for some in texts.chunks(AT_ONCE) {
                for whole in codes::written(db, (self.reach.company, program), some)? {
                    self.codes.entry((program, whole.code.folded.clone())).or_default().push(whole);
                }
            }
            for text in texts {
                self.codes.entry((program, text)).or_default();
            }
        }
        Ok(())
    }

    fn look_up_contracts(
        &mut self,
        db: &mut Db,
        reports: &[(ProgramId, &NewAction)],
    ) -> Result<()> {
        let mut wanted: HashMap<ProgramId, BTreeSet<CompanyId>> = HashMap::new();
        for (program, new) in reports {
            let partner = match (new.partner_company_id, &new.code) {
                (None, Some(code)) => {
                    let owner = self.owner(db, *program, code.trim(), new.occurred_at)?;
                    owner.map(|(_, partner)| partner)
                }
                (named, _) => named,
            };
            let partner = partner.filter(|id| !self.contracts.contains_key(&(*program, *id)));
            if let Some(partner) = partner {
                wanted.entry(*program).or_default().insert(partner);
            }
        }
        for (program, partners) in wanted {
            let partners: Vec<CompanyId> = partners.into_iter().collect();
            for some in partners.chunks(AT_ONCE) {
                let found = contracts::signed(db, program, some)?;
                let known = companies::visible(db, self.reach, some)?;
                for partner in some {
                    self.contracts.insert((program, *partner), Vec::new());
                    self.partners.insert(*partner, known.contains(partner));
                }
                for whole in found {
                    let key = (program, whole.contract.partner_company_id);
                    self.contracts.entry(key).or_default().push(whole);
                }
            }
        }
        Ok(())
    }

    fn look_up_orders(
        &mut self,
        db: &mut Db,
        orders: HashMap<EventTypeId, BTreeSet<String>>,
    ) -> Result<()> {
        self.seen.clear();
        for (event_type, order_ids) in orders {
            let order_ids: Vec<String> = order_ids.into_iter().collect();
            for some in order_ids.chunks(AT_ONCE) {
                for (order_id, seen) in store::seen(db, (self.reach.company, event_type), some)? {
                    self.seen.entry((event_type, order_id)).or_default().push(seen);
                }
            }
            for order_id in order_ids {
                self.seen.entry((event_type, order_id)).or_default();
            }
        }
        Ok(())
    }

    /// Writes what was decided to be tracked, each with the batch and line it came by: actions, their
    /// ledgers and the events. False if another took one of the orders in the meantime: then nothing is
    /// written, and all is to be looked up and decided anew.
    pub fn write(&self, db: &mut Db, new: &[Action], by: (ReversalId, &[i32])) -> Result<bool> {
        let (batch, lines) = by;
        if !dialect::actions::insert_unless_any_taken(db, new)? {
            return Ok(false);
        }
        let entries = new.iter().zip(lines);
        let entries: Vec<Update> =
            entries.map(|(action, line)| self.first_entry(action, Some((batch, *line)))).collect();
        let told = entries.iter().zip(new);
        let told: Vec<Event> =
            told.map(|(entry, action)| news::event(entry, action.currency)).collect();
        dialect::bulk::updates(db, &entries)?;
        dialect::bulk::events(db, &told)?;
        Ok(true)
    }
}
