//! Actions beside their ledgers, stretch by stretch in the order of ids.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::fold::Fold;
use super::{LOOKS, Stretch, count};
use crate::actions::model::{Action, Update};
use crate::contracts::model::Terms;
use crate::db::schema::{
    action_updates, actions, contract_terms, event_types, programs, reversals,
};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, EventTypeId, ProgramId, ReversalId, TermsId};

/// Actions of one stretch.
const ACTIONS: i64 = 1_000;
/// Entries that are in memory at a time.
const ENTRIES: i64 = 5_000;

type Entries<'a> = action_updates::BoxedQuery<'a, MultiBackend>;

/// What a stretch refers to.
#[derive(Default)]
struct Named {
    terms: HashSet<TermsId>,
    programs: HashSet<ProgramId>,
    event_types: HashSet<EventTypeId>,
    reversals: HashSet<ReversalId>,
}

/// The actions after one, their ledgers, and what these refer to.
pub fn stretch(db: &mut Db, after: Option<ActionId>) -> Result<Stretch<ActionId>> {
    let mut rows = actions::table.order(actions::id).limit(ACTIONS).into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(actions::id.gt(after));
    }
    let found: Vec<Action> = rows.load(db)?;
    let full = i64::try_from(found.len()).is_ok_and(|many| many >= ACTIONS);
    let next = found.last().map(|action| action.id).filter(|_| full);
    let mut named = Named::default();
    let (mut folds, updates) = folded(db, (after, next), &mut named)?;
    let mut differences = Vec::new();
    let terms = terms_of(db, &found, &folds)?;
    for action in &found {
        named.note(action);
        let fold = folds.remove(&action.id).unwrap_or_default();
        if !fold.against(action, terms.get(&action.terms_id)).is_empty() {
            differences.extend(look_again(db, action)?);
        }
    }
    for orphan in folds.into_keys() {
        // It may have been tracked after the actions were read, but not without its action.
        if known(db, orphan)?.is_none() {
            differences.push(format!("{orphan}: it has a ledger and does not exist"));
        }
    }
    differences.extend(named.missing(db)?);
    Ok(Stretch { rows: (count(found.len()), updates), differences, next })
}

/// The sums of the ledgers between two actions; the first bound is without, the second with.
fn folded(
    db: &mut Db,
    (after, until): (Option<ActionId>, Option<ActionId>),
    named: &mut Named,
) -> Result<(HashMap<ActionId, Fold>, u64)> {
    let mut folds: HashMap<ActionId, Fold> = HashMap::new();
    let (mut updates, mut last): (u64, Option<(ActionId, i64)>) = (0, None);
    loop {
        let mut rows: Entries<'_> = in_order();
        rows = match (last, after) {
            (Some((id, version)), _) => {
                let later =
                    action_updates::action_id.gt(id).or(action_updates::version.gt(version));
                rows.filter(action_updates::action_id.ge(id)).filter(later)
            }
            (None, Some(after)) => rows.filter(action_updates::action_id.gt(after)),
            (None, None) => rows,
        };
        if let Some(until) = until {
            rows = rows.filter(action_updates::action_id.le(until));
        }
        let entries: Vec<Update> = rows.limit(ENTRIES).load(db)?;
        for entry in &entries {
            folds.entry(entry.action_id).or_default().add(entry);
            named.terms.insert(entry.terms_id);
            named.reversals.extend(entry.reversal_id);
        }
        updates = updates.saturating_add(count(entries.len()));
        match entries.last() {
            Some(entry) => last = Some((entry.action_id, entry.version)),
            None => return Ok((folds, updates)),
        }
    }
}

fn in_order<'a>() -> Entries<'a> {
    let order = (action_updates::action_id, action_updates::version);
    action_updates::table.order(order).into_boxed::<MultiBackend>()
}

/// What still differs when one action is looked at alone, a few times.
fn look_again(db: &mut Db, action: &Action) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        let Some(action) = known(db, action.id)? else { return Ok(Vec::new()) };
        let before = action.id.uuid().as_u128().checked_sub(1).map(uuid::Uuid::from_u128);
        let bounds = (before.map(ActionId::from_uuid), Some(action.id));
        let (mut folds, _) = folded(db, bounds, &mut Named::default())?;
        let terms = terms_of(db, std::slice::from_ref(&action), &folds)?;
        let fold = folds.remove(&action.id).unwrap_or_default();
        found = fold.against(&action, terms.get(&action.terms_id));
        if found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// The terms by which the reattributed ones among these actions count.
fn terms_of(
    db: &mut Db,
    found: &[Action],
    folds: &HashMap<ActionId, Fold>,
) -> Result<HashMap<TermsId, Terms>> {
    let anew = |action: &&Action| folds.get(&action.id).is_some_and(Fold::is_reattributed);
    let ids: HashSet<TermsId> = found.iter().filter(anew).map(|action| action.terms_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(TermsId, Document<Terms>)> = contract_terms::table
        .filter(contract_terms::id.eq_any(ids))
        .select((contract_terms::id, contract_terms::terms))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, terms)| (id, terms.0)).collect())
}

fn known(db: &mut Db, id: ActionId) -> Result<Option<Action>> {
    Ok(actions::table.find(id).first(db).optional()?)
}

impl Named {
    fn note(&mut self, action: &Action) {
        self.terms.insert(action.terms_id);
        self.programs.insert(action.program_id);
        self.event_types.insert(action.event_type_id);
    }

    /// What is referred to and does not exist.
    fn missing(self, db: &mut Db) -> Result<Vec<String>> {
        let mut missing = Vec::new();
        macro_rules! look_for {
            ($ids:expr, $table:ident, $Id:ty) => {
                for some in super::batches::at_once($ids) {
                    let rows = $table::table.filter($table::id.eq_any(&some));
                    let there: HashSet<$Id> =
                        rows.select($table::id).load(db)?.into_iter().collect();
                    let gone = some.iter().filter(|id| !there.contains(id));
                    missing.extend(gone.map(|id| format!("{id} is named by actions and is gone")));
                }
            };
        }
        look_for!(self.terms, contract_terms, TermsId);
        look_for!(self.programs, programs, ProgramId);
        look_for!(self.event_types, event_types, EventTypeId);
        look_for!(self.reversals, reversals, ReversalId);
        Ok(missing)
    }
}
