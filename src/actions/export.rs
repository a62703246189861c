//! Actions and entries of ledgers as CSV, by the filters of their lists: one row for each.
//!
//! A file is made while it is sent, by short reads, and holds what the reader may see and no more.

use super::store::{self, Entries, Filter};
use super::wire::{ActionView, EntryView};
use crate::db::Db;
use crate::error::Result;
use crate::http::csv::{Cell, ROWS, Stand, Stretch, stretch};
use crate::kernel::reach::Reach;

const ACTIONS: &[&str] = &[
    "id",
    "order_id",
    "state",
    "finance_status",
    "held",
    "hold_reason",
    "held_until",
    "occurred_at",
    "locks_at",
    "late",
    "locked_at",
    "cleared_at",
    "currency",
    "sale_amount",
    "payout",
    "tracked_sale_amount",
    "tracked_payout",
    "program_id",
    "event_type_id",
    "brand_company_id",
    "partner_company_id",
    "contract_id",
    "contract_version_id",
    "customer_status",
    "sub_ids",
    "note",
    "version",
    "created_at",
    "updated_at",
    "code",
    "attributed_by",
];

const UPDATES: &[&str] = &[
    "id",
    "action_id",
    "order_id",
    "version",
    "command",
    "state_before",
    "state",
    "currency",
    "sale_amount",
    "sale_delta",
    "payout",
    "payout_delta",
    "reason",
    "note",
    "channel",
    "user_id",
    "api_key_id",
    "reversal_id",
    "line",
    "program_id",
    "event_type_id",
    "brand_company_id",
    "partner_company_id",
    "contract_version_id",
    "at",
    "action_import_id",
];

/// The next stretch of a file of actions.
pub fn actions(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    stand: Stand<store::Place>,
) -> Result<Stretch<store::Place>> {
    let read = |after| {
        let page = store::page(db, reach, filter, after, ROWS)?;
        let view = |action| action_cells(ActionView::to(reach.company, action, filter.now));
        Ok(page.map(view))
    };
    stretch(ACTIONS, stand, read)
}

/// The next stretch of a file of entries.
pub fn updates(
    db: &mut Db,
    reach: &Reach,
    filter: &Entries,
    stand: Stand<store::FeedPlace>,
) -> Result<Stretch<store::FeedPlace>> {
    let read = |after| {
        let page = store::feed(db, reach, filter, after, ROWS)?;
        Ok(page.map(|entry| update_cells(EntryView::to(reach.company, entry))))
    };
    stretch(UPDATES, stand, read)
}

fn action_cells(action: ActionView) -> Vec<Cell> {
    let labels = action.sub_ids.and_then(|labels| serde_json::to_string(&labels).ok());
    vec![
        Cell::plain(action.id),
        Cell::text(Some(action.order_id)),
        Cell::plain(action.state),
        Cell::plain(action.finance_status),
        Cell::plain(action.held),
        Cell::text(action.hold_reason),
        Cell::maybe(action.held_until),
        Cell::plain(action.occurred_at),
        Cell::plain(action.locks_at),
        Cell::plain(action.late),
        Cell::maybe(action.locked_at),
        Cell::maybe(action.cleared_at),
        Cell::plain(action.sale_amount.currency),
        Cell::plain(action.sale_amount.amount()),
        Cell::plain(action.payout.amount()),
        Cell::plain(action.tracked.sale_amount.amount()),
        Cell::plain(action.tracked.payout.amount()),
        Cell::plain(action.program_id),
        Cell::plain(action.event_type_id),
        Cell::plain(action.brand_company_id),
        Cell::plain(action.partner_company_id),
        Cell::plain(action.contract_id),
        Cell::plain(action.contract_version_id),
        Cell::text(action.customer_status),
        Cell::text(labels),
        Cell::text(action.note),
        Cell::plain(action.version),
        Cell::plain(action.created_at),
        Cell::plain(action.updated_at),
        Cell::text(action.code),
        Cell::plain(action.attributed_by),
    ]
}

fn update_cells(entry: EntryView) -> Vec<Cell> {
    let EntryView { update, .. } = entry;
    vec![
        Cell::plain(update.id),
        Cell::plain(update.action_id),
        Cell::text(Some(entry.order_id)),
        Cell::plain(update.version),
        Cell::plain(update.command),
        Cell::maybe(update.state_before),
        Cell::plain(update.state),
        Cell::plain(update.sale_amount.currency),
        Cell::plain(update.sale_amount.amount()),
        Cell::plain(update.sale_delta.amount()),
        Cell::plain(update.payout.amount()),
        Cell::plain(update.payout_delta.amount()),
        Cell::text(update.reason),
        Cell::text(update.note),
        Cell::plain(update.channel),
        Cell::maybe(update.user_id),
        Cell::maybe(update.api_key_id),
        Cell::maybe(update.reversal_id),
        Cell::maybe(update.line),
        Cell::plain(entry.program_id),
        Cell::plain(entry.event_type_id),
        Cell::plain(entry.brand_company_id),
        Cell::plain(update.partner_company_id),
        Cell::plain(update.contract_version_id),
        Cell::plain(update.at),
        Cell::maybe(update.action_import_id),
    ]
}
