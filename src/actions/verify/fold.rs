//! The sum of a ledger, entry by entry.

use std::collections::HashMap;

use crate::actions::items::{Counted, as_tracked, counted, worth};
use crate::actions::model::{Action, State, Update, Verb};
use crate::contracts::model::Terms;
use crate::kernel::id::{CompanyId, ItemId, TermsId};

/// What the entries of one action come to.
#[derive(Debug, Default)]
pub struct Fold {
    version: i64,
    state: Option<State>,
    sale_minor: i64,
    payout_minor: i64,
    tracked: Option<(i64, i64)>,
    items: HashMap<ItemId, (i64, i64)>,
    credited: Option<(CompanyId, TermsId)>,
    reattributed: bool,
    held: bool,
    locked: bool,
    cleared: bool,
    differences: Vec<String>,
}

impl Fold {
    /// Adds the next entry.
    pub fn add(&mut self, entry: &Update) {
        self.version = self.version.saturating_add(1);
        if entry.version != self.version {
            let missing = self.version;
            self.differ(format!("entry {missing} is missing before {}", entry.version));
            self.version = entry.version;
        }
        // With a reattribution it begins anew for another partner, once it has ended for the one before.
        let anew = entry.command == Verb::Reattribute && self.state == Some(State::Reversed);
        if entry.state_before != self.state && !(anew && entry.state_before.is_none()) {
            self.differ(format!("entry {} begins in another state", entry.version));
        }
        self.credit(entry);
        self.state = Some(entry.state);
        self.sale_minor = self.sale_minor.saturating_add(entry.sale_delta_minor);
        self.payout_minor = self.payout_minor.saturating_add(entry.payout_delta_minor);
        let told = (entry.sale_minor, entry.payout_minor);
        if told != (self.sale_minor, self.payout_minor) {
            self.differ(format!("the changes up to entry {} are not its values", entry.version));
        }
        self.tracked.get_or_insert(told);
        for change in entry.items.iter().flat_map(|items| &items.0) {
            let sum = self.items.entry(change.id).or_default();
            sum.0 = sum.0.saturating_add(change.quantity_delta);
            sum.1 = sum.1.saturating_add(change.amount_delta_minor);
            if *sum != (change.quantity, change.amount_minor) {
                let (version, item) = (entry.version, change.id);
                self.differ(format!("the changes of {item} up to entry {version} differ"));
            }
        }
        match entry.command {
            Verb::Hold => self.held = true,
            Verb::Release => self.held = false,
            Verb::Lock => self.locked = true,
            Verb::Clear => self.cleared = true,
            Verb::Track
            | Verb::Approve
            | Verb::Modify
            | Verb::Reverse
            | Verb::Restore
            | Verb::Reset
            | Verb::Reattribute => {}
        }
    }

    /// Only a reattribution credits another partner, or counts by other terms.
    fn credit(&mut self, entry: &Update) {
        let credited = (entry.partner_company_id, entry.terms_id);
        let reattributes = entry.command == Verb::Reattribute;
        if self.credited.is_some_and(|before| before != credited) && !reattributes {
            self.differ(format!("entry {} is another partner's or of other terms", entry.version));
        }
        self.reattributed |= reattributes;
        self.credited = Some(credited);
    }

    /// Whether what was tracked is told by the terms of now, and no longer by the first entry.
    pub fn is_reattributed(&self) -> bool {
        self.reattributed
    }

    fn differ(&mut self, what: String) {
        self.differences.push(what);
    }

    /// Where an action is not the sum of its entries; each told with the action's id. What was tracked
    /// earns by `terms`, where it was reattributed since.
    pub fn against(&self, action: &Action, terms: Option<&Terms>) -> Vec<String> {
        let tracked_payout = self.tracked_payout(action, terms);
        let figures = [
            ("version", action.version, self.version),
            ("sale", action.sale_minor, self.sale_minor),
            ("payout", action.payout_minor, self.payout_minor),
            ("tracked sale", action.tracked_sale_minor, self.tracked.unwrap_or_default().0),
            ("tracked payout", action.tracked_payout_minor, tracked_payout),
        ];
        let figures = figures.into_iter().filter(|(_, row, sum)| row != sum);
        let figures =
            figures.map(|(what, row, sum)| format!("its {what} is {row}, its ledger's is {sum}"));
        let states = [
            (self.state != Some(action.state), "it is in another state than its ledger"),
            (self.held != action.held, "it is held, or its ledger says so, not both"),
            (action.held != action.held_until.is_some(), "it is held, or its hold has an end"),
            (self.locked != action.locked_at.is_some(), "it is locked, or its ledger says so"),
            (self.cleared != action.cleared, "it is cleared, or its ledger says so"),
            (self.differs_in_credit(action), "its ledger is another partner's or of other terms"),
        ];
        let states = states.into_iter().filter(|(differs, _)| *differs);
        let found = self.differences.iter().cloned().chain(figures);
        let found = found.chain(states.map(|(_, what)| what.to_owned()));
        found.chain(self.items(action)).map(|what| format!("{}: {what}", action.id)).collect()
    }

    fn differs_in_credit(&self, action: &Action) -> bool {
        self.credited.is_some_and(|last| last != (action.partner_company_id, action.terms_id))
    }

    /// What was tracked earns, by the first entry or by the terms it was credited under since.
    fn tracked_payout(&self, action: &Action, terms: Option<&Terms>) -> i64 {
        let first = self.tracked.unwrap_or_default().1;
        let Some(terms) = terms.filter(|_| self.reattributed) else { return first };
        let rate = terms.rate(action.event_type_id);
        let items = as_tracked(&action.items.0);
        worth(State::Pending, &items, rate, action.currency).map_or(0, |worth| worth.payout_minor)
    }

    /// Where items are not the sums of their changes, or do not add up to the sale.
    fn items(&self, action: &Action) -> Vec<String> {
        let mut found = Vec::new();
        let mut total: i64 = 0;
        for item in &action.items.0 {
            let Counted { quantity, amount_minor } = counted(action.state, item);
            total = total.saturating_add(amount_minor);
            let sum = self.items.get(&item.id).copied().unwrap_or_default();
            if sum != (quantity, amount_minor) {
                found.push(format!(
                    "{} is {quantity} for {amount_minor}, its changes are {} for {}",
                    item.id, sum.0, sum.1
                ));
            }
        }
        if total != action.sale_minor {
            found.push(format!("its items are worth {total}, its sale {}", action.sale_minor));
        }
        found
    }
}
