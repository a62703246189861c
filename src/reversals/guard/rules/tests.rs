//! When a batch is too much, and what becomes of it then.

use proptest::prelude::*;

use super::*;
use crate::actions::model::Channel;
use crate::kernel::id::{CompanyId, ProgramId, ReversalId};
use crate::programs::model::ReversalGuard;
use crate::reversals::formats::sniff;
use crate::reversals::model::{Mode, OnAmbiguous, Purpose};
use crate::reversals::rows::Authority;

fn at(second: i64) -> Instant {
    Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000)
}

fn guarded(lines: i32, payout_percent: i32) -> Guarded {
    let guard = ReversalGuard { lines, payout_percent };
    Guarded { program_id: ProgramId::new(), currency: "EUR".parse().unwrap(), guard }
}

fn batch(status: Status) -> Batch {
    Batch {
        id: ReversalId::new(),
        company_id: CompanyId::new(),
        user_id: None,
        api_key_id: None,
        authority: Document(Authority::default()),
        channel: Channel::Api,
        mode: Mode::BestEffort,
        on_ambiguous: OnAmbiguous::Reject,
        event_type_id: None,
        layout: Document(sniff(b"order_id,reason\nA-1,ITEM_RETURNED\n", true).unwrap()),
        file_name: None,
        size_bytes: 1,
        digest: vec![],
        duplicate_of: None,
        status,
        code: None,
        detail: None,
        fault_line: None,
        total: None,
        applied: 0,
        unchanged: 0,
        duplicate: 0,
        rejected: 0,
        version: 2,
        received_at: at(0),
        started_at: Some(at(1)),
        completed_at: None,
        purpose: Purpose::Reversals,
        over_guards: None,
        confirm_by: None,
        confirmed_at: None,
        confirmed_by_user_id: None,
        submitted_by_company_id: None,
    }
}

#[test]
fn as_much_as_the_guard_says_is_within_it() {
    for (lines, payout_minor, open, beyond) in [
        (10, 0, 0, false),
        (11, 0, 0, true),
        (1, 2_000, 10_000, false),
        (1, 2_001, 10_000, true),
        (11, 2_001, 10_000, true),
        (10, 10_000, 10_000, true),
        (1, i64::MAX, i64::MAX, true),
    ] {
        let weight = Weight { lines, payout_minor };
        let found = excess(&guarded(10, 20), weight, open);
        assert_eq!(found.is_some(), beyond, "{weight:?} of {open}");
    }
    let whole = Weight { lines: 1, payout_minor: i64::MAX };
    assert_eq!(excess(&guarded(1, 100), whole, i64::MAX), None, "100 % is a guard of lines alone");
}

#[test]
fn what_is_asked_says_why_and_until_when() {
    let over = excess(&guarded(10, 20), Weight { lines: 12, payout_minor: 3_050 }, 10_000).unwrap();
    let program = over.program_id;
    let waits = asked(&batch(Status::Processing), 13, vec![over], at(60));
    assert_eq!(
        (waits.status, waits.version, waits.total),
        (Status::NeedsConfirmation, 3, Some(13))
    );
    assert_eq!(waits.confirm_by, Some(at(60).plus(CONFIRM_WITHIN)));
    assert_eq!(waits.received_at, at(0), "it keeps its moment");
    let detail = format!(
        "in {program} it is 12 lines and may take 30.50 of 100.00 EUR, and its guard is 10 lines and \
         20 %"
    );
    assert_eq!((waits.code.as_deref(), waits.detail), (Some(OVER_GUARD), Some(detail)));
}

#[test]
fn only_what_waits_is_confirmed_and_only_in_time() {
    let by = Some(UserId::new());
    let waits = asked(&batch(Status::Processing), 13, vec![], at(0));
    let until = waits.confirm_by.unwrap();
    let done = confirmed(&waits, by, Instant::from_micros(until.micros() - 1)).unwrap();
    assert_eq!((done.status, done.version, done.code), (Status::Processing, 4, None));
    assert_eq!((done.confirmed_by_user_id, done.total), (by, Some(13)));
    assert_eq!(confirmed(&waits, by, until), Err(Refusal::Over { until }));
    for status in Status::ALL.iter().filter(|status| **status != Status::NeedsConfirmation) {
        let refused = confirmed(&batch(*status), by, at(0));
        assert_eq!(refused, Err(Refusal::NotAsked(*status)));
    }
}

proptest! {
    #[test]
    fn more_of_anything_never_comes_back_within_the_guard(
        (lines, percent) in (1..100_i32, 1..=100_i32),
        (named, taken) in (0..200_i64, 0..10_000_i64),
        (open, more) in (0..10_000_i64, (0..50_i64, 0..5_000_i64)),
    ) {
        let of = guarded(lines, percent);
        let light = excess(&of, Weight { lines: named, payout_minor: taken }, open);
        let heavy = Weight { lines: named + more.0, payout_minor: taken + more.1 };
        prop_assert!(light.is_none() || excess(&of, heavy, open).is_some());
    }
}
