//! One chunk of a reprocessing in one transaction: the actions, their ledgers, the events, the results
//! and how far it has come are written together or not at all.

use std::collections::{BTreeSet, HashMap};

use super::model::{Mode, Outcome, Reprocessing, ResultRow};
use super::rules::{Judged, Moment, Uncredited, attribute, judge};
use super::store::{self, Counts};
use crate::actions::credit::credit;
use crate::actions::model::{Action, Channel, Update, Verb};
use crate::actions::news;
use crate::actions::reasons::Reason;
use crate::actions::rules::{Credit, Why, entries};
use crate::codes::model::Whole as Code;
use crate::codes::store as codes;
use crate::contracts::store::{self as contracts, Whole as Signed};
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::events::model::Event;
use crate::kernel::id::{ActionId, CompanyId, ReferralCodeId, UpdateId};
use crate::kernel::time::{Instant, Zone};

/// Everything that attribution goes by, for the actions of a chunk.
struct Books {
    codes: HashMap<ReferralCodeId, Code>,
    signed: Vec<Signed>,
    zone: Zone,
    at: Instant,
    now: Instant,
}

/// What the actions of a chunk come to.
#[derive(Default)]
struct Written {
    after: Vec<Action>,
    entries: Vec<Update>,
    events: Vec<Event>,
    results: Vec<ResultRow>,
    counts: Counts,
}

/// Does the next chunk, inside a transaction in which the lease was renewed; gives whether it was the
/// last one.
pub fn apply(db: &mut Db, of: &Reprocessing, limit: i64, now: Instant) -> Result<bool> {
    let places = store::next(db, of, limit)?;
    let last = i64::try_from(places.len()).is_ok_and(|many| many < limit);
    let meant = places.iter().filter(|place| place.is_meant(of));
    let mut ids: Vec<ActionId> = meant.map(|place| place.id).collect();
    ids.sort_unstable();
    let mut held = dialect::hot::hold(db, &ids)?;
    // Somebody may have been faster since it was found.
    held.retain(|action| of.partner_company_id.is_none_or(|id| id == action.partner_company_id));
    let books = open_books(db, of, &held, now)?;
    let mut written = Written::default();
    for action in held {
        written.take(of, action, &books);
    }
    if of.mode == Mode::Apply {
        dialect::actions::credit(db, &written.after)?;
        dialect::bulk::updates(db, &written.entries)?;
        dialect::bulk::events(db, &written.events)?;
    }
    dialect::bulk::results(db, &written.results)?;
    store::count(db, of, written.counts, places.last().copied())?;
    Ok(last)
}

fn open_books(db: &mut Db, of: &Reprocessing, held: &[Action], now: Instant) -> Result<Books> {
    let named: BTreeSet<ReferralCodeId> = held.iter().filter_map(|action| action.code_id).collect();
    let codes = codes::books(db, &named.into_iter().collect::<Vec<_>>())?;
    let credited = held.iter().filter_map(|action| attribute(action, &codes));
    let partners: BTreeSet<CompanyId> = credited.map(|(partner, _)| partner).collect();
    let partners: Vec<CompanyId> = partners.into_iter().collect();
    let signed = contracts::signed(db, of.program_id, &partners)?;
    let (zone, horizon) = store::clock_of(db, of.program_id)?;
    Ok(Books { codes, signed, zone, at: now.max(horizon), now })
}

impl Books {
    /// Whom an action ought to be credited to, and under what.
    fn credit(&self, action: &Action) -> Result<Credit, Uncredited> {
        let (partner, by) = attribute(action, &self.codes).ok_or(Uncredited::UnknownCode)?;
        let found = contracts::counting(&self.signed, partner, action.occurred_at);
        let (contract, version) = found.ok_or(Uncredited::NoContract)?;
        Ok(credit((partner, by), (contract.id, version.clone())))
    }
}

impl Written {
    fn take(&mut self, of: &Reprocessing, before: Action, books: &Books) {
        let moment = Moment { zone: &books.zone, at: books.at, now: books.now };
        let Judged { outcome, code, after } = judge(&before, books.credit(&before), moment);
        let then = after.as_ref().unwrap_or(&before);
        self.counts.add(outcome);
        self.results.push(ResultRow {
            reprocessing_id: of.id,
            action_id: before.id,
            order_id: before.order_id.clone(),
            outcome,
            code: code.map(str::to_owned),
            from_partner_company_id: before.partner_company_id,
            to_partner_company_id: then.partner_company_id,
            currency: before.currency,
            payout_before_minor: before.payout_minor,
            payout_after_minor: then.payout_minor,
        });
        if let (Outcome::Reattributed, Some(after)) = (outcome, after) {
            let entries = entries(UpdateId::new, &before, &after, &why(of, &before, &after, books));
            self.events.extend(entries.iter().map(|entry| news::event(entry, after.currency)));
            self.entries.extend(entries);
            self.after.push(after);
        }
    }
}

/// Whoever started it did it.
fn why(of: &Reprocessing, before: &Action, after: &Action, books: &Books) -> Why {
    let other = before.partner_company_id != after.partner_company_id;
    Why {
        verb: Verb::Reattribute,
        reason: other.then_some(Reason::CreditedDifferentMp),
        note: None,
        channel: Channel::Api,
        doer: of.doer(),
        reversal: None,
        at: books.now,
    }
}
