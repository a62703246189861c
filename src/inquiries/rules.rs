//! Until when one may inquire, who answers when, and what an accepted inquiry makes of an action:
//! pure.
//!
//! | kind      | may be opened                                                    |
//! |-----------|------------------------------------------------------------------|
//! | untracked | for 90 days after the order                                      |
//! | incorrect | while the action may change                                      |
//! | declined  | while the action may change, if anything of it is reversed       |
//! | both      | for 14 days after the lock, if figures fell on the day before it |
//!
//! The brand answers before `answer_by`; from then on silence has answered, whether or not the job
//! has come to write it down.

use jiff::SignedDuration;

use super::model::{Applied, Claim, DecidedBy, Inquiry, Kind, Status};
use crate::actions::model::{Action, Item, State};
use crate::actions::reasons::Reason;
use crate::actions::rules::{Change, ItemOperation, Step, Target, is_closed};
use crate::contracts::model::{InquiryDefault, Terms};
use crate::contracts::rules::days_later;
use crate::events::model::Doer;
use crate::kernel::id::{ActionId, AdjustmentId, InquiryId, ItemId};
use crate::kernel::money::largest_remainder;
use crate::kernel::time::{Instant, Zone, start_of_day};

#[cfg(test)]
mod tests;

/// For how many days after an order one may ask where it is.
pub const ORDER_DAYS: i32 = 90;
/// For how many days after the lock one may dispute what fell on the day before it.
pub const LAST_DAY_DAYS: i32 = 14;

/// The least time there is.
const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

/// Why an inquiry is not opened, or stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One at a time.
    #[error("{0} about the same is open")]
    Open(InquiryId),
    /// It is too late to ask.
    #[error("one could inquire about it until {until}")]
    Over {
        /// Since when it is too late.
        until: Instant,
    },
    /// Somebody was faster.
    #[error("an inquiry that is {0} can no longer be answered or withdrawn")]
    AlreadyAnswered(Status),
    /// Silence has answered.
    #[error("it could be answered or withdrawn until {answer_by}")]
    AnswerOver {
        /// Since when it cannot.
        answer_by: Instant,
    },
    /// Silence does not answer before its time.
    #[error("the brand may answer until {answer_by}")]
    AnswerNotDue {
        /// From when silence answers.
        answer_by: Instant,
    },
    /// Nobody answers oneself.
    #[error("whoever opened an inquiry does not answer it")]
    OwnInquiry,
    /// The action is another partner's by now.
    #[error("the action is not credited to this partner any more")]
    NotCredited,
    /// The action says no.
    #[error(transparent)]
    Action(#[from] crate::actions::rules::Refusal),
}

impl Refusal {
    /// The codes of this feature's own refusals.
    pub const CODES: &'static [&'static str] = &[
        "inquiry_open",
        "inquiry_over",
        "inquiry_already_answered",
        "answer_over",
        "answer_not_due",
        "conflict_of_interest",
        "not_credited",
    ];

    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open(_) => "inquiry_open",
            Self::Over { .. } => "inquiry_over",
            Self::AlreadyAnswered(_) => "inquiry_already_answered",
            Self::AnswerOver { .. } => "answer_over",
            Self::AnswerNotDue { .. } => "answer_not_due",
            Self::OwnInquiry => "conflict_of_interest",
            Self::NotCredited => "not_credited",
            Self::Action(refusal) => refusal.code(),
        }
    }
}

impl From<Refusal> for crate::error::Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal.to_string())
    }
}

/// Until when the brand may answer what is opened now.
pub fn answer_by(terms: &Terms, opened_at: Instant) -> Instant {
    days_later(terms.inquiry_days, opened_at)
}

/// Whether an order is recent enough to ask where it is.
pub fn is_recent(occurred_at: Instant, now: Instant) -> bool {
    occurred_at <= now && now <= days_later(ORDER_DAYS, occurred_at)
}

/// When the last local day before a moment began.
pub fn last_day(zone: &Zone, lock: Instant) -> Instant {
    let eve = lock.minus(MICROSECOND).timestamp().to_zoned(zone.rules()).date();
    start_of_day(eve, zone)
}

/// The moment at which an action locked, or was to lock.
pub fn lock_of(action: &Action) -> Instant {
    action.locked_at.unwrap_or(action.locks_at)
}

/// Whether one may inquire about an action at `at`, and whether that is before its lock.
/// `fell_on_last_day`: whether its figures were lowered on the last day before the lock.
pub fn may_inquire(action: &Action, fell_on_last_day: bool, at: Instant) -> Result<bool, Refusal> {
    if !is_closed(action, at) {
        return Ok(true);
    }
    let lock = lock_of(action);
    let until = if fell_on_last_day { days_later(LAST_DAY_DAYS, lock) } else { lock };
    if at < until { Ok(false) } else { Err(Refusal::Over { until }) }
}

/// Whether what is disputed is there; `standing` is the action with what adjustments left of it.
pub fn is_disputable(kind: Kind, standing: &Action) -> Result<(), Refusal> {
    use crate::actions::rules::Refusal::{ActionReversed, NotReversed};
    match (kind, standing.state) {
        (Kind::Untracked, _) | (Kind::Declined, State::Reversed) => Ok(()),
        (Kind::Incorrect, State::Pending | State::Approved) => Ok(()),
        (Kind::Incorrect, State::Reversed) => Err(ActionReversed.into()),
        (Kind::Declined, State::Pending | State::Approved) => {
            let any = standing.items.0.iter().any(|item| item.reversed_in.is_some());
            if any { Ok(()) } else { Err(NotReversed("the action".into()).into()) }
        }
    }
}

/// Who ends an inquiry.
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time, and not for long")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ender {
    /// Somebody of the brand.
    Brand(Doer),
    /// Somebody of the partner.
    Partner,
    /// Nobody.
    Silence,
}

/// Whether an inquiry may be ended at `now` by this one: the table of the feature, row by row.
pub fn may_end(inquiry: &Inquiry, by: Ender, now: Instant) -> Result<(), Refusal> {
    let answer_by = inquiry.answer_by;
    match inquiry.status {
        Status::Open => {}
        status @ (Status::Accepted | Status::Declined | Status::Withdrawn) => {
            return Err(Refusal::AlreadyAnswered(status));
        }
    }
    match by {
        Ender::Silence if now < answer_by => Err(Refusal::AnswerNotDue { answer_by }),
        Ender::Silence => Ok(()),
        Ender::Brand(_) | Ender::Partner if now >= answer_by => {
            Err(Refusal::AnswerOver { answer_by })
        }
        Ender::Brand(doer) if is_own(inquiry, doer) => Err(Refusal::OwnInquiry),
        Ender::Brand(_) | Ender::Partner => Ok(()),
    }
}

/// Whether the same person opened it, whoever that person acted for.
fn is_own(inquiry: &Inquiry, doer: Doer) -> bool {
    let opened = [inquiry.user_id, inquiry.delegate_user_id];
    let answers = [doer.user_id, doer.delegate_user_id];
    answers.iter().flatten().any(|user| opened.contains(&Some(*user)))
}

/// What silence says.
pub fn silence(terms: &Terms) -> Status {
    match terms.inquiry_default {
        InquiryDefault::Accept => Status::Accepted,
        InquiryDefault::Decline => Status::Declined,
    }
}

/// What the brand says beside yes or no.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// For both sides.
    pub message: Option<String>,
    /// For itself.
    pub note: Option<String>,
}

/// What came of an inquiry that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Which way.
    pub applied: Applied,
    /// The action.
    pub action_id: Option<ActionId>,
    /// Its version after it.
    pub action_version: Option<i64>,
    /// The adjustment.
    pub adjustment_id: Option<AdjustmentId>,
}

/// `open → accepted`, with what came of it.
pub fn accepted(
    inquiry: &Inquiry,
    by: Ender,
    said: Said,
    outcome: Outcome,
    now: Instant,
) -> Result<Inquiry, Refusal> {
    let ended = ended(inquiry, by, Status::Accepted, said, now)?;
    Ok(Inquiry {
        applied: Some(outcome.applied),
        action_id: outcome.action_id,
        action_version: outcome.action_version,
        adjustment_id: outcome.adjustment_id,
        ..ended
    })
}

/// `open → declined`; `code` says why silence could not accept, where it should have.
pub fn declined(
    inquiry: &Inquiry,
    by: Ender,
    said: Said,
    code: Option<String>,
    now: Instant,
) -> Result<Inquiry, Refusal> {
    Ok(Inquiry { code, ..ended(inquiry, by, Status::Declined, said, now)? })
}

/// `open → withdrawn`.
pub fn withdrawn(inquiry: &Inquiry, now: Instant) -> Result<Inquiry, Refusal> {
    ended(inquiry, Ender::Partner, Status::Withdrawn, Said::default(), now)
}

fn ended(
    inquiry: &Inquiry,
    by: Ender,
    status: Status,
    said: Said,
    now: Instant,
) -> Result<Inquiry, Refusal> {
    may_end(inquiry, by, now)?;
    let decided_by = match by {
        Ender::Brand(_) => Some(DecidedBy::Brand),
        Ender::Silence => Some(DecidedBy::Silence),
        Ender::Partner => None,
    };
    Ok(Inquiry {
        status,
        decided_by,
        answer: said.message,
        note: said.note,
        decided_at: Some(now),
        version: inquiry.version.saturating_add(1),
        ..inquiry.clone()
    })
}

/// The moment as of which what was accepted is in time for an action that has not locked: that of
/// the inquiry, or just before the lock where that came first.
pub fn as_of(inquiry: &Inquiry, action: &Action) -> Instant {
    inquiry.opened_at.min(action.locks_at.minus(MICROSECOND))
}

/// Why an action is changed: only an order that was changed can be worth more than it was.
pub fn reason(kind: Kind) -> Reason {
    match kind {
        Kind::Untracked | Kind::Incorrect => Reason::OrderUpdate,
        Kind::Declined => Reason::PubActDispute,
    }
}

/// What an accepted claim asks of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: it is as asked.
    Nothing,
    /// Its reversal is undone; the change says the same, item by item.
    Restore(Change),
    /// It is worth something else.
    Change(Change),
}

/// What a claim asks of an action as it stands now, which is not always how it stood when the claim
/// was made.
pub fn remedy(kind: Kind, claim: &Claim, standing: &Action) -> Remedy {
    let reversed = reversed_items(standing);
    match (kind, claim) {
        (Kind::Untracked, _) | (_, Claim::Order(_)) | (Kind::Incorrect, Claim::Unsaid) => {
            Remedy::Nothing
        }
        (Kind::Incorrect, Claim::Sale(change)) => Remedy::Change(change.clone()),
        (Kind::Declined, Claim::Unsaid) if reversed.is_empty() => Remedy::Nothing,
        (Kind::Declined, Claim::Unsaid) => {
            let restored = Change::Items(reversed.into_iter().map(restore).collect());
            match standing.state {
                State::Reversed => Remedy::Restore(restored),
                State::Pending | State::Approved => Remedy::Change(restored),
            }
        }
        (Kind::Declined, Claim::Sale(Change::Amount(minor))) => {
            Remedy::Change(worth_again(standing, &reversed, *minor))
        }
        (Kind::Declined, Claim::Sale(Change::AmountDelta(minor))) => {
            Remedy::Change(Change::AmountDelta(*minor))
        }
        (Kind::Declined, Claim::Sale(Change::Items(steps))) => still_reversed(standing, steps),
    }
}

/// The items that count again if the reversal is undone: all that the lid covers, or those that were
/// marked last if each is marked for itself, or all marked ones of an action that counts.
fn reversed_items(standing: &Action) -> Vec<ItemId> {
    let items = &standing.items.0;
    let all_marked = items.iter().all(|item| item.reversed_in.is_some());
    let newest = items.iter().filter_map(|item| item.reversed_in).max();
    let comes_back = |item: &&Item| match standing.state {
        State::Reversed if all_marked => item.reversed_in == newest,
        State::Reversed => item.reversed_in.is_none(),
        State::Pending | State::Approved => item.reversed_in.is_some(),
    };
    items.iter().filter(comes_back).map(|item| item.id).collect()
}

fn restore(id: ItemId) -> ItemOperation {
    ItemOperation { target: Target::Id(id), step: Step::Restore, reason: None }
}

/// The reversed items count again, and all that counts is worth so much together.
fn worth_again(standing: &Action, reversed: &[ItemId], minor: i64) -> Change {
    let counts = |item: &&Item| match standing.state {
        State::Reversed => reversed.contains(&item.id),
        State::Pending | State::Approved => true,
    };
    let items: Vec<&Item> = standing.items.0.iter().filter(counts).collect();
    let weights: Vec<i64> = items.iter().map(|item| item.amount_minor).collect();
    let parts = largest_remainder(minor, &weights);
    let set = |(item, part): (&&Item, i64)| ItemOperation {
        target: Target::Id(item.id),
        step: Step::SetAmount(part),
        reason: None,
    };
    let set = items.iter().zip(parts).map(set);
    Change::Items(reversed.iter().copied().map(restore).chain(set).collect())
}

/// The steps without those that undo what somebody has undone by now.
fn still_reversed(standing: &Action, steps: &[ItemOperation]) -> Remedy {
    let counts = |item: &Item| match standing.state {
        State::Reversed => false,
        State::Pending | State::Approved => item.reversed_in.is_none(),
    };
    let named = |target: &Target, item: &Item| match target {
        Target::Id(id) => item.id == *id,
        Target::Sku(sku) => item.sku.as_ref() == Some(sku),
    };
    let done = |operation: &ItemOperation| {
        let meant = standing.items.0.iter().filter(|item| named(&operation.target, item));
        let states: Vec<bool> = meant.map(counts).collect();
        operation.step == Step::Restore && !states.is_empty() && !states.contains(&false)
    };
    let left: Vec<ItemOperation> = steps.iter().filter(|step| !done(step)).cloned().collect();
    if left.is_empty() { Remedy::Nothing } else { Remedy::Change(Change::Items(left)) }
}
