//! What the columns of a table of reversals mean.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::several::{self, Detail};
use super::sniff::{self, Meaning, plain};
use super::{FileFault, Layout};
use crate::reversals::model::FileCode;

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The action, by its id.
    ActionId,
    /// The event type, by its id or code.
    EventType,
    /// The brand's order number.
    OrderId,
    /// The item, by its article number.
    Sku,
    /// The item, by its id.
    ItemId,
    /// What to do.
    Operation,
    /// Why.
    Reason,
    /// Why, on rows that reverse.
    ReasonToReverse,
    /// Why, on rows that modify.
    ReasonToModify,
    /// The new amount.
    Amount,
    /// The change of the amount.
    AmountDelta,
    /// The new quantity.
    Quantity,
    /// The currency of the amounts.
    Currency,
    /// The return's own id.
    ExternalRef,
    /// The brand's words.
    Note,
    /// Whether figures may rise.
    AllowIncrease,
    /// What another item of the row, counted from 2, is or has.
    OfItem(u8, Detail),
    /// What other platforms' files have besides, and nothing here needs.
    Ignored,
    /// What we added to a file we gave back.
    Outcome,
}

/// Names of columns, lower case and without spaces, underscores and hyphens: our own, and those of
/// the files that are made for other platforms.
const NAMES: &[(Column, &[&str])] = &[
    (Column::ActionId, &["actionid", "transactionid"]),
    (Column::EventType, &["eventtypeid", "eventtype", "eventtypecode", "actiontrackerid"]),
    (Column::OrderId, &["orderid", "oid", "orderref", "orderreference", "ordernumber"]),
    (Column::Sku, &["sku", "sku1", "itemsku"]),
    (Column::ItemId, &["itemid"]),
    (Column::Operation, &["operation", "action", "statustype"]),
    (
        Column::Reason,
        &["reason", "reasoncode", "dispositioncode", "correctionreason", "statusnote"],
    ),
    (Column::ReasonToReverse, &["declinereason"]),
    (Column::ReasonToModify, &["amendreason"]),
    (Column::Amount, &["amount", "amount1", "saleamount"]),
    (Column::AmountDelta, &["amountdelta", "itemsubtotaldelta"]),
    (Column::Quantity, &["quantity", "quantity1", "itemquantity"]),
    (Column::Currency, &["currency", "currencycode"]),
    (Column::ExternalRef, &["externalref", "externalreference"]),
    (Column::Note, &["note", "notes"]),
    (Column::AllowIncrease, &["allowincrease"]),
    (
        Column::Ignored,
        &[
            "",
            "customerstatus",
            "category",
            "category1",
            "campaignid",
            "transactiondate",
            "timezone",
            "approve",
            "commission",
            "commissionamount",
            "companyid",
            "enterpriseid",
            "subscriptionid",
            "updatetime",
            "discount",
            "itemunitprice",
            "itemdiscount",
            "coupon",
        ],
    ),
    (Column::Outcome, &["errorcode", "errormessage", "outcome", "line", "warnings"]),
];

/// Columns that say the same as another and are left out where that one is there: a restatement in
/// CJ's layout lists what is left of an order beside the order's whole new amount.
const DETAILS: &[&str] = &["itemsku", "itemquantity"];

impl Meaning for Column {
    const IGNORED: Self = Self::Ignored;
    const OUTCOME: Self = Self::Outcome;

    fn named(plain: &str) -> Option<Self> {
        let known = |(_, names): &&(Self, &[&str])| names.contains(&plain);
        let column = NAMES.iter().find(known).map(|(column, _)| *column);
        column.or_else(|| several::numbered(plain))
    }

    fn ours() -> Vec<&'static str> {
        FIELDS.clone()
    }

    fn beside(columns: &mut [Option<Self>], header: &[String]) {
        if columns.contains(&Some(Self::Amount)) {
            let details = columns.iter_mut().zip(header);
            details
                .filter(|(_, name)| DETAILS.contains(&plain(name).as_str()))
                .for_each(|(column, _)| *column = Some(Self::Ignored));
        }
    }

    fn faults(known: &[Self]) -> Vec<FileFault> {
        let mut faults = Vec::new();
        let mut missing =
            |detail| faults.push(FileFault::new(FileCode::MissingColumn, detail, Some(1)));
        if !known.iter().any(|column| matches!(column, Self::ActionId | Self::OrderId)) {
            missing("no column names the action; there must be `order_id` or `action_id`");
        }
        if !known.iter().any(|column| *column == Self::Operation || column.is_reason()) {
            missing("no column says what to do; there must be `reason` or `operation`");
        }
        faults.extend(several::header_faults(known));
        faults
    }
}

impl Column {
    fn is_reason(self) -> bool {
        matches!(self, Self::Reason | Self::ReasonToReverse | Self::ReasonToModify)
    }

    /// Our own name for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ActionId => "action_id",
            Self::EventType => "event_type_id",
            Self::OrderId => "order_id",
            Self::Sku => "sku",
            Self::ItemId => "item_id",
            Self::Operation => "operation",
            Self::Reason | Self::ReasonToReverse | Self::ReasonToModify => "reason",
            Self::Amount => "amount",
            Self::AmountDelta => "amount_delta",
            Self::Quantity => "quantity",
            Self::Currency => "currency",
            Self::ExternalRef => "external_ref",
            Self::Note => "note",
            Self::AllowIncrease => "allow_increase",
            Self::OfItem(..) | Self::Ignored | Self::Outcome => "",
        }
    }

    /// What its cells say, for people.
    const fn description(self) -> &'static str {
        match self {
            Self::ActionId => "The action, by its id",
            Self::EventType => "The event type of the order, by its id or your own code for it",
            Self::OrderId => "The action, by your order number",
            Self::Sku => "Only the item with this article number",
            Self::ItemId => "Only this item, by its id",
            Self::Operation => "What to do",
            Self::Reason => "Why",
            Self::ReasonToReverse => "Why, on rows that reverse",
            Self::ReasonToModify => "Why, on rows that modify",
            Self::Amount => "The amount that remains",
            Self::AmountDelta => "By how much the amount changes",
            Self::Quantity => "The quantity that remains of an item",
            Self::Currency => "What amounts are counted in; must be the action's",
            Self::ExternalRef => "The return's own id: applied once per action and item",
            Self::Note => "Your own words; the partner does not see them",
            Self::AllowIncrease => "`true` lets figures rise, with the reason ORDER_UPDATE",
            Self::OfItem(..) => "The same of another item of the row",
            Self::Ignored => "Nothing that is needed here",
            Self::Outcome => "What was added to a file that was given back",
        }
    }
}

/// What a file's columns may be called, for the guide.
#[derive(Debug, Clone, Copy)]
pub struct ColumnName {
    /// Our own name; empty for what is not read.
    pub name: &'static str,
    /// What the cells say.
    pub description: &'static str,
    /// Every name that is read so, in small letters, without spaces, underscores and hyphens.
    pub names: &'static [&'static str],
}

/// The fields of a line by our own names, each once, in the order in which our own files have them.
pub static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names: Vec<_> =
        columns().map(|column| column.name).filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
});

/// Every column that is known.
pub fn columns() -> impl Iterator<Item = ColumnName> {
    NAMES.iter().map(|(column, names)| ColumnName {
        name: column.name(),
        description: column.description(),
        names,
    })
}

/// Tells the layout of a file of reversals from its beginning, or everything that keeps it from being
/// a batch.
///
/// `head` is the first 64 KiB of the file; `complete` says that this is all of it.
pub fn sniff(head: &[u8], complete: bool) -> Result<Layout, Vec<FileFault>> {
    sniff::table(head, complete).map(Layout::Csv)
}
