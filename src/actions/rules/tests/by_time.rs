//! Closed, held, locked, cleared.

use super::*;
use crate::contracts::model::ClearingRule;

/// Every command but the lock.
fn commands() -> Vec<Command> {
    use Command::*;
    vec![Approve, modify(Change::Amount(1)), reverse(), Restore, Reset, hold(), Release]
}

#[test]
fn an_action_is_open_until_its_lock_date_and_closed_from_it_on() {
    let open = Case::order().at("2026-03-25T23:59:59.999999+01:00");
    assert_eq!(open.action.locks_at, at(LOCKS));
    assert!(!is_closed(&open.action, open.at));
    let closed = Case::order().at(LOCKS);
    assert!(is_closed(&closed.action, closed.at));
    for command in commands() {
        assert_ne!(open.decide(&command).map_err(|refusal| refusal.code()), Err("action_locked"));
        assert_eq!(closed.refused(command), "action_locked");
    }
}

#[test]
fn the_lock_is_final_and_approves_what_was_pending() {
    let lock = || Command::Lock { at: at(LOCKS) };
    let table = [
        (Case::order(), State::Approved, 10_000),
        (Case::order().after(Command::Approve), State::Approved, 10_000),
        (Case::order().after(reverse()), State::Reversed, 0),
    ];
    for (case, state, sale) in table {
        let locked = case.at(LOCKS).after(lock());
        assert_eq!((locked.action.state, locked.action.sale_minor), (state, sale));
        assert_eq!(locked.action.locked_at, Some(at(LOCKS)));
        locked.unchanged(lock());
        let in_time = locked.at(LATER);
        for command in commands() {
            assert_eq!(in_time.refused(command), "action_locked");
        }
    }
}

#[test]
fn the_lock_job_is_never_early() {
    let early = Command::Lock { at: at(LATER) };
    assert_eq!(Case::order().refused(early), "lock_not_due");
}

#[test]
fn a_hold_keeps_the_lock_away_and_little_else_open() {
    let held = Case::order().after(hold());
    assert_eq!(held.action.hold_reason.as_deref(), Some("under review"));
    held.unchanged(hold());
    Case::order().unchanged(Command::Release);
    held.clone().after(Command::Approve);

    let overdue = held.at("2026-04-01T10:00:00Z");
    assert!(!is_closed(&overdue.action, overdue.at));
    assert_eq!(overdue.refused(Command::Lock { at: overdue.at }), "action_held");
    for command in [Command::Approve, modify(Change::Amount(1)), reverse(), Command::Reset] {
        assert_eq!(overdue.refused(command), "action_held");
    }
    overdue.clone().after(Command::Reverse { reason: Reason::ConsFraud });

    let released = overdue.after(Command::Release);
    assert_eq!((released.action.held, &released.action.hold_reason), (false, &None));
    assert_eq!(released.refused(Command::Approve), "action_locked");
    let locked = released.clone().after(Command::Lock { at: released.at });
    assert_eq!(locked.action.locked_at, Some(released.at));
}

#[test]
fn a_hold_ends_by_itself_and_then_keeps_nothing_open() {
    let mut case = Case::order();
    case.terms.hold_days = 30;
    let held = case.after(hold());
    assert_eq!(held.action.held_until, Some(at("2026-04-10T12:00:00Z")));
    let last = held.clone().at("2026-04-10T11:59:59.999999Z");
    assert_eq!(last.refused(Command::Approve), "action_held");

    let over = held.at("2026-04-10T12:00:00Z");
    assert!(is_closed(&over.action, over.at));
    let fraud = Command::Reverse { reason: Reason::ConsFraud };
    for command in [Command::Approve, fraud, hold()] {
        assert_eq!(over.refused(command), "action_locked");
    }
    let released = over.after(Command::Release);
    assert_eq!((released.action.held, released.action.held_until), (false, None));
    released.clone().after(Command::Lock { at: released.at });
}

#[test]
fn a_line_counts_as_of_when_its_batch_was_received() {
    let Case { action, terms, zone, .. } = Case::order();
    let received = at("2026-03-25T22:59:59Z");
    let now = at("2026-03-26T09:00:00Z");
    let setting = Setting { terms: &terms, zone: &zone, at: received, now, reversed_for: None };
    match decide(&action, &reverse(), &setting) {
        Ok(Decision::Changed(reversed)) => assert_eq!(reversed.updated_at, now),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_open_ended_action_locks_at_the_midnight_after_it_is_decided() {
    let rate = Rate::Percent(10.into());
    let open = Case::of(&[("a", 1, 100), ("b", 1, 100)], rate, LockRule::OpenEnded);
    let hard_stop = at("2028-03-09T12:00:00Z");
    let midnight = at("2026-03-12T00:00:00+01:00");
    let locks = |case: &Case| case.action.locks_at;
    assert_eq!(locks(&open), hard_stop);

    let approved = open.clone().after(Command::Approve);
    assert_eq!(locks(&approved), midnight);
    assert_eq!(locks(&approved.clone().after(modify(Change::Amount(1)))), hard_stop);

    let reversed = approved.after(reverse());
    assert_eq!(locks(&reversed), midnight);
    assert_eq!(locks(&reversed.clone().after(Command::Restore)), hard_stop);
    assert_eq!(locks(&reversed.after(Command::Reset)), hard_stop);

    let both = items(&[("a", Step::Reverse), ("b", Step::Reverse)]);
    assert_eq!(locks(&open.clone().after(modify(both))), midnight);

    let last_day = open.at("2028-03-09T11:00:00Z").after(Command::Approve);
    assert_eq!(locks(&last_day), hard_stop, "never later than the hard stop");
}

#[test]
fn a_dated_lock_never_moves() {
    let case = Case::order();
    let all =
        [Command::Approve, reverse(), Command::Restore, modify(Change::Amount(1)), Command::Reset];
    let end = all.into_iter().fold(case, Case::after);
    assert_eq!(end.action.locks_at, at(LOCKS));
}

#[test]
fn the_payout_is_due_once_the_locked_action_has_cleared() {
    use FinanceStatus::*;
    let mut case = Case::order();
    case.terms.clearing = Some(ClearingRule { after: After::Month, months: 0, days: 14 });
    assert_eq!(finance_status(&case.action, at(LATER)), Pending);
    assert_eq!(finance_status(&case.clone().after(hold()).action, at(LATER)), Held);
    let locked = case.at(LOCKS).after(Command::Lock { at: at(LOCKS) }).action;
    let clears = at("2026-04-15T00:00:00+02:00");
    assert_eq!(locked.cleared_at, Some(clears));
    assert_eq!(finance_status(&locked, at("2026-04-14T23:59:59+02:00")), Pending);
    assert_eq!(finance_status(&locked, clears), Due);
}

#[test]
fn the_ledger_says_once_that_a_payout_is_due_and_never_early() {
    let clear = |at| Command::Clear { at };
    assert_eq!(Case::order().refused(clear(at(LATER))), "clear_not_due");
    let mut case = Case::order();
    case.terms.clearing = Some(ClearingRule { after: After::Month, months: 0, days: 14 });
    let locked = case.at(LOCKS).after(Command::Lock { at: at(LOCKS) });
    let clears = at("2026-04-15T00:00:00+02:00");
    assert_eq!(locked.refused(clear(at("2026-04-14T23:59:59.999999+02:00"))), "clear_not_due");
    let before = locked.action.clone();
    let cleared = locked.at("2026-04-15T00:01:00+02:00").after(clear(clears));
    assert_eq!((cleared.action.cleared, cleared.action.cleared_at), (true, Some(clears)));
    assert_eq!(cleared.action.version, before.version + 1);
    assert_eq!(cleared.action.payout_minor, before.payout_minor);
    cleared.unchanged(clear(clears));
}
