//! Until when one may ask, who answers when, and what comes of it: by tables, and at random.

use proptest::prelude::*;

use super::*;
use crate::actions::rules::tests::sample::{Sample, sample};
use crate::actions::rules::{Command, Decision, Modify, Setting, corrected, decide};
use crate::contracts::model::Rate;
use crate::kernel::document::Document;
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId, TermsId, UserId};

const TRACKED: &str = "2026-02-10T12:00:00Z";
/// A month after the end of February, in Berlin.
const LOCKS: &str = "2026-03-31T22:00:00Z";
const OPENED: &str = "2026-03-20T12:00:00Z";
const ANSWER_BY: &str = "2026-04-19T12:00:00Z";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Two shirts for 60.00 and a hat for 40.00, at 10 %.
fn order() -> Sample {
    sample(&[("shirt", 2, 6_000), ("hat", 1, 4_000)], Rate::Percent(10.into()), at(TRACKED))
}

fn done(sample: &mut Sample, command: &Command, moment: Instant) {
    let Sample { action, terms, zone } = &*sample;
    let setting = Setting { terms, zone, at: moment, now: moment, reversed_for: None };
    match decide(action, command, &setting).unwrap() {
        Decision::Changed(after) => sample.action = after,
        Decision::Unchanged => panic!("{command:?} changes nothing"),
    }
}

fn reverse() -> Command {
    Command::Reverse { reason: Reason::ItemReturned }
}

fn modify(change: Change) -> Command {
    Command::Modify(Modify { reason: Reason::OrderUpdate, allow_increase: true, change })
}

fn step(sku: &str, step: Step) -> ItemOperation {
    ItemOperation { target: Target::Sku(sku.into()), step }
}

fn inquiry(kind: Kind) -> Inquiry {
    let Sample { action, .. } = order();
    Inquiry {
        id: InquiryId::new(),
        company_id: CompanyId::new(),
        partner_company_id: CompanyId::new(),
        program_id: ProgramId::new(),
        event_type_id: EventTypeId::new(),
        terms_id: TermsId::new(),
        kind,
        action_id: Some(action.id),
        existing_action_id: None,
        order_id: action.order_id,
        occurred_at: action.occurred_at,
        currency: action.currency,
        claim: Document(Claim::Unsaid),
        message: "why".into(),
        in_time: true,
        status: Status::Open,
        answer_by: at(ANSWER_BY),
        decided_by: None,
        answer: None,
        note: None,
        applied: None,
        action_version: None,
        adjustment_id: None,
        code: None,
        user_id: Some(UserId::new()),
        api_key_id: None,
        delegate_user_id: None,
        version: 1,
        opened_at: at(OPENED),
        decided_at: None,
    }
}

fn somebody() -> Doer {
    Doer { user_id: Some(UserId::new()), ..Doer::SYSTEM }
}

#[test]
fn the_answer_is_due_after_the_days_of_the_terms() {
    let mut terms = order().terms;
    assert_eq!(answer_by(&terms, at(OPENED)), at(ANSWER_BY));
    terms.inquiry_days = 1;
    assert_eq!(answer_by(&terms, at(OPENED)), at("2026-03-21T12:00:00Z"));
    assert_eq!(silence(&terms), Status::Declined);
    terms.inquiry_default = InquiryDefault::Accept;
    assert_eq!(silence(&terms), Status::Accepted);
}

#[test]
fn an_order_may_be_asked_about_for_ninety_days() {
    let occurred = at(TRACKED);
    for (now, may) in [
        ("2026-02-10T11:59:59Z", false),
        ("2026-02-10T12:00:00Z", true),
        ("2026-05-11T12:00:00Z", true),
        ("2026-05-11T12:00:01Z", false),
    ] {
        assert_eq!(is_recent(occurred, at(now)), may, "{now}");
    }
}

#[test]
fn the_last_day_is_the_local_one_however_long_it_is() {
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    for (lock, begins) in [
        ("2026-03-24T23:00:00Z", "2026-03-23T23:00:00Z"),
        // The day on which summer begins has 23 hours.
        ("2026-03-29T22:00:00Z", "2026-03-28T23:00:00Z"),
        // Within a day, it is that day.
        ("2026-03-24T12:00:00Z", "2026-03-23T23:00:00Z"),
    ] {
        assert_eq!(last_day(&zone, at(lock)), at(begins), "{lock}");
    }
}

#[test]
fn one_may_inquire_until_the_lock_and_after_a_last_day_for_two_weeks() {
    let open = order().action;
    assert_eq!(open.locks_at, at(LOCKS));
    let locked = Action { locked_at: Some(at(LOCKS)), ..open.clone() };
    let held = Action { held: true, ..open.clone() };
    let late = |until: &str| Err(Refusal::Over { until: at(until) });
    for (action, fell, now, expected) in [
        (&open, false, "2026-03-31T21:59:59Z", Ok(true)),
        (&open, false, LOCKS, late(LOCKS)),
        (&open, true, LOCKS, Ok(false)),
        (&locked, false, LOCKS, late(LOCKS)),
        (&locked, true, "2026-04-14T21:59:59Z", Ok(false)),
        (&locked, true, "2026-04-14T22:00:00Z", late("2026-04-14T22:00:00Z")),
        (&held, false, "2026-05-01T00:00:00Z", Ok(true)),
    ] {
        assert_eq!(may_inquire(action, fell, at(now)), expected, "{fell} {now}");
    }
}

#[test]
fn what_is_disputed_has_to_be_there() {
    let mut sample = order();
    let code = |kind, action: &Action| is_disputable(kind, action).map_err(|no| no.code());
    assert_eq!(code(Kind::Incorrect, &sample.action), Ok(()));
    assert_eq!(code(Kind::Declined, &sample.action), Err("not_reversed"));
    let hat = modify(Change::Items(vec![step("hat", Step::Reverse)]));
    done(&mut sample, &hat, at(OPENED));
    assert_eq!(code(Kind::Declined, &sample.action), Ok(()));
    assert_eq!(code(Kind::Incorrect, &sample.action), Ok(()));
    done(&mut sample, &reverse(), at(OPENED));
    assert_eq!(code(Kind::Declined, &sample.action), Ok(()));
    assert_eq!(code(Kind::Incorrect, &sample.action), Err("action_reversed"));
}

/// The table of the feature: who may end what, and when.
#[test]
fn an_open_inquiry_is_ended_once_by_whom_the_table_says() {
    let open = inquiry(Kind::Declined);
    let brand = Ender::Brand(somebody());
    let opener = Ender::Brand(Doer { user_id: open.user_id, ..Doer::SYSTEM });
    let delegate = Ender::Brand(Doer { delegate_user_id: open.user_id, ..Doer::SYSTEM });
    let system = Ender::Brand(Doer::SYSTEM);
    let (before, then) = ("2026-04-19T11:59:59Z", ANSWER_BY);
    for (by, now, expected) in [
        (brand, before, Ok(())),
        (system, before, Ok(())),
        (opener, before, Err("conflict_of_interest")),
        (delegate, before, Err("conflict_of_interest")),
        (Ender::Partner, before, Ok(())),
        (Ender::Silence, before, Err("answer_not_due")),
        (brand, then, Err("answer_over")),
        (Ender::Partner, then, Err("answer_over")),
        (Ender::Silence, then, Ok(())),
    ] {
        let told = may_end(&open, by, at(now)).map_err(|no| no.code());
        assert_eq!(told, expected, "{by:?} {now}");
    }
    for status in [Status::Accepted, Status::Declined, Status::Withdrawn] {
        let over = Inquiry { status, ..open.clone() };
        for by in [brand, Ender::Partner, Ender::Silence] {
            for now in [before, then] {
                let told = may_end(&over, by, at(now));
                assert_eq!(told, Err(Refusal::AlreadyAnswered(status)), "{by:?} {now}");
            }
        }
    }
}

#[test]
fn an_end_says_who_when_and_what() {
    let open = inquiry(Kind::Declined);
    let now = at("2026-03-25T00:00:00Z");
    let said = Said { message: Some("yes".into()), note: Some("hm".into()) };
    let outcome = Outcome {
        applied: Applied::Changed,
        action_id: open.action_id,
        action_version: Some(7),
        adjustment_id: None,
    };
    let by = Ender::Brand(somebody());
    let yes = accepted(&open, by, said.clone(), outcome, now).unwrap();
    assert_eq!((yes.status, yes.decided_by), (Status::Accepted, Some(DecidedBy::Brand)));
    assert_eq!((yes.version, yes.decided_at, yes.action_version), (2, Some(now), Some(7)));
    assert_eq!((yes.answer.as_deref(), yes.note.as_deref()), (Some("yes"), Some("hm")));

    let due = at(ANSWER_BY);
    let code = Some("duplicate_order".to_string());
    let no = declined(&open, Ender::Silence, Said::default(), code.clone(), due).unwrap();
    assert_eq!((no.status, no.decided_by), (Status::Declined, Some(DecidedBy::Silence)));
    assert_eq!((no.code, no.applied), (code, None));

    let back = withdrawn(&open, now).unwrap();
    assert_eq!((back.status, back.decided_by), (Status::Withdrawn, None));
    assert_eq!(withdrawn(&back, now), Err(Refusal::AlreadyAnswered(Status::Withdrawn)));
}

#[test]
fn what_is_accepted_is_in_time_by_the_inquiry_or_by_the_lock() {
    let action = order().action;
    let open = inquiry(Kind::Declined);
    assert_eq!(as_of(&open, &action), at(OPENED));
    let late = Inquiry { opened_at: at("2026-04-05T00:00:00Z"), ..open };
    assert_eq!(as_of(&late, &action), at("2026-03-31T21:59:59.999999Z"));
    assert!(!is_closed(&action, as_of(&late, &action)));
}

/// Sale and payout after a remedy, before the lock and after it.
fn remedied(sample: &Sample, kind: Kind, claim: &Claim) -> [Option<(i64, i64)>; 2] {
    let Sample { action, terms, zone } = sample;
    let now = at(OPENED);
    let setting = Setting { terms, zone, at: now, now, reversed_for: None };
    let asked = remedy(kind, claim, action);
    let command = |change| {
        let reason = reason(kind);
        Command::Modify(Modify { reason, allow_increase: true, change })
    };
    let figures = |decision: Decision| match decision {
        Decision::Changed(after) => Some((after.sale_minor, after.payout_minor)),
        Decision::Unchanged => None,
    };
    let (open, locked) = match asked {
        Remedy::Nothing => return [None, None],
        Remedy::Restore(change) => (Command::Restore, change),
        Remedy::Change(change) => (command(change.clone()), change),
    };
    let open = decide(action, &open, &setting).ok().and_then(figures);
    let locked = corrected(action, &locked, &setting).ok().and_then(figures);
    [open, locked]
}

#[test]
fn a_remedy_is_the_same_before_the_lock_and_beside_it() {
    let hat = |kind| modify(Change::Items(vec![step("hat", kind)]));
    let restore_hat = Claim::Sale(Change::Items(vec![step("hat", Step::Restore)]));
    let amount = |minor| Claim::Sale(Change::Amount(minor));
    let (declined, incorrect) = (Kind::Declined, Kind::Incorrect);
    let none: &[Command] = &[];
    let whole: &[Command] = &[reverse()];
    let part: &[Command] = &[hat(Step::Reverse)];
    let both: &[Command] = &[hat(Step::Reverse), reverse()];
    let one_by_one: &[Command] =
        &[hat(Step::Reverse), modify(Change::Items(vec![step("shirt", Step::Reverse)]))];
    for (before, kind, claim, expected) in [
        (whole, declined, Claim::Unsaid, Some((10_000, 1_000))),
        (part, declined, Claim::Unsaid, Some((10_000, 1_000))),
        (both, declined, Claim::Unsaid, Some((6_000, 600))),
        (one_by_one, declined, Claim::Unsaid, Some((6_000, 600))),
        (none, declined, Claim::Unsaid, None),
        (whole, declined, restore_hat.clone(), Some((4_000, 400))),
        (part, declined, restore_hat.clone(), Some((10_000, 1_000))),
        (none, declined, restore_hat, None),
        (whole, declined, amount(5_000), Some((5_000, 500))),
        (part, declined, amount(8_000), Some((8_000, 800))),
        (both, declined, amount(3_000), Some((3_000, 300))),
        (none, incorrect, Claim::Unsaid, None),
        (none, incorrect, amount(12_000), Some((12_000, 1_200))),
        (none, incorrect, amount(10_000), None),
    ] {
        let mut sample = order();
        before.iter().for_each(|command| done(&mut sample, command, at(OPENED)));
        let found = remedied(&sample, kind, &claim);
        assert_eq!(found, [expected, expected], "{kind} {claim:?} after {before:?}");
    }
}

/// Steps that a brand might take before somebody disputes them.
fn any_step() -> impl Strategy<Value = ItemOperation> {
    let sku = prop_oneof![Just("shirt"), Just("hat")];
    let kind = prop_oneof![
        Just(Step::Reverse),
        Just(Step::Restore),
        (0_i64..3).prop_map(Step::SetQuantity),
        (0_i64..6_000).prop_map(Step::SetAmount),
    ];
    (sku, kind).prop_map(|(sku, kind)| step(sku, kind))
}

proptest! {
    /// Whatever was reversed, in whatever order: undoing it gives the same before the lock and after
    /// it, and never lowers anything.
    #[test]
    fn what_is_restored_is_the_same_on_either_side_of_the_lock(
        steps in prop::collection::vec(any_step(), 0..6),
        lid: bool,
    ) {
        let mut sample = order();
        let reversing = reverse();
        let commands = steps.into_iter().map(|one| modify(Change::Items(vec![one])));
        for command in commands.chain(lid.then_some(reversing)) {
            let Sample { action, terms, zone } = &sample;
            let now = at(OPENED);
            let setting = Setting { terms, zone, at: now, now, reversed_for: None };
            if let Ok(Decision::Changed(after)) = decide(action, &command, &setting) {
                sample.action = after;
            }
        }
        let [open, locked] = remedied(&sample, Kind::Declined, &Claim::Unsaid);
        prop_assert_eq!(open, locked);
        if let Some((sale, payout)) = open {
            prop_assert!(sale >= sample.action.sale_minor);
            prop_assert!(payout >= sample.action.payout_minor);
        }
    }

    /// At any moment exactly one of the brand and silence may answer.
    #[test]
    fn either_the_brand_answers_or_silence(micros in 0_i64..4_000_000_000_000_000) {
        let open = inquiry(Kind::Incorrect);
        let now = Instant::from_micros(micros);
        let brand = may_end(&open, Ender::Brand(somebody()), now).is_ok();
        let silence = may_end(&open, Ender::Silence, now).is_ok();
        prop_assert_ne!(brand, silence);
        prop_assert_eq!(brand, may_end(&open, Ender::Partner, now).is_ok());
    }
}
