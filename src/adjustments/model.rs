//! Rows and words of adjustments.

use diesel::prelude::*;

use crate::actions::model::{Channel, Item, ItemChange, State};
use crate::actions::reasons::Reason;
use crate::db::schema::adjustments;
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, AdjustmentId, ApiKeyId, CompanyId, ReversalId, UserId};
use crate::kernel::time::Instant;

crate::words! {
    /// Which way an adjustment goes.
    pub enum Kind as AdjustmentKind {
        /// The partner gives back.
        Clawback = "clawback",
        /// The partner gets more.
        MakeGood = "make_good",
    }
}

/// One correction of a locked action, and what is left after it. Nothing of it is ever changed or
/// deleted.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = adjustments, treat_none_as_default_value = false)]
pub struct Adjustment {
    /// Its id.
    pub id: AdjustmentId,
    /// The action.
    pub action_id: ActionId,
    /// Counts the adjustments of the action from 1.
    pub sequence: i64,
    /// The brand.
    pub company_id: CompanyId,
    /// The partner.
    pub partner_company_id: CompanyId,
    /// Which way it goes.
    pub kind: Kind,
    /// Whether anything is left of the sale: approved or reversed.
    pub state: State,
    /// The sale that is left.
    pub sale_minor: i64,
    /// Change of the sale.
    pub sale_delta_minor: i64,
    /// The payout that is left.
    pub payout_minor: i64,
    /// Change of the payout: what the partner gives back, below zero, or gets.
    pub payout_delta_minor: i64,
    /// What is left of the items.
    pub items: Document<Vec<Item>>,
    /// Items that count differently.
    pub changes: Document<Vec<ItemChange>>,
    /// Why.
    pub reason: Reason,
    /// The brand's own words; not for partners.
    pub note: Option<String>,
    /// The door it came through.
    pub channel: Channel,
    /// The user who made it.
    pub user_id: Option<UserId>,
    /// The key that made it.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who made it on the brand's behalf.
    pub delegate_user_id: Option<UserId>,
    /// The batch it came in.
    pub reversal_id: Option<ReversalId>,
    /// The line of that batch.
    pub line: Option<i32>,
    /// When.
    pub at: Instant,
}
