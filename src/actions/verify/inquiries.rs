//! Inquiries beside what came of them: what was accepted was done, and nothing else was.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{LOOKS, Stretch, count};
use crate::db::schema::{action_updates, adjustment_proposals, adjustments, inquiries};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{ActionId, AdjustmentId, InquiryId};

/// Inquiries of one stretch.
const INQUIRIES: i64 = 1_000;

/// What an inquiry says.
#[derive(Queryable)]
struct Row {
    id: InquiryId,
    status: String,
    applied: Option<String>,
    action_id: Option<ActionId>,
    action_version: Option<i64>,
    adjustment_id: Option<AdjustmentId>,
}

/// What is there of what inquiries name.
struct There {
    /// Entries of ledgers, and what each did.
    entries: HashMap<(ActionId, i64), String>,
    adjustments: HashSet<(AdjustmentId, ActionId)>,
    /// Proposals, and how far each has come.
    proposals: HashMap<AdjustmentId, String>,
}

/// The inquiries after one, looked at a few times: somebody may be answering.
pub fn stretch(db: &mut Db, after: Option<InquiryId>) -> Result<Stretch<InquiryId>> {
    let mut rows = rows(db, after)?;
    let mut differences = against(db, &rows)?;
    for _ in 1..LOOKS {
        if differences.is_empty() {
            break;
        }
        rows = self::rows(db, after)?;
        differences = against(db, &rows)?;
    }
    let full = i64::try_from(rows.len()).is_ok_and(|many| many >= INQUIRIES);
    let next = rows.last().map(|row| row.id).filter(|_| full);
    Ok(Stretch { rows: (count(rows.len()), 0), differences, next })
}

fn rows(db: &mut Db, after: Option<InquiryId>) -> Result<Vec<Row>> {
    let mut rows = inquiries::table
        .select((
            inquiries::id,
            inquiries::status,
            inquiries::applied,
            inquiries::action_id,
            inquiries::action_version,
            inquiries::adjustment_id,
        ))
        .order(inquiries::id)
        .limit(INQUIRIES)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(inquiries::id.gt(after));
    }
    Ok(rows.load(db)?)
}

fn against(db: &mut Db, rows: &[Row]) -> Result<Vec<String>> {
    let there = There::of(db, rows)?;
    let told = rows.iter().filter_map(|row| Some(format!("{}: {}", row.id, row.against(&there)?)));
    Ok(told.collect())
}

impl There {
    fn of(db: &mut Db, rows: &[Row]) -> Result<Self> {
        let accepted = || rows.iter().filter(|row| row.status == "accepted");
        let actions: Vec<ActionId> = accepted().filter_map(|row| row.action_id).collect();
        let versions: HashSet<i64> = accepted().filter_map(|row| row.action_version).collect();
        let named: Vec<AdjustmentId> = accepted().filter_map(|row| row.adjustment_id).collect();
        let entries: Vec<(ActionId, i64, String)> = action_updates::table
            .filter(action_updates::action_id.eq_any(&actions))
            .filter(action_updates::version.eq_any(versions))
            .select((action_updates::action_id, action_updates::version, action_updates::command))
            .load(db)?;
        let made = adjustments::table
            .filter(adjustments::action_id.eq_any(&actions))
            .filter(adjustments::id.eq_any(&named))
            .select((adjustments::id, adjustments::action_id));
        let proposed = adjustment_proposals::table
            .filter(adjustment_proposals::id.eq_any(&named))
            .select((adjustment_proposals::id, adjustment_proposals::status));
        let entries = entries.into_iter().map(|(id, version, what)| ((id, version), what));
        Ok(Self {
            entries: entries.collect(),
            adjustments: made.load(db)?.into_iter().collect(),
            proposals: proposed.load(db)?.into_iter().collect(),
        })
    }
}

impl Row {
    /// What is wrong with it, if something is.
    fn against(&self, there: &There) -> Option<String> {
        let applied = match (self.status.as_str(), self.applied.as_deref()) {
            ("accepted", Some(applied)) => applied,
            ("accepted", None) => return Some("it was accepted, and nothing came of it".into()),
            (_, None) => return None,
            (status, Some(applied)) => {
                return Some(format!("it is {status}, and {applied} came of it"));
            }
        };
        let place = self.action_id.zip(self.action_version);
        let entry = place.and_then(|place| there.entries.get(&place)).map(String::as_str);
        let beside = self.adjustment_id.zip(self.action_id);
        let counts = beside.is_some_and(|beside| there.adjustments.contains(&beside));
        let asked = self.adjustment_id.and_then(|id| there.proposals.get(&id)).map(String::as_str);
        let holds = match applied {
            "tracked" => entry == Some("track"),
            "changed" => matches!(entry, Some("modify" | "restore")),
            "adjusted" => counts && matches!(asked, None | Some("made")),
            "proposed" => asked == Some("proposed"),
            // Nothing was asked, or a second person said no.
            _ => self.adjustment_id.is_none() || asked == Some("declined"),
        };
        (!holds).then(|| format!("what came of it, {applied}, is not there"))
    }
}
