//! Rows and words of actions: tracked conversions, their items and their ledger.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::reasons::Reason;
use crate::db::schema::{action_updates, actions};
use crate::events::model::Doer;
use crate::kernel::document::Document;
use crate::kernel::id::{
    ActionId, ApiKeyId, CompanyId, ContractId, EventTypeId, ItemId, ProgramId, ReferralCodeId,
    ReversalId, TermsId, UpdateId, UserId,
};
use crate::kernel::money::Currency;
use crate::kernel::time::{Day, Instant};

crate::words! {
    /// Where an action stands. Locked, cleared and held are told apart from it.
    pub enum State as ActionState { Pending = "pending", Approved = "approved", Reversed = "reversed" }
}

crate::words! {
    /// What can be done to an action; the name under which the ledger keeps it.
    pub enum Verb as ActionCommand {
        Track = "track",
        Approve = "approve",
        Modify = "modify",
        Reverse = "reverse",
        Restore = "restore",
        Reset = "reset",
        Hold = "hold",
        Release = "release",
        Lock = "lock",
        Clear = "clear",
        Reattribute = "reattribute",
    }
}

crate::words! {
    /// What decided which partner is credited.
    pub enum AttributedBy {
        /// The brand named the partner.
        Partner = "partner",
        /// The order carried a code of the partner's.
        Code = "code",
    }
}

crate::words! {
    /// How far the payout of an action is from the partner's account.
    pub enum FinanceStatus {
        Pending = "pending",
        Held = "held",
        Due = "due",
        InPayout = "in_payout",
        Paid = "paid",
    }
}

crate::words! {
    /// What a company is to an action: it decides and pays, or it earns.
    pub enum Side as ActionSide { Brand = "brand", Partner = "partner" }
}

crate::words! {
    /// An order of the list of actions.
    pub enum Sort as ActionSort {
        /// Newest first.
        Newest = "-occurred_at",
        /// What has not locked, soonest lock first.
        SoonestLock = "locks_at",
    }
}

crate::words! {
    /// The door a change came through.
    pub enum Channel {
        Api = "api",
        Upload = "upload",
        FtpUpload = "ftp_upload",
        FtpPull = "ftp_pull",
        Email = "email",
        Salesforce = "salesforce",
        System = "system",
    }
}

impl Channel {
    /// The door of what is done call by call: what nobody called for, the system does by itself.
    pub fn of_calls_by(doer: Doer) -> Self {
        if doer == Doer::SYSTEM { Self::System } else { Self::Api }
    }
}

/// The most characters of an article number, wherever it is written.
pub const LONGEST_SKU: usize = 128;

/// One thing bought. `quantity` and `amount_minor` are what remains of it under its mark: a
/// reversed item keeps them, and counts as nothing while `reversed_in` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// The brand's article number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sku: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// What kind of thing it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<String>,
    /// How many.
    pub quantity: i64,
    /// Minor units for all of them together.
    pub amount_minor: i64,
    /// How many were tracked.
    pub tracked_quantity: i64,
    /// Minor units tracked.
    pub tracked_amount_minor: i64,
    /// The version of the action in which this item was marked reversed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reversed_in: Option<i64>,
}

/// Free labels a partner attaches to a click.
pub type SubIds = BTreeMap<String, String>;

/// A tracked conversion, as its updates have left it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = actions, treat_none_as_default_value = false)]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// The brand.
    pub company_id: CompanyId,
    /// The partner who is credited.
    pub partner_company_id: CompanyId,
    /// The program.
    pub program_id: ProgramId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// The contract it earns under.
    pub contract_id: ContractId,
    /// The version of the terms in force when it occurred; pinned.
    pub terms_id: TermsId,
    /// The brand's order number.
    pub order_id: String,
    /// 0, or how often this order id was seen before outside the dedup window.
    pub occurrence: i32,
    /// Where it stands.
    pub state: State,
    /// Held actions do not lock.
    pub held: bool,
    /// Why it is held.
    pub hold_reason: Option<String>,
    /// What its amounts are counted in.
    pub currency: Currency,
    /// The sale as it stands; 0 while reversed.
    pub sale_minor: i64,
    /// The payout as it stands; 0 while reversed.
    pub payout_minor: i64,
    /// The sale as first tracked.
    pub tracked_sale_minor: i64,
    /// The payout as first tracked.
    pub tracked_payout_minor: i64,
    /// What was bought; at least one item.
    pub items: Document<Vec<Item>>,
    /// New or returning, in the brand's words; not for partners.
    pub customer_status: Option<String>,
    /// The partner's own labels.
    pub sub_ids: Option<Document<SubIds>>,
    /// The brand's own note; not for partners.
    pub note: Option<String>,
    /// The code the order carried, as it was reported.
    pub code: Option<String>,
    /// The code it was, if it was one.
    pub code_id: Option<ReferralCodeId>,
    /// What decided who is credited.
    pub attributed_by: AttributedBy,
    /// Who was credited first, where that is another one by now.
    pub first_partner_company_id: Option<CompanyId>,
    /// When the customer acted.
    pub occurred_at: Instant,
    /// From when it is closed to commands.
    pub locks_at: Instant,
    /// When it locked.
    pub locked_at: Option<Instant>,
    /// When its payout becomes due, from its lock on.
    pub cleared_at: Option<Instant>,
    /// Whether its ledger says so already.
    pub cleared: bool,
    /// It came so late that its lock date counts from its arrival.
    pub late: bool,
    /// When its hold ends by itself; nothing while it is not held.
    pub held_until: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was tracked.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The day it counts to, in the zone that its program had when it was tracked; nothing where that
    /// was before days were kept.
    pub occurred_on: Option<Day>,
}

impl Action {
    /// The most payout it can come to after its lock: what was tracked, or locked where that is more.
    pub fn most_payout(&self) -> i64 {
        self.payout_minor.max(self.tracked_payout_minor)
    }
}

/// How one item stands after an update; kept on the update when items changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemChange {
    /// The item.
    pub id: ItemId,
    /// Quantity after, and by how much it changed.
    pub quantity: i64,
    /// Change of the quantity.
    pub quantity_delta: i64,
    /// Minor units after.
    pub amount_minor: i64,
    /// Change in minor units.
    pub amount_delta_minor: i64,
    /// Whether it counts as reversed after.
    pub reversed: bool,
    /// Why, if for another reason than the whole update.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
}

/// One entry of an action's ledger. Nothing in the ledger is ever changed or deleted, and the
/// action is the sum of its entries.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = action_updates, treat_none_as_default_value = false)]
pub struct Update {
    /// Its id.
    pub id: UpdateId,
    /// The action.
    pub action_id: ActionId,
    /// The action's version after it.
    pub version: i64,
    /// The brand.
    pub company_id: CompanyId,
    /// The partner.
    pub partner_company_id: CompanyId,
    /// The terms that counted.
    pub terms_id: TermsId,
    /// What was done.
    pub command: Verb,
    /// Where the action stood before; absent for its first entry.
    pub state_before: Option<State>,
    /// Where it stands after.
    pub state: State,
    /// The sale after.
    pub sale_minor: i64,
    /// Change of the sale.
    pub sale_delta_minor: i64,
    /// The payout after.
    pub payout_minor: i64,
    /// Change of the payout.
    pub payout_delta_minor: i64,
    /// Items that changed.
    pub items: Option<Document<Vec<ItemChange>>>,
    /// Why.
    pub reason: Option<String>,
    /// The brand's own words; not for partners.
    pub note: Option<String>,
    /// The door it came through.
    pub channel: Channel,
    /// The user who did it.
    pub user_id: Option<UserId>,
    /// The key that did it.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who did it on the brand's behalf.
    pub delegate_user_id: Option<UserId>,
    /// The batch it came in.
    pub reversal_id: Option<ReversalId>,
    /// The line of that batch.
    pub line: Option<i32>,
    /// When.
    pub at: Instant,
}
