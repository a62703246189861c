//! What the doors of inquiries take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Applied, Claim, DecidedBy, Inquiry, Kind, Status};
use super::store::Filter;
use crate::actions::rules::{Bought, Change, ItemOperation, Step, Target};
use crate::actions::wire::OperationKind;
use crate::kernel::id::{
    ActionId, AdjustmentId, ApiKeyId, CompanyId, EventTypeId, InquiryId, ItemId, ProgramId, UserId,
};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;

mod asked;

pub use asked::{AcceptInquiry, DeclineInquiry, NewInquiry, occurred};

/// Which inquiries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InquiriesFilter {
    /// Only those in one of these states, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub status: Option<Vec<Status>>,
    /// Only those of one of these kinds, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub kind: Option<Vec<Kind>>,
    /// Only those about this action.
    #[param(nullable = false)]
    pub action_id: Option<ActionId>,
    /// Only those of this program.
    #[param(nullable = false)]
    pub program_id: Option<ProgramId>,
    /// Only those of this partner.
    #[param(nullable = false)]
    pub partner_company_id: Option<CompanyId>,
    /// Only those to be answered before this moment.
    #[param(nullable = false)]
    pub answer_before: Option<Instant>,
}

impl From<InquiriesFilter> for Filter {
    fn from(asked: InquiriesFilter) -> Self {
        let InquiriesFilter {
            status,
            kind,
            action_id,
            program_id,
            partner_company_id,
            answer_before,
        } = asked;
        Self { status, kind, action_id, program_id, partner_company_id, answer_before }
    }
}

/// A partner's dispute about an action, or about an order that was never tracked for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Inquiry)]
pub struct InquiryView {
    /// Its id.
    pub id: InquiryId,
    /// What is disputed.
    pub kind: Kind,
    /// How far it has come.
    pub status: Status,
    /// The brand, who answers.
    pub brand_company_id: CompanyId,
    /// The partner, who asks.
    pub partner_company_id: CompanyId,
    /// The program.
    pub program_id: ProgramId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// The action; of an untracked order the one that came of it.
    #[schema(required)]
    pub action_id: Option<ActionId>,
    /// The action of another partner that had the order when this was opened; null for the partner.
    #[schema(required)]
    pub existing_action_id: Option<ActionId>,
    /// The order.
    pub order_id: String,
    /// When the customer acted.
    pub occurred_at: Instant,
    /// What amounts are counted in.
    pub currency: Currency,
    /// What is asked for.
    pub claim: ClaimView,
    /// The partner's words.
    pub message: String,
    /// Until when the brand may answer. From then on silence has answered.
    pub answer_by: Instant,
    /// Who said yes or no; null while it is open, and once it is withdrawn.
    #[schema(required)]
    pub decided_by: Option<DecidedBy>,
    /// The brand's words, for both sides.
    #[schema(required)]
    pub answer: Option<String>,
    /// The brand's own note; null for the partner.
    #[schema(required)]
    pub note: Option<String>,
    /// What came of it; null unless it is accepted.
    #[schema(required)]
    pub applied: Option<Applied>,
    /// The action's version after that.
    #[schema(required)]
    pub action_version: Option<i64>,
    /// The adjustment that was made, or proposed.
    #[schema(required)]
    pub adjustment_id: Option<AdjustmentId>,
    /// Why silence declined what the terms accept; null for the partner.
    #[schema(required, example = "duplicate_order")]
    pub code: Option<String>,
    /// The user who opened it; null for the brand and for a key.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The API key that opened it; null for the brand and for a user.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was decided or withdrawn.
    #[schema(required)]
    pub decided_at: Option<Instant>,
}

/// What is asked for: figures, items, steps, or nothing of that.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = InquiryClaim)]
pub struct ClaimView {
    /// What the order or the action is worth.
    #[schema(required)]
    pub amount: Option<Money>,
    /// What was bought.
    #[schema(required)]
    pub items: Option<Vec<ClaimedItem>>,
    /// Steps on single items.
    #[schema(required)]
    pub operations: Option<Vec<ClaimedOperation>>,
}

/// One thing that is said to have been bought.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InquiryItem)]
pub struct ClaimedItem {
    /// The article number.
    #[schema(required)]
    pub sku: Option<String>,
    /// What it is called.
    #[schema(required)]
    pub name: Option<String>,
    /// What kind of thing it is.
    #[schema(required)]
    pub category: Option<String>,
    /// How many.
    pub quantity: i64,
    /// What they are worth together.
    pub amount: Money,
}

/// One step on an item.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InquiryOperation)]
pub struct ClaimedOperation {
    /// What to do.
    pub op: OperationKind,
    /// The item's id.
    #[schema(required)]
    pub item_id: Option<ItemId>,
    /// The item's article number.
    #[schema(required)]
    pub sku: Option<String>,
    /// How many are left.
    #[schema(required)]
    pub quantity: Option<i64>,
    /// What is left is worth.
    #[schema(required)]
    pub amount: Option<Money>,
    /// By how much it is worth more, or less.
    #[schema(required)]
    pub amount_delta: Option<Money>,
}

impl InquiryView {
    /// As `reader`'s people see it.
    pub fn to(reader: CompanyId, inquiry: Inquiry) -> Self {
        let brand = inquiry.company_id == reader;
        let partner = inquiry.partner_company_id == reader;
        Self {
            id: inquiry.id,
            kind: inquiry.kind,
            status: inquiry.status,
            brand_company_id: inquiry.company_id,
            partner_company_id: inquiry.partner_company_id,
            program_id: inquiry.program_id,
            event_type_id: inquiry.event_type_id,
            action_id: inquiry.action_id,
            existing_action_id: inquiry.existing_action_id.filter(|_| brand),
            order_id: inquiry.order_id,
            occurred_at: inquiry.occurred_at,
            currency: inquiry.currency,
            claim: ClaimView::of(inquiry.claim.0, inquiry.currency),
            message: inquiry.message,
            answer_by: inquiry.answer_by,
            decided_by: inquiry.decided_by,
            answer: inquiry.answer,
            note: inquiry.note.filter(|_| brand),
            applied: inquiry.applied,
            action_version: inquiry.action_version,
            adjustment_id: inquiry.adjustment_id,
            code: inquiry.code.filter(|_| brand),
            user_id: inquiry.user_id.filter(|_| partner),
            api_key_id: inquiry.api_key_id.filter(|_| partner),
            version: inquiry.version,
            opened_at: inquiry.opened_at,
            decided_at: inquiry.decided_at,
        }
    }
}

impl ClaimView {
    fn of(claim: Claim, currency: Currency) -> Self {
        let money = |minor| Some(Money::of(minor, currency));
        match claim {
            Claim::Unsaid | Claim::Sale(Change::AmountDelta(_)) => Self::default(),
            Claim::Sale(Change::Amount(minor)) => Self { amount: money(minor), ..Self::default() },
            Claim::Order(bought) => {
                let items = bought.into_iter().map(|item| ClaimedItem::of(item, currency));
                Self { items: Some(items.collect()), ..Self::default() }
            }
            Claim::Sale(Change::Items(steps)) => {
                let steps = steps.into_iter().map(|step| ClaimedOperation::of(step, currency));
                Self { operations: Some(steps.collect()), ..Self::default() }
            }
        }
    }
}

impl ClaimedItem {
    fn of(item: Bought, currency: Currency) -> Self {
        Self {
            sku: item.sku,
            name: item.name,
            category: item.category,
            quantity: item.quantity,
            amount: Money::of(item.amount_minor, currency),
        }
    }
}

impl ClaimedOperation {
    fn of(operation: ItemOperation, currency: Currency) -> Self {
        let (item_id, sku) = match operation.target {
            Target::Id(id) => (Some(id), None),
            Target::Sku(sku) => (None, Some(sku)),
        };
        let money = |minor| Some(Money::of(minor, currency));
        let (op, quantity, amount, amount_delta) = match operation.step {
            Step::SetQuantity(quantity) => (OperationKind::SetQuantity, Some(quantity), None, None),
            Step::SetAmount(minor) => (OperationKind::SetAmount, None, money(minor), None),
            Step::AdjustAmount(minor) => (OperationKind::AdjustAmount, None, None, money(minor)),
            Step::Reverse => (OperationKind::ReverseItem, None, None, None),
            Step::Restore => (OperationKind::RestoreItem, None, None, None),
        };
        Self { op, item_id, sku, quantity, amount, amount_delta }
    }
}
