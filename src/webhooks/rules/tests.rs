use proptest::prelude::*;

use super::*;
use crate::events::kinds::EventKind;
use crate::events::model::AnyId;
use crate::kernel::document::Document;
use crate::kernel::id::{CompanyId, EventId, UserId, WebhookDeliveryId, WebhookEndpointId};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn noon() -> Instant {
    at("2026-03-10T12:00:00Z")
}

fn delivery() -> Delivery {
    Delivery {
        id: WebhookDeliveryId::new(),
        endpoint_id: WebhookEndpointId::new(),
        company_id: CompanyId::new(),
        event_id: EventId::new(),
        event_type: EventKind::ActionTracked.to_string(),
        object_id: AnyId::new(),
        turn: 1,
        status: Status::Pending,
        due_at: Some(noon()),
        tries: 0,
        attempts: 0,
        last_status: None,
        version: 1,
        created_at: noon(),
        finished_at: None,
    }
}

fn endpoint() -> Endpoint {
    Endpoint {
        id: WebhookEndpointId::new(),
        company_id: CompanyId::new(),
        url: "https://example.com/".into(),
        event_types: Document(vec!["*".parse().unwrap()]),
        description: String::new(),
        enabled: true,
        disabled_reason: None,
        secret: vec![1],
        previous_secret: None,
        previous_until: None,
        created_by: UserId::new(),
        version: 1,
        created_at: noon(),
        updated_at: noon(),
    }
}

fn came(at: Instant, status: u16) -> Came {
    let failure = (!(200..300).contains(&status)).then_some(Failure::Refused);
    Came { at, status: Some(status), failure, retry_after: None }
}

#[test]
fn ten_attempts_lie_within_three_days() {
    let (mut one, mut now) = (delivery(), noon());
    let mut waits = Vec::new();
    while one.status == Status::Pending {
        one = sent(&one, &came(now, 500), 0);
        if let Some(due) = one.due_at {
            waits.push(due.since(now).as_secs());
            now = due;
        }
    }
    assert_eq!((one.status, one.attempts, one.tries), (Status::Failed, 10, 10));
    assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 73_495]);
    assert_eq!(now.since(noon()), SignedDuration::from_hours(72));
    assert_eq!((one.due_at, one.finished_at, one.last_status), (None, Some(now), Some(500)));
}

#[test]
fn what_is_taken_is_over() {
    let tried = Delivery { tries: 3, attempts: 7, version: 9, ..delivery() };
    let after = sent(&tried, &came(noon(), 204), 0);
    assert_eq!((after.status, after.due_at, after.attempts), (Status::Succeeded, None, 8));
    assert_eq!((after.version, after.finished_at), (10, Some(noon())));
    let gone = expired(&tried, noon());
    assert_eq!((gone.status, gone.due_at, gone.attempts), (Status::Expired, None, 7));
}

#[test]
fn an_endpoint_may_ask_for_an_hour_and_no_more() {
    let wait = |seconds: i64, tries: i32| {
        let retry_after = Some(SignedDuration::from_secs(seconds));
        let failed = Delivery { tries, ..delivery() };
        let after = sent(&failed, &Came { retry_after, ..came(noon(), 503) }, 0);
        after.due_at.unwrap().since(noon()).as_secs()
    };
    assert_eq!(wait(1, 0), 5, "not sooner than otherwise");
    assert_eq!(wait(120, 0), 120);
    assert_eq!(wait(1_000_000, 0), 3_600);
    assert_eq!(wait(1_000_000, 3), 7_200);
}

#[test]
fn a_retry_after_is_seconds_or_a_date() {
    let asked = |text: &str| retry_after(text, noon()).map(|wait| wait.as_secs());
    assert_eq!(asked("120"), Some(120));
    assert_eq!(asked(" 0 "), Some(0));
    assert_eq!(asked("Tue, 10 Mar 2026 12:01:30 GMT"), Some(90));
    for nonsense in ["", "-5", "soon", "1.5", "Tue, 10 Mar 2026 11:00:00 GMT", "99999999999"] {
        assert_eq!(asked(nonsense), None, "{nonsense}");
    }
}

#[test]
fn an_endpoint_fails_until_anything_gets_through() {
    let (early, late) = (noon(), at("2026-03-10T13:00:00Z"));
    let since = |before, came: &[Came]| failing_since(before, came);
    assert_eq!(since(None, &[]), None);
    assert_eq!(since(None, &[came(late, 500), came(early, 404)]), Some(early));
    assert_eq!(since(Some(early), &[came(late, 500)]), Some(early));
    assert_eq!(since(Some(early), &[came(late, 500), came(late, 200)]), None);
    assert_eq!(since(Some(early), &[]), Some(early));
}

#[test]
fn a_failing_endpoint_has_its_quiet() {
    let quiet = |since: Option<Instant>, asked: Option<i64>| {
        let retry_after = asked.map(SignedDuration::from_secs);
        let came = [Came { retry_after, ..came(noon(), 503) }];
        quiet_until(since, &came, noon()).map(|until| until.since(noon()).as_secs())
    };
    let long = Some(noon().minus(SignedDuration::from_hours(10)));
    assert_eq!(quiet(None, Some(30)), None);
    assert_eq!(quiet(Some(noon()), None), Some(1));
    assert_eq!(quiet(Some(noon()), Some(30)), Some(30));
    assert_eq!(quiet(long, Some(30)), Some(60));
    assert_eq!(quiet(long, Some(1_000_000)), Some(3_600));
}

#[test]
fn an_endpoint_is_disabled_when_it_is_gone_or_has_failed_for_days() {
    let days = SignedDuration::from_hours(5 * 24);
    let last = noon().plus(days);
    let nearly = last.minus(SignedDuration::from_secs(1));
    let judged = |since, at, status| verdict(since, &[came(at, status)], days);
    assert_eq!(judged(None, noon(), 200), None);
    assert_eq!(judged(Some(noon()), nearly, 500), None);
    assert_eq!(judged(Some(noon()), last, 500), Some(DisabledReason::Failing));
    assert_eq!(judged(None, noon(), 410), Some(DisabledReason::Gone));
    assert_eq!(verdict(Some(noon()), &[], days), None, "nothing was sent");
    let disabled = disable(&endpoint(), DisabledReason::Gone, last);
    assert_eq!((disabled.enabled, disabled.disabled_reason), (false, Some(DisabledReason::Gone)));
}

#[test]
fn two_secrets_sign_for_a_day() {
    let rotated = rotate(&endpoint(), vec![2], noon());
    let end = noon().plus(ROTATION);
    assert_eq!(secrets(&rotated, noon()), [&[2_u8][..], &[1]]);
    assert_eq!(secrets(&rotated, end.minus(SignedDuration::from_micros(1))), [&[2_u8][..], &[1]]);
    assert_eq!(secrets(&rotated, end), [&[2_u8][..]]);
    let again = rotate(&rotated, vec![3], noon());
    assert_eq!(secrets(&again, noon()), [&[3_u8][..], &[2]], "two at most");
    assert_eq!(secrets(&endpoint(), noon()), [&[1_u8][..]]);
}

#[test]
fn a_target_is_a_public_url_with_tls() {
    for text in [
        "https://example.com/hooks",
        "https://example.com:8443/?token=x",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "https://bücher.example/",
    ] {
        assert!(target(text, false).is_ok(), "{text}");
    }
    for text in [
        "",
        "example.com",
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://ada:secret@example.com/",
        "https://ada@example.com/",
        "https://example.com/#part",
        "file:///etc/passwd",
        "data:text/plain,x",
    ] {
        assert_eq!(target(text, false), Err(Unfit::Form), "{text}");
    }
    // However a loopback or a private address is spelt.
    for text in [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://0/",
        "https://[fd00::1]/",
        "https://①②⑦.0.0.1/",
    ] {
        assert_eq!(target(text, false), Err(Unfit::Refused), "{text}");
        assert!(target(text, true).is_ok(), "{text}, where private ones are allowed");
    }
    assert!(target("http://localhost:9/", true).is_ok());
    assert_eq!(target("ftp://localhost/", true), Err(Unfit::Form));
}

proptest! {
    #[test]
    fn gaps_grow_and_jitter_adds_a_tenth_at_most(tries in 1..=9_i32, jitter in 0..=1_000_i32) {
        let (least, most) = (gap(tries, 0).unwrap(), gap(tries, 1_000).unwrap());
        let one = gap(tries, jitter).unwrap();
        prop_assert!(least <= one && one <= most);
        prop_assert!(most.as_secs() * 10 <= least.as_secs() * 11);
        if tries > 1 {
            prop_assert!(gap(tries - 1, 0).unwrap() < least);
        }
    }

    #[test]
    fn there_is_no_gap_outside_of_the_ten_attempts(tries: i32, jitter: i32) {
        prop_assert_eq!(gap(tries, jitter).is_some(), (1..=9).contains(&tries));
    }

    #[test]
    fn a_pause_is_between_a_second_and_a_minute(seconds in -10_i64..10_000_000) {
        let pause = pause(SignedDuration::from_secs(seconds));
        prop_assert!(SignedDuration::from_secs(1) <= pause && pause <= SignedDuration::from_secs(60));
    }

    #[test]
    fn no_text_makes_a_target_panic(text: String) {
        let _ = (target(&text, false), target(&text, true), retry_after(&text, noon()));
    }
}
