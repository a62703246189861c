//! What becomes of actions, and which dry runs count, by tables.

use super::*;
use crate::actions::rules::tests::sample::{Sample, sample};
use crate::contracts::model::Rate;
use crate::kernel::id::{ContractId, ProgramId, ReprocessingId, TermsId};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

const NOW: &str = "2026-03-10T12:00:00Z";

fn order() -> Sample {
    sample(&[("SHOE", 1, 10_000)], Rate::Percent(10.into()), at(NOW))
}

fn other(sample: &Sample) -> Credit {
    Credit {
        partner_company_id: CompanyId::new(),
        contract_id: ContractId::new(),
        terms_id: TermsId::new(),
        terms: sample.terms.clone(),
        attributed_by: AttributedBy::Code,
    }
}

fn judged(sample: &Sample, credit: Result<Credit, Uncredited>, moment: &str) -> Judged {
    let (zone, at) = (&sample.zone, at(moment));
    judge(&sample.action, credit, Moment { zone, at, now: at })
}

#[test]
fn an_action_has_one_of_four_outcomes() {
    let order = order();
    let same = Credit {
        partner_company_id: order.action.partner_company_id,
        terms_id: order.action.terms_id,
        ..other(&order)
    };
    let told = |credit, moment| {
        let Judged { outcome, code, after } = judged(&order, credit, moment);
        assert_eq!(after.is_some(), outcome == Outcome::Reattributed);
        (outcome, code)
    };
    let (open, closed) = (NOW, "2026-05-01T12:00:00Z");
    assert_eq!(told(Ok(other(&order)), open), (Outcome::Reattributed, None));
    assert_eq!(told(Ok(same.clone()), open), (Outcome::Unchanged, None));
    let unknown = told(Err(Uncredited::UnknownCode), open);
    assert_eq!(unknown, (Outcome::Rejected, Some("unknown_code")));
    let without = told(Err(Uncredited::NoContract), open);
    assert_eq!(without, (Outcome::Rejected, Some("no_contract")));
    for credit in [Ok(other(&order)), Ok(same), Err(Uncredited::UnknownCode)] {
        assert_eq!(told(credit, closed), (Outcome::Skipped, Some("action_locked")));
    }
    let mut held = self::order();
    held.action.held = true;
    let judged = judged(&held, Ok(other(&held)), closed);
    assert_eq!((judged.outcome, judged.code), (Outcome::Rejected, Some("action_held")));
}

#[test]
fn other_terms_of_the_same_partner_take_no_reversal_back() {
    let mut sample = order();
    let anew = Credit { partner_company_id: sample.action.partner_company_id, ..other(&sample) };
    assert_eq!(judged(&sample, Ok(anew.clone()), NOW).outcome, Outcome::Reattributed);
    sample.action.state = State::Reversed;
    assert_eq!(judged(&sample, Ok(anew), NOW).outcome, Outcome::Unchanged);
    let anothers = other(&sample);
    assert_eq!(judged(&sample, Ok(anothers), NOW).outcome, Outcome::Reattributed);
}

fn run(mode: Mode, program_id: ProgramId) -> Reprocessing {
    Reprocessing {
        id: ReprocessingId::new(),
        company_id: CompanyId::new(),
        program_id,
        event_type_id: None,
        partner_company_id: None,
        occurred_after: at("2026-03-01T00:00:00Z"),
        occurred_before: at("2026-04-01T00:00:00Z"),
        mode,
        dry_run_id: None,
        user_id: None,
        api_key_id: None,
        delegate_user_id: None,
        status: Status::Completed,
        code: None,
        detail: None,
        total: Some(0),
        reattributed: 0,
        unchanged: 0,
        skipped: 0,
        rejected: 0,
        done_at: None,
        done_id: None,
        version: 1,
        created_at: at(NOW),
        started_at: Some(at(NOW)),
        completed_at: Some(at(NOW)),
    }
}

#[test]
fn only_a_fresh_and_completed_dry_run_of_the_same_counts() {
    let program = ProgramId::new();
    let (asked, dry) = (run(Mode::Apply, program), run(Mode::DryRun, program));
    let told = |dry: Reprocessing, now: Instant| {
        may_apply(&asked, &dry, now).map_err(|refusal| refusal.code())
    };
    let now = at(NOW);
    assert_eq!(told(dry.clone(), now), Ok(()));
    assert_eq!(told(dry.clone(), now.plus(FRESH)), Ok(()));
    let later = Instant::from_micros(now.plus(FRESH).micros() + 1);
    assert_eq!(told(dry.clone(), later), Err("dry_run_too_old"));
    for status in [Status::Received, Status::Processing, Status::Cancelled] {
        let open = Reprocessing { status, ..dry.clone() };
        assert_eq!(told(open, now), Err("dry_run_not_completed"), "{status}");
    }
    let elsewhere = [
        Reprocessing { mode: Mode::Apply, ..dry.clone() },
        Reprocessing { program_id: ProgramId::new(), ..dry.clone() },
        Reprocessing { partner_company_id: Some(CompanyId::new()), ..dry.clone() },
        Reprocessing { event_type_id: Some(crate::kernel::id::EventTypeId::new()), ..dry.clone() },
        Reprocessing { occurred_after: now, ..dry.clone() },
        Reprocessing { occurred_before: now, ..dry.clone() },
    ];
    for other in elsewhere {
        assert_eq!(told(other, now), Err("dry_run_differs"));
    }
}
