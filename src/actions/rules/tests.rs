//! The life of an action, row by row and then at random.

use super::*;
use crate::actions::model::{AttributedBy, Channel, Update};
use crate::contracts::model::{After, AfterLock, FixedPer, InquiryDefault, Payout, Rate};
use crate::events::model::Doer;
use crate::kernel::id::{
    ActionId, CompanyId, ContractId, EventTypeId, ProgramId, TermsId, UpdateId,
};

mod any_sequence;
mod by_item;
mod by_time;
#[path = "../../../tests/naive.rs"]
mod naive;
mod naive_sequence;
mod reattribution;
pub mod sample;

const TRACKED: &str = "2026-03-10T12:00:00Z";
const LATER: &str = "2026-03-11T12:00:00Z";
const LOCKS: &str = "2026-03-26T00:00:00+01:00";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn tracking(items: Vec<Bought>) -> Tracking {
    Tracking {
        id: ActionId::new(),
        company_id: CompanyId::new(),
        partner_company_id: CompanyId::new(),
        program_id: ProgramId::new(),
        event_type_id: EventTypeId::new(),
        contract_id: ContractId::new(),
        terms_id: TermsId::new(),
        order_id: "A-1".into(),
        occurrence: 0,
        currency: "EUR".parse().unwrap(),
        items,
        customer_status: None,
        sub_ids: None,
        note: None,
        attribution: Attribution::named(),
        occurred_at: at(TRACKED),
        now: at(TRACKED),
    }
}

/// One action with all that a decision needs.
#[derive(Debug, Clone)]
struct Case {
    action: Action,
    terms: Terms,
    zone: Zone,
    at: Instant,
    reversed_for: Option<Reason>,
}

impl Case {
    /// Two shirts and a hat for 100.00, of which the partner gets 10 %.
    fn order() -> Self {
        let items = [("shirt", 2, 6_000), ("hat", 1, 4_000)];
        Self::of(
            &items,
            Rate::Percent(10.into()),
            LockRule::After { after: After::Day, months: 0, days: 15 },
        )
    }

    fn of(items: &[(&str, i64, i64)], rate: Rate, lock: LockRule) -> Self {
        let items = items.iter().map(|(sku, quantity, amount_minor)| Bought {
            sku: Some((*sku).into()),
            quantity: *quantity,
            ..Bought::whole(ItemId::new(), *amount_minor)
        });
        Self::tracked(items.collect(), rate, lock).unwrap()
    }

    fn tracked(items: Vec<Bought>, rate: Rate, lock: LockRule) -> Result<Self, Refusal> {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let new = tracking(items);
        let payouts = vec![Payout { event_type_id: new.event_type_id, rate }];
        let terms = Terms {
            payouts,
            lock,
            clearing: None,
            after_lock: AfterLock::Forbid,
            hold_days: 60,
            clawback_days: 90,
            inquiry_days: 30,
            inquiry_default: InquiryDefault::Decline,
        };
        let action = tracked(new, &terms, &zone)?;
        Ok(Self { action, terms, zone, at: at(LATER), reversed_for: None })
    }

    fn at(mut self, moment: &str) -> Self {
        self.at = at(moment);
        self
    }

    fn decide(&self, command: &Command) -> Result<Decision, Refusal> {
        let Self { terms, zone, at, reversed_for, .. } = self;
        let setting = Setting { terms, zone, at: *at, now: *at, reversed_for: *reversed_for };
        decide(&self.action, command, &setting)
    }

    /// The same case after a command that changes something.
    fn after(mut self, command: Command) -> Self {
        match self.decide(&command).unwrap() {
            Decision::Changed(action) => self.action = action,
            Decision::Unchanged => panic!("{command:?} changes nothing"),
        }
        self
    }

    /// The same case, credited to somebody else.
    fn credited(self, credit: Credit) -> Self {
        let terms = credit.terms.clone();
        Self { terms, ..self.after(Command::Reattribute(Box::new(credit))) }
    }

    fn unchanged(&self, command: Command) {
        assert_eq!(self.decide(&command), Ok(Decision::Unchanged), "{command:?}");
    }

    fn refused(&self, command: Command) -> &'static str {
        self.decide(&command).expect_err("a refusal").code()
    }

    fn values(&self) -> (State, i64, i64) {
        (self.action.state, self.action.sale_minor, self.action.payout_minor)
    }
}

fn reverse() -> Command {
    Command::Reverse { reason: Reason::ItemReturned }
}

/// Another partner, who earns at this rate.
fn other(case: &Case, rate: Rate) -> Credit {
    let payouts = vec![Payout { event_type_id: case.action.event_type_id, rate }];
    Credit {
        partner_company_id: CompanyId::new(),
        contract_id: ContractId::new(),
        terms_id: TermsId::new(),
        terms: Terms { payouts, ..case.terms.clone() },
        attributed_by: AttributedBy::Partner,
    }
}

fn hold() -> Command {
    Command::Hold { reason: "under review".into() }
}

fn modify(change: Change) -> Command {
    Command::Modify(Modify { reason: Reason::ItemReturned, allow_increase: false, change })
}

fn increase(change: Change) -> Command {
    Command::Modify(Modify { reason: Reason::OrderUpdate, allow_increase: true, change })
}

fn items(steps: &[(&str, Step)]) -> Change {
    let operation = |(sku, step): &(&str, Step)| ItemOperation {
        target: Target::Sku((*sku).into()),
        step: *step,
        reason: None,
    };
    Change::Items(steps.iter().map(operation).collect())
}

fn why(verb: Verb) -> Why {
    Why {
        verb,
        reason: None,
        note: None,
        channel: Channel::Api,
        doer: Doer::SYSTEM,
        reversal: None,
        at: at(LATER),
    }
}

#[test]
fn the_state_table_holds_row_by_row() {
    use Command::*;
    use State::*;
    let pending = Case::order();
    let approved = pending.clone().after(Approve);
    let reversed = pending.clone().after(reverse());
    let smaller = || modify(Change::Amount(5_000));

    assert_eq!(pending.values(), (Pending, 10_000, 1_000));
    assert_eq!(approved.values(), (Approved, 10_000, 1_000));
    assert_eq!(reversed.values(), (Reversed, 0, 0));

    approved.unchanged(Approve);
    assert_eq!(reversed.clone().after(Approve).values(), pending.values());
    assert_eq!(reversed.clone().after(Restore).values(), pending.values());
    assert_eq!(pending.refused(Restore), "not_reversed");
    assert_eq!(approved.refused(Restore), "not_reversed");

    assert_eq!(pending.clone().after(smaller()).values(), (Pending, 5_000, 500));
    assert_eq!(approved.clone().after(smaller()).values(), (Pending, 5_000, 500));
    assert_eq!(reversed.refused(smaller()), "action_reversed");

    assert_eq!(approved.clone().after(reverse()).values(), (Reversed, 0, 0));
    reversed.unchanged(reverse());

    pending.unchanged(Reset);
    approved.unchanged(Reset);
    assert_eq!(reversed.clone().after(Reset).values(), pending.values());
    assert_eq!(approved.after(smaller()).after(Approve).after(Reset).values(), pending.values());
}

#[test]
fn what_arrives_after_its_lock_date_has_its_time_from_the_arrival() {
    let Case { terms, zone, .. } = Case::order();
    let arriving = |now: &str| {
        let new = Tracking { now: at(now), ..tracking(vec![Bought::whole(ItemId::new(), 100)]) };
        let action = tracked(new, &terms, &zone).unwrap();
        (action.locks_at, action.late)
    };
    assert_eq!(arriving("2026-03-25T22:59:59.999999Z"), (at(LOCKS), false));
    assert_eq!(arriving("2026-03-25T23:00:00Z"), (at("2026-04-11T00:00:00+02:00"), true));
}

#[test]
fn every_change_counts_the_version_and_tells_when() {
    let case = Case::order().after(Command::Approve);
    assert_eq!((case.action.version, case.action.updated_at), (2, at(LATER)));
    assert_eq!((case.action.created_at, case.action.occurred_at), (at(TRACKED), at(TRACKED)));
}

#[test]
fn an_approval_survives_a_modification_that_changes_nothing() {
    let approved = Case::order().after(Command::Approve);
    approved.unchanged(modify(Change::Amount(10_000)));
    approved.unchanged(modify(Change::AmountDelta(0)));
    approved.unchanged(modify(items(&[("shirt", Step::SetQuantity(2))])));
    approved.unchanged(modify(Change::Items(vec![])));
}

#[test]
fn an_action_worth_nothing_is_not_reversed() {
    let worthless = Case::order().after(modify(Change::Amount(0)));
    assert_eq!(worthless.values(), (State::Pending, 0, 0));
    let lead = Case::of(
        &[("lead", 1, 0)],
        Rate::Fixed { minor: 500, per: FixedPer::Action },
        LockRule::OpenEnded,
    );
    assert_eq!(lead.values(), (State::Pending, 0, 500));
    assert_eq!(lead.after(reverse()).values(), (State::Reversed, 0, 0));
}

#[test]
fn reversing_for_another_reason_is_a_change_without_figures() {
    let mut reversed = Case::order().after(reverse());
    reversed.reversed_for = Some(Reason::ItemReturned);
    reversed.unchanged(reverse());
    let fraud = reversed.clone().after(Command::Reverse { reason: Reason::ConsFraud });
    assert_eq!(fraud.action.version, reversed.action.version + 1);
    let entry = entry(UpdateId::new(), Some(&reversed.action), &fraud.action, &why(Verb::Reverse));
    assert_eq!((entry.sale_delta_minor, entry.payout_delta_minor, entry.items), (0, 0, None));
}

#[test]
fn more_than_remains_is_refused_and_never_clamped() {
    let case = Case::order();
    assert_eq!(case.refused(modify(Change::Amount(10_001))), "exceeds_remaining");
    assert_eq!(case.refused(modify(Change::AmountDelta(-10_001))), "exceeds_remaining");
    assert_eq!(case.refused(modify(Change::AmountDelta(1))), "exceeds_remaining");
    assert_eq!(case.refused(modify(Change::Amount(-1))), "out_of_range");
    let refusal = case.decide(&modify(Change::Amount(10_001))).unwrap_err();
    assert_eq!(refusal.to_string(), "more than remains: 3 left, worth 100.00 EUR");
}

#[test]
fn an_increase_needs_both_the_will_and_the_reason() {
    let case = Case::order();
    let more = Change::Amount(12_000);
    for (reason, allow_increase) in [(Reason::OrderUpdate, false), (Reason::OrderError, true)] {
        let half = Command::Modify(Modify { reason, allow_increase, change: more.clone() });
        assert_eq!(case.refused(half), "exceeds_remaining");
    }
    assert_eq!(case.after(increase(more)).values(), (State::Pending, 12_000, 1_200));
}

#[test]
fn a_reason_that_only_reverses_does_not_modify() {
    let change = Change::Amount(1);
    let command =
        Command::Modify(Modify { reason: Reason::Rejected, allow_increase: false, change });
    assert_eq!(Case::order().refused(command), "reason_not_allowed");
    Case::order().after(Command::Reverse { reason: Reason::Rejected });
}

#[test]
fn what_no_rate_names_earns_nothing() {
    let mut case = Case::order();
    case.terms.payouts.clear();
    assert_eq!(case.after(modify(Change::Amount(5_000))).values(), (State::Pending, 5_000, 0));
}

#[test]
fn nothing_and_less_than_nothing_cannot_be_tracked() {
    let thing = |quantity, minor| Bought { quantity, ..Bought::whole(ItemId::new(), minor) };
    let track = |items| {
        let tracked = Case::tracked(items, Rate::Percent(10.into()), LockRule::OpenEnded);
        tracked.map(|case| case.action.sale_minor)
    };
    assert_eq!(track(vec![]), Err(Refusal::NoItems));
    assert_eq!(track(vec![thing(0, 1)]), Err(Refusal::OutOfRange));
    assert_eq!(track(vec![thing(1, -1)]), Err(Refusal::OutOfRange));
    assert_eq!(track(vec![thing(1, i64::MAX), thing(1, 1)]), Err(Refusal::OutOfRange));
    assert_eq!(track(vec![thing(1, 0), thing(2, 700)]), Ok(700));
}

#[test]
fn an_entry_tells_who_why_and_what_changed() {
    let before = Case::order();
    let after = before.clone().after(modify(items(&[("hat", Step::Reverse)])));
    let reason = Some(Reason::ItemReturned);
    let why = Why { reason, note: Some("torn".into()), ..why(Verb::Modify) };
    let entry = entry(UpdateId::new(), Some(&before.action), &after.action, &why);
    assert_eq!((entry.state_before, entry.state), (Some(State::Pending), State::Pending));
    assert_eq!((entry.sale_minor, entry.sale_delta_minor), (6_000, -4_000));
    assert_eq!((entry.payout_minor, entry.payout_delta_minor), (600, -400));
    assert_eq!(entry.reason.as_deref(), Some("ITEM_RETURNED"));
    assert_eq!((entry.version, entry.line, entry.user_id), (2, None, None));
    let changes = entry.items.unwrap().0;
    assert_eq!(changes.len(), 1);
    let hat = &changes[0];
    assert_eq!((hat.quantity, hat.quantity_delta, hat.reversed), (0, -1, true));
    assert_eq!((hat.amount_minor, hat.amount_delta_minor), (0, -4_000));
}

#[test]
fn the_ledger_keeps_why_an_action_was_held() {
    let before = Case::order();
    let held = before.clone().after(hold());
    let entry = |before: &Case, after: &Case, verb| -> Update {
        super::entry(UpdateId::new(), Some(&before.action), &after.action, &why(verb))
    };
    assert_eq!(entry(&before, &held, Verb::Hold).reason.as_deref(), Some("under review"));
    let released = held.clone().after(Command::Release);
    assert_eq!(entry(&held, &released, Verb::Release).reason, None);
}
