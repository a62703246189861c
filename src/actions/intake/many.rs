//! Many reports at once: looked up together, written together.

use std::collections::{BTreeSet, HashMap};

use super::Intake;
use crate::actions::model::{Action, Update};
use crate::actions::wire::NewAction;
use crate::actions::{news, store};
use crate::contracts::store as contracts;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::events::model::Event;
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId, ReversalId};
use crate::programs::model::{EventType, Program};
use crate::programs::store as programs;

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
    pub fn prepare<'n>(
        &mut self,
        db: &mut Db,
        reports: impl Iterator<Item = &'n NewAction>,
    ) -> Result<()> {
        let mut pairs: BTreeSet<(ProgramId, CompanyId)> = BTreeSet::new();
        let mut orders: HashMap<EventTypeId, BTreeSet<String>> = HashMap::new();
        for new in reports {
            let Some((_, program)) = self.event_type(db, new.event_type_id)? else { continue };
            pairs.insert((program.id, new.partner_company_id));
            let order_id = new.order_id.trim().to_string();
            orders.entry(new.event_type_id).or_default().insert(order_id);
        }
        pairs.retain(|pair| !self.contracts.contains_key(pair));
        self.look_up_contracts(db, &pairs)?;
        self.look_up_orders(db, orders)
    }

    fn look_up_contracts(
        &mut self,
        db: &mut Db,
        pairs: &BTreeSet<(ProgramId, CompanyId)>,
    ) -> Result<()> {
        if pairs.is_empty() {
            return Ok(());
        }
        let programs: BTreeSet<ProgramId> = pairs.iter().map(|(program, _)| *program).collect();
        let partners: BTreeSet<CompanyId> = pairs.iter().map(|(_, partner)| *partner).collect();
        let programs: Vec<ProgramId> = programs.into_iter().collect();
        let partners: Vec<CompanyId> = partners.into_iter().collect();
        self.contracts.extend(pairs.iter().map(|pair| (*pair, Vec::new())));
        for whole in contracts::signed(db, &programs, &partners)? {
            let pair = (whole.contract.program_id, whole.contract.partner_company_id);
            if pairs.contains(&pair) {
                self.contracts.entry(pair).or_default().push(whole);
            }
        }
        let known = crate::companies::store::visible(db, self.reach, &partners)?;
        self.partners.extend(partners.iter().map(|id| (*id, known.contains(id))));
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
            let found = store::seen(db, (self.reach.company, event_type), &order_ids)?;
            self.seen.extend(order_ids.into_iter().map(|id| ((event_type, id), Vec::new())));
            for (order_id, seen) in found {
                self.seen.entry((event_type, order_id)).or_default().push(seen);
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
