//! What the doors of actions take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::items::{Counted, counted, is_reversed};
use super::model::{
    Action, AttributedBy, Channel, FinanceStatus, Item, ItemChange, Side, Sort, State, SubIds,
    Update, Verb,
};
use super::reasons::Reason;
use super::rules::finance_status;
use super::store::{Filter, Place};
use crate::codes::spelling::folded;
use crate::error::{Error, Fault, Result};
use crate::http::query::Listing;
use crate::kernel::id::{
    ActionId, ApiKeyId, CompanyId, ContractId, EventTypeId, ImportId, ItemId, ProgramId,
    ReversalId, TermsId, UpdateId, UserId,
};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;

mod asked;
mod feed;
mod reported;
mod summary;

pub use asked::{
    HoldAction, ModifyAction, Nothing, Operation, OperationKind, ReattributeAction, ReverseAction,
    reason_of, signed, steps,
};
pub use feed::{EntriesFilter, EntryView};
pub use reported::{
    NewAction, NewActions, NewItem, Report, TrackStatus, Tracked, TrackedActions, text_at,
};
pub use summary::{SideView, SummaryView};

/// A tracked conversion, as its updates have left it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Action)]
pub struct ActionView {
    /// Its id.
    pub id: ActionId,
    /// The program.
    pub program_id: ProgramId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// The brand.
    pub brand_company_id: CompanyId,
    /// The partner who is credited.
    pub partner_company_id: CompanyId,
    /// The contract it earns under.
    pub contract_id: ContractId,
    /// The version of the contract's terms that counts, for ever.
    pub contract_version_id: TermsId,
    /// The brand's order number.
    pub order_id: String,
    /// Where it stands.
    pub state: State,
    /// How far its payout is.
    pub finance_status: FinanceStatus,
    /// What is held does not lock.
    pub held: bool,
    /// Why it is held.
    #[schema(required)]
    pub hold_reason: Option<String>,
    /// When its hold ends by itself; null while it is not held.
    #[schema(required)]
    pub held_until: Option<Instant>,
    /// When the customer acted.
    pub occurred_at: Instant,
    /// From this moment on it takes no commands, unless it is held.
    pub locks_at: Instant,
    /// It was reported after it would have locked; its lock date counts from its arrival.
    pub late: bool,
    /// When it locked.
    #[schema(required)]
    pub locked_at: Option<Instant>,
    /// When its payout becomes, or became, due; null until it is locked.
    #[schema(required)]
    pub cleared_at: Option<Instant>,
    /// The sale as it stands; zero while reversed.
    pub sale_amount: Money,
    /// The payout as it stands; zero while reversed.
    pub payout: Money,
    /// What was first tracked.
    pub tracked: TrackedFigures,
    /// What was bought, as it stands.
    pub items: Vec<ItemView>,
    /// New or returning, in the brand's words; null for the partner.
    #[schema(required)]
    pub customer_status: Option<String>,
    /// The partner's own labels; null for a partner it was not credited to at first.
    #[schema(required)]
    pub sub_ids: Option<SubIds>,
    /// The coupon code the order carried; null for the partner, unless it is credited by it.
    #[schema(required)]
    pub code: Option<String>,
    /// What decided who is credited: the brand named the partner, or the code told.
    pub attributed_by: AttributedBy,
    /// The brand's own note; null for the partner.
    #[schema(required)]
    pub note: Option<String>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was tracked.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// The figures an action was first tracked with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrackedFigures {
    /// The sale.
    pub sale_amount: Money,
    /// The payout.
    pub payout: Money,
}

crate::words! {
    /// Whether an item counts.
    pub enum ItemState as ActionItemState { Active = "active", Reversed = "reversed" }
}

/// One thing bought, as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionItem)]
pub struct ItemView {
    /// Its id.
    pub id: ItemId,
    /// The brand's article number.
    #[schema(required)]
    pub sku: Option<String>,
    /// What it is called.
    #[schema(required)]
    pub name: Option<String>,
    /// What kind of thing it is.
    #[schema(required)]
    pub category: Option<String>,
    /// How many are left.
    pub quantity: i64,
    /// What they are worth together.
    pub amount: Money,
    /// Whether it counts.
    pub state: ItemState,
}

/// One entry of an action's ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionUpdate)]
pub struct UpdateView {
    /// Its id.
    pub id: UpdateId,
    /// The action.
    pub action_id: ActionId,
    /// The action's version after it.
    pub version: i64,
    /// The partner who was credited when it was made.
    pub partner_company_id: CompanyId,
    /// What was done.
    pub command: Verb,
    /// Where the action stood before; null for its first entry, and for the first of another partner.
    #[schema(required)]
    pub state_before: Option<State>,
    /// Where it stands after.
    pub state: State,
    /// The sale after.
    pub sale_amount: Money,
    /// Change of the sale; all of them together are the sale.
    pub sale_delta: Money,
    /// The payout after.
    pub payout: Money,
    /// Change of the payout; all of them together are the payout.
    pub payout_delta: Money,
    /// Items that count differently.
    pub items: Vec<ItemChangeView>,
    /// Why.
    #[schema(required)]
    pub reason: Option<String>,
    /// The brand's own words; null for the partner.
    #[schema(required)]
    pub note: Option<String>,
    /// The door it came through.
    pub channel: Channel,
    /// The user who did it; null for the partner, for a key and for the system.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The API key that did it; null for the partner, for a user and for the system.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// The batch it came in; null for the partner.
    #[schema(required)]
    pub reversal_id: Option<ReversalId>,
    /// The import it was tracked by; null for the partner.
    #[schema(required)]
    pub action_import_id: Option<ImportId>,
    /// The line of that batch or import; null for the partner.
    #[schema(required)]
    pub line: Option<i32>,
    /// The version of the contract's terms that counted.
    pub contract_version_id: TermsId,
    /// When.
    pub at: Instant,
}

/// How one item stands after an update.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionItemChange)]
pub struct ItemChangeView {
    /// The item.
    pub id: ItemId,
    /// How many are left.
    pub quantity: i64,
    /// Change of the quantity.
    pub quantity_delta: i64,
    /// What they are worth together.
    pub amount: Money,
    /// Change of the amount.
    pub amount_delta: Money,
    /// Whether it counts.
    pub state: ItemState,
    /// Why, where a step gave another reason than the whole.
    #[schema(required)]
    pub reason: Option<Reason>,
}

impl ActionView {
    /// As `reader`'s people see it now.
    pub fn to(reader: CompanyId, action: Action, now: Instant) -> Self {
        let own = action.company_id == reader;
        let by_code = action.attributed_by == AttributedBy::Code;
        let first = action.first_partner_company_id.unwrap_or(action.partner_company_id);
        let money = |minor| Money::of(minor, action.currency);
        Self {
            finance_status: finance_status(&action, now),
            sale_amount: money(action.sale_minor),
            payout: money(action.payout_minor),
            tracked: TrackedFigures {
                sale_amount: money(action.tracked_sale_minor),
                payout: money(action.tracked_payout_minor),
            },
            items: action.items.0.iter().map(|item| ItemView::of(&action, item)).collect(),
            id: action.id,
            program_id: action.program_id,
            event_type_id: action.event_type_id,
            brand_company_id: action.company_id,
            partner_company_id: action.partner_company_id,
            contract_id: action.contract_id,
            contract_version_id: action.terms_id,
            order_id: action.order_id,
            state: action.state,
            held: action.held,
            hold_reason: action.hold_reason,
            held_until: action.held_until,
            occurred_at: action.occurred_at,
            locks_at: action.locks_at,
            late: action.late,
            locked_at: action.locked_at,
            cleared_at: action.cleared_at,
            customer_status: action.customer_status.filter(|_| own),
            sub_ids: action.sub_ids.filter(|_| own || first == reader).map(|labels| labels.0),
            code: action.code.filter(|_| own || by_code),
            attributed_by: action.attributed_by,
            note: action.note.filter(|_| own),
            version: action.version,
            created_at: action.created_at,
            updated_at: action.updated_at,
        }
    }
}

impl ItemView {
    fn of(action: &Action, item: &Item) -> Self {
        let Counted { quantity, amount_minor } = counted(action.state, item);
        Self {
            id: item.id,
            sku: item.sku.clone(),
            name: item.name.clone(),
            category: item.category.clone(),
            quantity,
            amount: Money::of(amount_minor, action.currency),
            state: ItemState::of(is_reversed(action.state, item)),
        }
    }
}

impl ItemState {
    fn of(reversed: bool) -> Self {
        if reversed { Self::Reversed } else { Self::Active }
    }
}

impl UpdateView {
    /// As `reader`'s people see it.
    pub fn to(reader: CompanyId, currency: Currency, entry: Update) -> Self {
        let own = entry.company_id == reader;
        let money = |minor| Money::of(minor, currency);
        let items = entry.items.map(|items| items.0).unwrap_or_default();
        // A batch of reversals tracks nothing, and an import does nothing else.
        let tracked = entry.command == Verb::Track;
        let import = entry.reversal_id.map(|batch| ImportId::from_uuid(batch.uuid()));
        Self {
            id: entry.id,
            action_id: entry.action_id,
            version: entry.version,
            partner_company_id: entry.partner_company_id,
            command: entry.command,
            state_before: entry.state_before,
            state: entry.state,
            sale_amount: money(entry.sale_minor),
            sale_delta: money(entry.sale_delta_minor),
            payout: money(entry.payout_minor),
            payout_delta: money(entry.payout_delta_minor),
            items: items.into_iter().map(|item| ItemChangeView::of(item, currency)).collect(),
            reason: entry.reason,
            note: entry.note.filter(|_| own),
            channel: entry.channel,
            user_id: entry.user_id.filter(|_| own),
            api_key_id: entry.api_key_id.filter(|_| own),
            reversal_id: entry.reversal_id.filter(|_| own && !tracked),
            action_import_id: import.filter(|_| own && tracked),
            line: entry.line.filter(|_| own),
            contract_version_id: entry.terms_id,
            at: entry.at,
        }
    }
}

impl ItemChangeView {
    /// As both sides see it.
    pub fn of(change: ItemChange, currency: Currency) -> Self {
        Self {
            id: change.id,
            quantity: change.quantity,
            quantity_delta: change.quantity_delta,
            amount: Money::of(change.amount_minor, currency),
            amount_delta: Money::of(change.amount_delta_minor, currency),
            state: ItemState::of(change.reversed),
            reason: change.reason,
        }
    }
}

/// Which actions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActionsFilter {
    /// Of this program.
    #[param(nullable = false)]
    pub program_id: Option<ProgramId>,
    /// Of this event type.
    #[param(nullable = false)]
    pub event_type_id: Option<EventTypeId>,
    /// Of this brand: your own company for those you decide about, another for those you earn from.
    #[param(nullable = false)]
    pub brand_company_id: Option<CompanyId>,
    /// Credited to this partner.
    #[param(nullable = false)]
    pub partner_company_id: Option<CompanyId>,
    /// In one of these states, as a comma list.
    #[param(nullable = false, inline, style = Form, explode = false)]
    pub state: Option<Vec<State>>,
    /// Locked ones only, or only others.
    #[param(nullable = false)]
    pub locked: Option<bool>,
    /// Held ones only, or only others.
    #[param(nullable = false)]
    pub held: Option<bool>,
    /// With this order id.
    #[param(nullable = false, min_length = 1, max_length = 64)]
    pub order_id: Option<String>,
    /// With this coupon code, however it is written.
    #[param(nullable = false, min_length = 1, max_length = 64)]
    pub code: Option<String>,
    /// Occurred at this moment or later.
    #[param(nullable = false)]
    pub occurred_after: Option<Instant>,
    /// Occurred before this moment.
    #[param(nullable = false)]
    pub occurred_before: Option<Instant>,
    /// With a payout that is so far.
    #[param(nullable = false, inline)]
    pub finance_status: Option<FinanceStatus>,
    /// Locks at this moment or later.
    #[param(nullable = false)]
    pub locks_after: Option<Instant>,
    /// Locks before this moment.
    #[param(nullable = false)]
    pub locks_before: Option<Instant>,
    /// Reported after it would have locked, or only others.
    #[param(nullable = false)]
    pub late: Option<bool>,
    /// Last reversed or modified for this reason.
    #[param(nullable = false, inline)]
    pub reason: Option<Reason>,
    /// Of customers with exactly this status; a partner is not told of it, and gets none.
    #[param(nullable = false, min_length = 1, max_length = 64)]
    pub customer_status: Option<String>,
    /// With this label of the partner's: its name, which is plain here, a colon, and its value.
    #[param(
        nullable = false,
        max_length = 320,
        pattern = "^[A-Za-z0-9_.-]{1,64}:.",
        example = "campaign:spring"
    )]
    pub sub_id: Option<String>,
    /// Of your own programs (`brand`), or those your company earns from (`partner`); both if absent.
    #[serde(rename = "as")]
    #[param(nullable = false, inline)]
    pub side: Option<Side>,
    /// In which order: newest first, or, of those that have not locked, soonest lock first.
    #[param(nullable = false, inline)]
    pub sort: Option<Sort>,
}

impl ActionsFilter {
    /// Which actions are meant.
    pub fn read(self, now: Instant) -> Result<Filter> {
        let sort = self.sort.unwrap_or(Sort::Newest);
        let mut faults = Vec::new();
        let texts = [("order_id", &self.order_id), ("customer_status", &self.customer_status)];
        for (name, text) in texts {
            if text.as_ref().is_some_and(|text| text.contains(char::is_control)) {
                let message = format!("{name} has no control characters");
                faults.push(Fault::in_parameter(name, "bad_characters", message));
            }
        }
        if sort == Sort::SoonestLock && self.locked == Some(true) {
            let message = "what has locked is not in the order of locks_at";
            faults.push(Fault::in_parameter("locked", "not_allowed", message));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(Filter {
            program: self.program_id,
            event_type: self.event_type_id,
            brand: self.brand_company_id,
            partner: self.partner_company_id,
            states: self.state,
            locked: self.locked,
            held: self.held,
            order_id: self.order_id,
            code: self.code.map(|code| folded(&code)),
            occurred_after: self.occurred_after,
            occurred_before: self.occurred_before,
            finance_status: self.finance_status,
            locks_after: self.locks_after,
            locks_before: self.locks_before,
            late: self.late,
            reason: self.reason,
            customer_status: self.customer_status,
            sub_id: self.sub_id.as_deref().and_then(label),
            side: self.side,
            sort,
            now,
        })
    }
}

/// `campaign:spring`, taken apart.
fn label(text: &str) -> Option<(String, String)> {
    text.split_once(':').map(|(name, value)| (name.to_string(), value.to_string()))
}

/// Where a page begins, if the cursor is one of this order.
pub fn place(listing: &Listing, sort: Sort) -> Result<Option<Place>> {
    Ok(match sort {
        Sort::Newest => listing.after()?.map(|(at, id)| Place::Occurred(at, id)),
        Sort::SoonestLock => listing.after()?.map(|(id, at)| Place::Locks(id, at)),
    })
}
