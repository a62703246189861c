//! Adjustments beside the locked actions they correct, each beside the one before it.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::clawbacks::{OfAdjustment, of_adjustments};
use super::proposals::of_approved;
use super::{Stretch, count};
use crate::actions::items::counted;
use crate::actions::model::{Action, Item, State};
use crate::db::schema::{actions, adjustments};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, UserId};

/// Adjustments of one stretch.
const ADJUSTMENTS: i64 = 1_000;

/// Where an adjustment is: its action, and its number.
pub type Place = (ActionId, i64);

/// What an adjustment has changed, and what is left after it.
#[derive(Queryable)]
struct Row {
    action_id: ActionId,
    sequence: i64,
    state: State,
    sale_minor: i64,
    sale_delta_minor: i64,
    payout_minor: i64,
    payout_delta_minor: i64,
    items: Document<Vec<Item>>,
    of_line: OfAdjustment,
    approved_by: Option<UserId>,
}

/// What is left: number, sale and payout.
type Left = (i64, i64, i64);

/// The adjustments after one. They are only ever added to, and what they are beside is locked, so
/// nothing has to be looked at twice.
pub fn stretch(db: &mut Db, after: Option<Place>) -> Result<Stretch<Place>> {
    let rows = rows(db, after)?;
    let ids: HashSet<ActionId> = rows.iter().map(|row| row.action_id).collect();
    let ids: Vec<ActionId> = ids.into_iter().collect();
    let found: Vec<Action> = actions::table.filter(actions::id.eq_any(&ids)).load(db)?;
    let found: HashMap<ActionId, Action> = found.into_iter().map(|one| (one.id, one)).collect();
    let mut before = after.map(|place| left_by(db, place)).transpose()?.flatten();
    let of_lines: Vec<OfAdjustment> = rows.iter().map(|row| row.of_line).collect();
    let mut differences = of_adjustments(db, &of_lines)?;
    let approved = rows.iter().filter(|row| row.approved_by.is_some()).map(|row| row.of_line.0);
    differences.extend(of_approved(db, &approved.collect::<Vec<_>>())?);
    for row in &rows {
        let (id, sequence) = (row.action_id, row.sequence);
        let mut differ =
            |what: &str| differences.push(format!("{id}: adjustment {sequence} {what}"));
        match found.get(&id) {
            Some(action) => {
                let left = before.filter(|(earlier, _)| *earlier == id).map(|(_, left)| left);
                let left = left.unwrap_or((0, action.sale_minor, action.payout_minor));
                row.against(action, left).into_iter().for_each(&mut differ);
            }
            None => differ("is of an action that does not exist"),
        }
        before = Some((id, row.left()));
    }
    let full = i64::try_from(rows.len()).is_ok_and(|many| many >= ADJUSTMENTS);
    let next = rows.last().map(|row| (row.action_id, row.sequence)).filter(|_| full);
    Ok(Stretch { rows: (count(rows.len()), 0), differences, next })
}

type Columns = (
    adjustments::action_id,
    adjustments::sequence,
    adjustments::state,
    adjustments::sale_minor,
    adjustments::sale_delta_minor,
    adjustments::payout_minor,
    adjustments::payout_delta_minor,
    adjustments::items,
    (adjustments::id, adjustments::reversal_id, adjustments::line),
    adjustments::approved_by_user_id,
);

fn rows(db: &mut Db, after: Option<Place>) -> Result<Vec<Row>> {
    let mut rows = adjustments::table
        .select(Columns::default())
        .order((adjustments::action_id, adjustments::sequence))
        .limit(ADJUSTMENTS)
        .into_boxed::<MultiBackend>();
    if let Some((action, sequence)) = after {
        let later = adjustments::action_id.gt(action).or(adjustments::sequence.gt(sequence));
        rows = rows.filter(adjustments::action_id.ge(action)).filter(later);
    }
    Ok(rows.load(db)?)
}

/// What the adjustment at a place has left.
fn left_by(db: &mut Db, place: Place) -> Result<Option<(ActionId, Left)>> {
    let row = adjustments::table.find(place).select(Columns::default());
    let row: Option<Row> = row.first(db).optional()?;
    Ok(row.map(|row| (row.action_id, row.left())))
}

impl Row {
    fn left(&self) -> Left {
        (self.sequence, self.sale_minor, self.payout_minor)
    }

    /// Where it does not follow from what was left before it.
    fn against(&self, action: &Action, (number, sale, payout): Left) -> Vec<&'static str> {
        let most = action.most_payout();
        let worth =
            self.items.0.iter().fold(0_i64, |sum, item| {
                sum.saturating_add(counted(self.state, item).amount_minor)
            });
        let checks = [
            (action.locked_at.is_none(), "is of an action that is not locked"),
            (self.sequence != number.saturating_add(1), "does not follow the one before"),
            (
                self.sale_minor != sale.saturating_add(self.sale_delta_minor),
                "leaves another sale than its change",
            ),
            (
                self.payout_minor != payout.saturating_add(self.payout_delta_minor),
                "leaves another payout than its change",
            ),
            (worth != self.sale_minor, "leaves items that are worth something else"),
            (!(0..=most).contains(&self.payout_minor), "leaves a payout that cannot be"),
        ];
        checks.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect()
    }
}
