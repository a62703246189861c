//! Gives grants and takes them away. Whoever does so holds the partnership.

use serde_json::{Value, json};

use super::model::{Grant, GrantKind};
use super::rules::{self, Given};
use super::store;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;
use crate::partnerships::change::Told;
use crate::partnerships::changes::change as changes;
use crate::partnerships::model::Partnership;
use crate::partnerships::{history, store as partnerships};
use crate::statuses::changing as statuses;

/// What is granted, as an event tells it.
pub fn shown(given: &Given) -> Value {
    let one = |((company, kind), level): ((_, GrantKind), _)| json!({ "granted_by_company_id": company, "grant": kind, "level": level });
    given.iter().map(|(key, level)| one((*key, *level))).collect()
}

/// Keeps what is granted from now on in the place of what was. What stays as it is counts from when it
/// did.
pub fn keep(
    db: &mut Db,
    on: &Partnership,
    (before, after): (&Given, &Given),
    now: Instant,
) -> Result<()> {
    for (company, kind) in before.keys().filter(|key| !after.contains_key(key)) {
        store::remove(db, on.id, *company, *kind)?;
        lose(db, (*company, on.other_side(*company)), now)?;
    }
    for (key, level) in after.iter().filter(|(key, level)| before.get(key) != Some(level)) {
        store::put(db, &rules::grant(on, (*key, *level), now))?;
    }
    Ok(())
}

/// What was offered counts from now on.
pub fn begin(db: &mut Db, offered: &[Grant], now: Instant) -> Result<()> {
    rules::begin(offered, now).iter().try_for_each(|grant| store::put(db, grant))
}

/// One company may have lost what another one granted it: what it did by that ends, unless it is granted
/// in the partnership of the other direction, too.
pub fn lose(db: &mut Db, (from, to): (CompanyId, CompanyId), now: Instant) -> Result<()> {
    // Held before it is asked: of two partnerships that end at the same moment the later one sees it.
    companies::hold(db, from)?;
    if store::in_force(db, from, to, GrantKind::ManageStatus)?.is_none() {
        statuses::lift(db, (from, to), now)?;
    }
    Ok(())
}

/// A side takes back what it grants: at once, and what is proposed about it no longer fits.
pub fn revoke(
    db: &mut Db,
    before: &Partnership,
    (kind, reason): (GrantKind, &str),
    told: Told,
    now: Instant,
) -> Result<()> {
    if !store::remove(db, before.id, told.own, kind)? {
        return Ok(());
    }
    lose(db, (told.own, before.other_side(told.own)), now)?;
    let after = Partnership { updated_at: now, ..before.clone() };
    let after = partnerships::advance(db, before, after)?;
    let event = Event::new(EventKind::PartnershipGrantRevoked, any(after.id), told.own, now)
        .by(told.doer)
        .shared_with(after.other_side(told.own))
        .sequence(after.version)
        .changed("grant", kind.as_str(), ())
        .changed("reason", (), reason);
    history::record(db, after.id, event)?;
    changes::refresh(db, &after, now)
}
