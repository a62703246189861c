//! Dates in zones that make it hard, rates to the cent, and who may answer what.

use proptest::prelude::*;

use super::*;
use crate::contracts::model::{AfterLock, InquiryDefault, Terms};
use crate::kernel::document::Document;
use crate::kernel::id::{CompanyId, ContractId, ProgramId, TermsId};
use crate::kernel::time::Day;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn day(text: &str) -> Option<Day> {
    Some(text.parse().unwrap())
}

fn rule(after: After, months: i32, days: i32) -> LockRule {
    LockRule::After { after, months, days }
}

#[test]
fn an_action_locks_at_a_local_midnight() {
    use After::{Day, Month};
    let table = [
        // The examples both sides were shown.
        ("America/Los_Angeles", Day, 0, 15, "2020-09-10T10:42:38-07:00", "2020-09-26T00:00-07:00"),
        ("Europe/Berlin", Month, 0, 27, "2026-01-31T23:59:00+01:00", "2026-02-28T00:00+01:00"),
        ("Europe/Berlin", Month, 0, 27, "2026-02-01T00:00:00+01:00", "2026-03-28T00:00+01:00"),
        // Nothing added: the very end of the day or month.
        ("UTC", Day, 0, 0, "2026-06-30T00:00:00Z", "2026-07-01T00:00Z"),
        ("UTC", Month, 0, 0, "2026-06-01T00:00:00Z", "2026-07-01T00:00Z"),
        // The local day counts, not the UTC day.
        ("Asia/Tokyo", Day, 0, 0, "2026-06-30T15:30:00Z", "2026-07-02T00:00+09:00"),
        // Months clamp to the last day there is, leap years have one more.
        ("UTC", Day, 1, 0, "2026-01-30T12:00:00Z", "2026-02-28T00:00Z"),
        ("UTC", Day, 1, 0, "2028-01-30T12:00:00Z", "2028-02-29T00:00Z"),
        ("UTC", Day, 12, 0, "2028-02-28T12:00:00Z", "2029-02-28T00:00Z"),
        ("UTC", Month, 1, 27, "2027-12-31T23:59:59Z", "2028-02-28T00:00Z"),
        ("UTC", Month, 1, 28, "2027-12-31T23:59:59Z", "2028-02-29T00:00Z"),
        // An hour lost or won on the way does not move midnight.
        ("Europe/Berlin", Day, 0, 3, "2026-03-27T12:00:00+01:00", "2026-03-31T00:00+02:00"),
        ("Europe/Berlin", Day, 0, 3, "2026-10-23T12:00:00+02:00", "2026-10-27T00:00+01:00"),
        // Zones that skip midnight begin that day an hour, or a day, later.
        ("America/Santiago", Day, 0, 0, "2023-09-02T12:00:00-04:00", "2023-09-03T01:00-03:00"),
        ("Asia/Beirut", Day, 0, 0, "2022-03-26T12:00:00+02:00", "2022-03-27T01:00+03:00"),
        ("Pacific/Apia", Day, 0, 0, "2011-12-29T12:00:00-10:00", "2011-12-31T00:00+14:00"),
        // Midnight twice: the first.
        ("America/Havana", Day, 0, 0, "2023-11-04T12:00:00-04:00", "2023-11-05T00:00-04:00"),
    ];
    for (name, after, months, days, occurred, expected) in table {
        let locks = locks_at(rule(after, months, days), &zone(name), at(occurred), at(occurred));
        assert_eq!(locks, at(expected), "{name} {after} + {months} m + {days} d, {occurred}");
    }
}

#[test]
fn the_calendar_ends_without_a_panic() {
    let utc = zone("UTC");
    for (months, days) in [(i32::MAX, 0), (0, i32::MAX), (i32::MIN, 0), (120_000, 0)] {
        let locks = locks_at(
            rule(After::Day, months, days),
            &utc,
            at("2026-01-01T00:00:00Z"),
            at("2026-01-01T00:00:00Z"),
        );
        assert_eq!(locks, Instant::from_micros(i64::MAX));
    }
}

#[test]
fn an_open_ended_action_has_two_years_from_its_tracking() {
    let (occurred, tracked) = (at("2026-01-01T00:00:00Z"), at("2026-01-05T08:30:00Z"));
    let locks = locks_at(LockRule::OpenEnded, &zone("Europe/Berlin"), occurred, tracked);
    assert_eq!(locks, at("2028-01-05T08:30:00Z"));
}

#[test]
fn the_next_midnight_is_always_later() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        next_midnight(&berlin, at("2026-05-01T23:59:59+02:00")),
        at("2026-05-02T00:00+02:00")
    );
    assert_eq!(
        next_midnight(&berlin, at("2026-05-02T00:00:00+02:00")),
        at("2026-05-03T00:00+02:00")
    );
}

#[test]
fn a_payout_clears_at_the_lock_or_by_its_rule() {
    let berlin = zone("Europe/Berlin");
    let locked = at("2026-02-28T00:00:00+01:00");
    let rule = |after, days| Some(ClearingRule { after, months: 0, days });
    assert_eq!(clears_at(None, &berlin, locked), locked);
    assert_eq!(clears_at(rule(After::Day, 0), &berlin, locked), at("2026-03-01T00:00+01:00"));
    assert_eq!(clears_at(rule(After::Month, 14), &berlin, locked), at("2026-03-15T00:00+01:00"));
}

fn sold(quantity: i64, amount_minor: i64) -> Sold {
    Sold { quantity, amount_minor, reversed: false }
}

fn back(quantity: i64, amount_minor: i64) -> Sold {
    Sold { reversed: true, ..sold(quantity, amount_minor) }
}

#[test]
fn every_rate_pays_what_it_says() {
    let percent = |text: &str| Rate::Percent(text.parse().unwrap());
    let fixed = |minor, per| Rate::Fixed { minor, per };
    let table: [(Rate, &[Sold], &[i64]); 9] = [
        (percent("7.5"), &[sold(1, 10), sold(2, 1_000), back(1, 1_000)], &[1, 75, 0]),
        (percent("0"), &[sold(1, 10)], &[0]),
        (fixed(100, FixedPer::Action), &[sold(1, 1), sold(1, 1), sold(1, 1)], &[34, 33, 33]),
        (fixed(100, FixedPer::Action), &[back(1, 500), sold(1, 0), sold(1, 9)], &[0, 0, 100]),
        (fixed(100, FixedPer::Action), &[back(1, 0), sold(1, 0), sold(1, 0)], &[0, 100, 0]),
        (fixed(100, FixedPer::Action), &[back(1, 5), back(1, 5)], &[0, 0]),
        (fixed(100, FixedPer::Item), &[sold(3, 5), back(1, 5), sold(1, 0)], &[100, 0, 100]),
        (fixed(100, FixedPer::Unit), &[sold(3, 5), back(2, 5), sold(1, 0)], &[300, 0, 100]),
        (fixed(100, FixedPer::Unit), &[], &[]),
    ];
    for (rate, items, expected) in table {
        let paid = payouts(rate, "EUR".parse().unwrap(), items);
        assert_eq!(paid.as_deref(), Some(expected), "{rate:?} {items:?}");
    }
}

#[test]
fn a_payout_beyond_64_bits_or_below_zero_is_none() {
    let eur = "EUR".parse().unwrap();
    let unit = Rate::Fixed { minor: i64::MAX, per: FixedPer::Unit };
    assert_eq!(payouts(unit, eur, &[sold(2, 1)]), None);
    assert_eq!(payouts(Rate::Percent("101".parse().unwrap()), eur, &[sold(1, i64::MAX)]), None);
    assert_eq!(payouts(Rate::Percent("-1".parse().unwrap()), eur, &[sold(1, 100)]), None);
    assert_eq!(payouts(Rate::Fixed { minor: -1, per: FixedPer::Action }, eur, &[sold(1, 1)]), None);
}

const PROPOSED_AT: &str = "2026-03-01T12:00:00Z";
const NOW: &str = "2026-03-10T12:00:00Z";

fn contract(status: Status) -> Contract {
    Contract {
        id: ContractId::new(),
        program_id: ProgramId::new(),
        brand_company_id: CompanyId::new(),
        partner_company_id: CompanyId::new(),
        currency: "EUR".parse().unwrap(),
        status,
        starts_on: None,
        ends_on: None,
        version: 1,
        created_at: at(PROPOSED_AT),
        answered_at: None,
        ended_at: None,
        updated_at: at(PROPOSED_AT),
    }
}

fn version(number: i32, status: TermsStatus) -> Version {
    let terms = Terms {
        payouts: vec![],
        lock: LockRule::OpenEnded,
        clearing: None,
        after_lock: AfterLock::Forbid,
        hold_days: 60,
        clawback_days: 90,
        inquiry_days: 30,
        inquiry_default: InquiryDefault::Decline,
    };
    Version {
        id: TermsId::new(),
        contract_id: ContractId::new(),
        number,
        status,
        terms: Document(terms),
        starts_on: None,
        in_force_from: None,
        created_at: at(PROPOSED_AT),
        answered_at: None,
    }
}

#[test]
fn the_state_table_holds_row_by_row() {
    use Refusal::*;
    use Status::*;
    type Answer = fn(&Contract, &Version) -> Result<(Contract, Version), Refusal>;
    let answers: [(Answer, Status, TermsStatus); 3] = [
        (|c, v| accept(c, v, &zone("UTC"), at(NOW)), Active, TermsStatus::Accepted),
        (|c, v| decline(c, v, at(NOW)), Declined, TermsStatus::Declined),
        (|c, v| withdraw(c, v, at(NOW)), Withdrawn, TermsStatus::Withdrawn),
    ];
    for (answer, status, terms_status) in answers {
        let open = version(1, TermsStatus::Proposed);
        let became = |from| answer(&contract(from), &open).map(|(c, v)| (c.status, v.status));
        assert_eq!(became(Proposed), Ok((status, terms_status)));
        assert_eq!(became(Active), Ok((Active, terms_status)));
        assert_eq!(became(Declined), Err(AlreadyAnswered(Declined)));
        assert_eq!(became(Withdrawn), Err(AlreadyAnswered(Withdrawn)));
        assert_eq!(became(Ended), Err(NotActive(Ended)));
        for answered in [TermsStatus::Accepted, TermsStatus::Declined, TermsStatus::Withdrawn] {
            let refused = answer(&contract(Active), &version(1, answered));
            assert_eq!(refused, Err(NoOpenVersion));
        }
    }
    for status in Status::ALL {
        let ended = end(&contract(*status), at(NOW)).map(|ended| (ended.status, ended.ended_at));
        let expected = match status {
            Active => Ok((Ended, Some(at(NOW)))),
            Proposed | Declined | Withdrawn | Ended => Err(NotActive(*status)),
        };
        assert_eq!(ended, expected);
    }
}

#[test]
fn an_answer_stamps_what_it_decides() {
    let open = version(1, TermsStatus::Proposed);
    let (first, accepted) =
        accept(&contract(Status::Proposed), &open, &zone("UTC"), at(NOW)).unwrap();
    assert_eq!((first.answered_at, first.updated_at), (Some(at(NOW)), at(NOW)));
    assert_eq!(accepted.answered_at, Some(at(NOW)));
    let (second, _) = accept(&contract(Status::Active), &open, &zone("UTC"), at(NOW)).unwrap();
    assert_eq!((second.answered_at, second.updated_at), (None, at(NOW)));
}

#[test]
fn only_the_first_version_reaches_back() {
    use Status::{Active, Proposed};
    let berlin = zone("Europe/Berlin");
    let table = [
        (Proposed, None, NOW),
        (Proposed, day("2026-03-01"), "2026-03-01T00:00:00+01:00"),
        (Proposed, day("2026-04-01"), "2026-04-01T00:00:00+02:00"),
        (Active, None, NOW),
        (Active, day("2026-03-01"), NOW),
        (Active, day("2026-04-01"), "2026-04-01T00:00:00+02:00"),
    ];
    for (status, starts_on, expected) in table {
        let open = Version { starts_on, ..version(1, TermsStatus::Proposed) };
        let (_, accepted) = accept(&contract(status), &open, &berlin, at(NOW)).unwrap();
        assert_eq!(accepted.in_force_from, Some(at(expected)), "{status} {starts_on:?}");
    }
}

#[test]
fn the_version_in_force_is_the_latest_accepted_one_within_the_contract() {
    let berlin = zone("Europe/Berlin");
    let from = |number, from: &str| Version {
        in_force_from: Some(at(from)),
        ..version(number, TermsStatus::Accepted)
    };
    let versions = [
        from(1, "2026-01-01T00:00:00Z"),
        from(3, "2026-02-01T00:00:00Z"),
        from(2, "2026-02-01T00:00:00Z"),
        Version { status: TermsStatus::Declined, ..from(4, "2026-02-02T00:00:00Z") },
    ];
    let running = contract(Status::Active);
    let number = |contract: &Contract, occurred: &str| {
        in_force(&versions, contract, &berlin, at(occurred)).map(|version| version.number)
    };
    assert_eq!(number(&running, "2025-12-31T23:59:59Z"), None);
    assert_eq!(number(&running, "2026-01-01T00:00:00Z"), Some(1));
    assert_eq!(number(&running, "2026-03-01T00:00:00Z"), Some(3));

    let window = Contract { starts_on: day("2026-01-10"), ends_on: day("2026-03-10"), ..running };
    assert_eq!(number(&window, "2026-01-09T23:59:59+01:00"), None);
    assert_eq!(number(&window, "2026-01-10T00:00:00+01:00"), Some(1));
    assert_eq!(number(&window, "2026-03-10T23:59:59+01:00"), Some(3));
    assert_eq!(number(&window, "2026-03-11T00:00:00+01:00"), None);

    let ended = end(&window, at("2026-02-15T12:00:00Z")).unwrap();
    assert_eq!(number(&ended, "2026-02-15T11:59:59Z"), Some(3));
    assert_eq!(number(&ended, "2026-02-15T12:00:00Z"), None);
}

const ZONES: &[&str] = &[
    "UTC",
    "America/Los_Angeles",
    "America/Santiago",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Gaza",
    "Pacific/Apia",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
];

proptest! {
    #[test]
    fn no_action_locks_before_its_day_is_over(
        micros in 0_i64..4_102_444_800_000_000,
        place in 0..ZONES.len(),
        month: bool,
        months in 0_i32..36,
        days in 0_i32..400,
    ) {
        let (zone, occurred) = (zone(ZONES[place]), Instant::from_micros(micros));
        let after = if month { After::Month } else { After::Day };
        let locks = locks_at(rule(after, months, days), &zone, occurred, occurred);
        prop_assert!(locks > occurred);
        prop_assert!(locks >= next_midnight(&zone, occurred));
        let before = Instant::from_micros(locks.micros() - 1);
        let day_of = |at: Instant| at.timestamp().to_zoned(zone.rules()).date();
        prop_assert!(day_of(before) < day_of(locks), "it is the first moment of a day");
    }

    #[test]
    fn the_parts_of_a_fixed_payout_add_up(
        minor in 0_i64..1_000_000,
        items in prop::collection::vec((1_i64..9, 0_i64..10_000, any::<bool>()), 0..12),
    ) {
        let items: Vec<Sold> = items
            .into_iter()
            .map(|(quantity, amount_minor, reversed)| Sold { quantity, amount_minor, reversed })
            .collect();
        let rate = Rate::Fixed { minor, per: FixedPer::Action };
        let paid = payouts(rate, "EUR".parse().unwrap(), &items).unwrap();
        let full = if items.iter().all(|item| item.reversed) { 0 } else { minor };
        prop_assert_eq!(paid.iter().sum::<i64>(), full);
        prop_assert!(paid.iter().zip(&items).all(|(paid, item)| !item.reversed || *paid == 0));
    }
}

#[test]
fn terms_from_before_there_were_inquiries_have_the_usual_answers() {
    let now = version(1, TermsStatus::Accepted).terms.0;
    let mut older = serde_json::to_value(&now).unwrap();
    for field in ["inquiry_days", "inquiry_default", "clawback_days", "hold_days"] {
        assert!(older.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    assert_eq!(serde_json::from_value::<Terms>(older).unwrap(), now);
}
