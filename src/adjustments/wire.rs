//! What the doors of adjustments take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::make::Asked;
use super::model::{Adjustment, Either, Kind, Proposal, Status};
use super::rules::Correction;
use super::store::Filter;
use crate::actions::model::{Channel, Verb};
use crate::actions::reasons::Reason;
use crate::actions::rules::Change;
use crate::actions::wire::{ItemChangeView, Operation, reason_of, signed, steps};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{ActionId, AdjustmentId, ApiKeyId, CompanyId, ReversalId, UserId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;

/// What is left of a locked action. One of `amount_delta`, `payout_delta` and `operations` is there.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "ITEM_RETURNED", "amount_delta": "-20.00" }))]
pub struct NewAdjustment {
    /// A reason code that applies to modifying.
    #[schema(min_length = 1, max_length = 64, example = "ITEM_RETURNED")]
    pub reason: String,
    /// Your own words; not for the partner. The reason OTHER needs them.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
    /// By how much what is left of the sale is worth less, or more; the payout follows by the terms.
    #[schema(max_length = 40, example = "-20.00")]
    pub amount_delta: Option<String>,
    /// By how much the payout is less, or more, and the sale as it is.
    #[schema(max_length = 40, example = "-1.50")]
    pub payout_delta: Option<String>,
    /// Steps on what is left of single items, one after the other.
    #[schema(min_items = 1, max_items = 500)]
    pub operations: Option<Vec<Operation>>,
}

impl NewAdjustment {
    /// What it asks for, of an action that is counted in `currency`.
    pub fn read(&self, currency: Currency) -> Result<Asked> {
        let mut faults = Vec::new();
        let reason = reason_of(Verb::Modify, &self.reason, self.note.as_ref(), &mut faults);
        let correction = self.correction(currency, &mut faults);
        match reason.zip(correction).filter(|_| faults.is_empty()) {
            Some((reason, correction)) => Ok(Asked { correction, reason, note: self.note.clone() }),
            None => Err(Error::Invalid(faults)),
        }
    }

    fn correction(&self, currency: Currency, faults: &mut Vec<Fault>) -> Option<Correction> {
        match (&self.amount_delta, &self.payout_delta, &self.operations) {
            (Some(text), None, None) => signed("/amount_delta", text, currency, faults)
                .map(|minor| Correction::Sale(Change::AmountDelta(minor))),
            (None, Some(text), None) => {
                signed("/payout_delta", text, currency, faults).map(Correction::Payout)
            }
            (None, None, Some(operations)) => {
                steps(operations, currency, self.note.as_ref(), faults).map(Correction::Sale)
            }
            (None, None, None) => {
                let message = "amount_delta, payout_delta or operations is required";
                faults.push(Fault::at("/amount_delta", "missing_field", message));
                None
            }
            _ => {
                let message = "one of amount_delta, payout_delta and operations";
                faults.push(Fault::at("", "conflicting_fields", message));
                None
            }
        }
    }
}

/// A signed entry beside a locked action: what was changed, and what is left.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Adjustment)]
pub struct AdjustmentView {
    /// Its id.
    pub id: AdjustmentId,
    /// The action.
    pub action_id: ActionId,
    /// Whether it counts: a make-good beyond its program's limit does once a second person of the
    /// brand has approved it. The partner sees what counts.
    pub status: Status,
    /// Counts the adjustments of the action from 1; null for one that does not count.
    #[schema(required)]
    pub sequence: Option<i64>,
    /// The brand.
    pub brand_company_id: CompanyId,
    /// The partner who gives back, or gets more.
    pub partner_company_id: CompanyId,
    /// Which way it goes.
    pub kind: Kind,
    /// The sale that is left after it.
    pub sale_amount: Money,
    /// Change of the sale.
    pub sale_delta: Money,
    /// The payout that is left after it.
    pub payout: Money,
    /// Change of the payout: below zero the partner gives back.
    pub payout_delta: Money,
    /// Items that count differently.
    pub items: Vec<ItemChangeView>,
    /// Why.
    pub reason: Reason,
    /// The brand's own words; null for the partner.
    #[schema(required)]
    pub note: Option<String>,
    /// The door it came through.
    pub channel: Channel,
    /// The user who made it; null for the partner and for a key.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The API key that made it; null for the partner and for a user.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// The batch it came in; null for the partner.
    #[schema(required)]
    pub reversal_id: Option<ReversalId>,
    /// The line of that batch; null for the partner.
    #[schema(required)]
    pub line: Option<i32>,
    /// When it was made, or proposed.
    pub at: Instant,
    /// The second person, who approved or declined it; null where it took none, and for the partner.
    #[schema(required)]
    pub decided_by_user_id: Option<UserId>,
    /// Why it was declined; null for the partner.
    #[schema(required)]
    pub decline_reason: Option<String>,
}

/// Which adjustments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AdjustmentListing {
    /// Only those that have come so far. A partner has those that are `made`.
    #[param(inline, nullable = false)]
    pub status: Option<Status>,
    /// Only those of this action.
    #[param(nullable = false)]
    pub action_id: Option<ActionId>,
    /// Only those of this partner.
    #[param(nullable = false)]
    pub partner_company_id: Option<CompanyId>,
    /// Only those that go this way.
    #[param(inline, nullable = false)]
    pub kind: Option<Kind>,
    /// The most entries of the page; 50 if absent.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; the first page if absent.
    #[param(max_length = 500, nullable = false)]
    pub cursor: Option<String>,
}

impl AdjustmentListing {
    /// What it asks for.
    pub fn filter(&self) -> Filter {
        let Self { status, action_id, partner_company_id, kind, .. } = *self;
        Filter { status, action: action_id, partner: partner_company_id, kind }
    }
}

/// A yes to what another one has proposed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ApproveAdjustment {}

/// A no to it.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The partner was paid for this by another order" }))]
pub struct DeclineAdjustment {
    /// Why; for your own people.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

impl AdjustmentView {
    /// Wherever it is kept, as `reader`'s people see it.
    pub fn of(reader: CompanyId, currency: Currency, adjustment: Either) -> Self {
        match adjustment {
            Either::Made(adjustment) => Self::to(reader, currency, adjustment),
            Either::Proposed(proposal) => Self::proposed(currency, proposal),
        }
    }

    /// What only the brand sees.
    pub fn proposed(currency: Currency, proposal: Proposal) -> Self {
        let money = |minor| Money::of(minor, currency);
        let channel = Channel::of_calls_by(proposal.doer());
        let changes = proposal.changes.0.into_iter();
        Self {
            id: proposal.id,
            action_id: proposal.action_id,
            status: proposal.status,
            sequence: None,
            brand_company_id: proposal.company_id,
            partner_company_id: proposal.partner_company_id,
            kind: proposal.kind,
            sale_amount: money(proposal.sale_minor),
            sale_delta: money(proposal.sale_delta_minor),
            payout: money(proposal.payout_minor),
            payout_delta: money(proposal.payout_delta_minor),
            items: changes.map(|change| ItemChangeView::of(change, currency)).collect(),
            reason: proposal.reason,
            note: proposal.note,
            channel,
            user_id: proposal.user_id,
            api_key_id: proposal.api_key_id,
            reversal_id: None,
            line: None,
            at: proposal.at,
            decided_by_user_id: proposal.decided_by_user_id,
            decline_reason: proposal.decline_reason,
        }
    }

    /// One that counts, as `reader`'s people see it.
    pub fn to(reader: CompanyId, currency: Currency, adjustment: Adjustment) -> Self {
        let own = adjustment.company_id == reader;
        let money = |minor| Money::of(minor, currency);
        let changes = adjustment.changes.0.into_iter();
        Self {
            id: adjustment.id,
            action_id: adjustment.action_id,
            status: Status::Made,
            sequence: Some(adjustment.sequence),
            brand_company_id: adjustment.company_id,
            partner_company_id: adjustment.partner_company_id,
            kind: adjustment.kind,
            sale_amount: money(adjustment.sale_minor),
            sale_delta: money(adjustment.sale_delta_minor),
            payout: money(adjustment.payout_minor),
            payout_delta: money(adjustment.payout_delta_minor),
            items: changes.map(|change| ItemChangeView::of(change, currency)).collect(),
            reason: adjustment.reason,
            note: adjustment.note.filter(|_| own),
            channel: adjustment.channel,
            user_id: adjustment.user_id.filter(|_| own),
            api_key_id: adjustment.api_key_id.filter(|_| own),
            reversal_id: adjustment.reversal_id.filter(|_| own),
            line: adjustment.line.filter(|_| own),
            at: adjustment.at,
            decided_by_user_id: adjustment.approved_by_user_id.filter(|_| own),
            decline_reason: None,
        }
    }
}
