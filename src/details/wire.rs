//! An action with what is around it, as it is asked for and shown.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Choice, Expansion, ListExpansion};
use super::rules::Allowed;
use crate::actions::reasons::Reason;
use crate::actions::wire::{ActionView, UpdateView};
use crate::adjustments::wire::AdjustmentView;
use crate::contracts::wire::ContractView;
use crate::inquiries::wire::InquiryView;

/// What comes along.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Expand {
    /// What to show besides, as a comma list. `items` are always there.
    #[param(nullable = false, inline, style = Form, explode = false)]
    pub expand: Option<Vec<Expansion>>,
}

/// What comes along with each action of a list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExpandList {
    /// What to show besides, as a comma list. `items` are always there.
    #[param(nullable = false, inline, style = Form, explode = false)]
    pub expand: Option<Vec<ListExpansion>>,
}

/// An action of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ListedAction)]
pub struct ListedView {
    /// The action.
    #[serde(flatten)]
    pub action: ActionView,
    /// What you may do now; with `expand=allowed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed: Option<Vec<AllowedView>>,
}

/// An action with what is around it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActionDetails)]
pub struct DetailsView {
    /// The action.
    #[serde(flatten)]
    pub action: ActionView,
    /// What you may do now; with `expand=allowed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allowed: Option<Vec<AllowedView>>,
    /// The last 50 entries of its ledger, oldest first; with `expand=updates`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub updates: Option<Vec<UpdateView>>,
    /// The contract it earns under, as it is now; with `expand=contract`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contract: Option<ContractView>,
    /// Its last 50 adjustments, oldest first; with `expand=adjustments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub adjustments: Option<Vec<AdjustmentView>>,
    /// The inquiry about it that is open, else the newest one, of those that you see; with
    /// `expand=inquiry`, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub inquiry: Option<InquiryView>,
}

impl DetailsView {
    /// The action alone.
    pub fn plain(action: ActionView) -> Self {
        let (allowed, updates, contract) = (None, None, None);
        Self { action, allowed, updates, contract, adjustments: None, inquiry: None }
    }
}

/// Whether you may do something to an action now, as far as its state, the time and your rights
/// decide. What you send with it may still be refused: an amount, an item, a reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AllowedCommandView)]
pub struct AllowedView {
    /// What: a command of the same name, the step `restore_item` of `modify`, or a kind of `adjust`.
    pub command: Choice,
    /// Whether you may.
    pub allowed: bool,
    /// What it would be refused with; null if you may.
    #[schema(required)]
    pub code: Option<&'static str>,
    /// The only reasons for which you may; null if there is no such limit.
    #[schema(required)]
    pub reasons: Option<Vec<Reason>>,
}

impl From<Allowed> for AllowedView {
    fn from(allowed: Allowed) -> Self {
        let Allowed { choice, code, reasons } = allowed;
        Self { command: choice, allowed: code.is_none(), code, reasons }
    }
}
