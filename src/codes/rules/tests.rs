//! Whose a code was when, by tables and at random.

use proptest::prelude::*;

use super::*;
use crate::kernel::id::{ProgramId, ReferralCodeId};

fn at(second: i64) -> Instant {
    Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000)
}

fn by(second: i64) -> (Doer, Instant) {
    (Doer::SYSTEM, at(second))
}

/// A code that is valid from second 0 on, made at second 0.
fn code(owner: CompanyId) -> Whole {
    let code = ReferralCode {
        id: ReferralCodeId::new(),
        company_id: CompanyId::new(),
        program_id: ProgramId::new(),
        partner_company_id: owner,
        code: "SAVE10".into(),
        folded: "save10".into(),
        skeleton: "savelo".into(),
        active: true,
        valid_from: at(0),
        valid_until: None,
        freed_at: None,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    };
    let first = first(&code, Doer::SYSTEM);
    Whole { code, changes: vec![first] }
}

fn then(mut whole: Whole, changed: Option<Changed>) -> Whole {
    let (code, change) = changed.expect("a change");
    whole.code = code;
    whole.changes.push(change);
    whole
}

fn assigned(whole: Whole, partner: CompanyId, from: i64, now: i64) -> Whole {
    let changed = assign(&whole, partner, at(from), by(now)).unwrap();
    then(whole, changed)
}

#[test]
fn an_order_of_the_very_moment_is_the_new_owners() {
    let (bolt, dawn) = (CompanyId::new(), CompanyId::new());
    let whole = assigned(code(bolt), dawn, 10, 10);
    for (moment, owner) in [(-1, None), (0, Some(bolt)), (9, Some(bolt)), (10, Some(dawn))] {
        assert_eq!(credited(&whole, at(moment)), owner, "{moment}");
    }
    let just_before = Instant::from_micros(at(10).micros() - 1);
    assert_eq!(credited(&whole, just_before), Some(bolt));
    assert_eq!(whole.code.partner_company_id, dawn);
}

#[test]
fn a_window_is_half_open() {
    let bolt = CompanyId::new();
    let mut whole = code(bolt);
    whole.code.valid_until = Some(at(10));
    assert_eq!(credited(&whole, at(9)), Some(bolt));
    assert_eq!(credited(&whole, at(10)), None);
}

#[test]
fn who_had_it_is_corrected_by_what_is_said_last() {
    let (bolt, dawn, echo) = (CompanyId::new(), CompanyId::new(), CompanyId::new());
    let whole = assigned(code(bolt), dawn, 20, 20);
    let whole = assigned(whole, echo, 10, 30);
    assert_eq!(credited(&whole, at(15)), Some(echo));
    assert_eq!(credited(&whole, at(25)), Some(echo), "from a moment on means from then on");
    let whole = assigned(whole, bolt, 25, 40);
    let spans: Vec<_> = owners(&whole.changes)
        .iter()
        .map(|owner| (owner.partner_company_id, owner.from, owner.until))
        .collect();
    let expected =
        [(bolt, at(0), Some(at(10))), (echo, at(10), Some(at(25))), (bolt, at(25), None)];
    assert_eq!(spans, expected);
    assert_eq!(assign(&whole, bolt, at(30), by(50)), Ok(None), "it has that owner already");
    assert_eq!(assign(&whole, bolt, at(25), by(50)), Ok(None));
    assert!(assign(&whole, bolt, at(20), by(50)).unwrap().is_some(), "and had another before");
}

#[test]
fn what_is_deactivated_credits_nobody_until_it_is_activated() {
    let (bolt, dawn) = (CompanyId::new(), CompanyId::new());
    let whole = code(bolt);
    assert_eq!(activate(&whole, &[], by(1)), Ok(None));
    let off = deactivate(&whole, by(10)).unwrap();
    let whole = then(whole, off);
    assert_eq!(deactivate(&whole, by(11)), Ok(None));
    let whole = assigned(whole, dawn, 5, 12);
    let on = activate(&whole, std::slice::from_ref(&whole.code), by(20)).unwrap();
    let whole = then(whole, on);
    for (moment, owner) in
        [(4, Some(bolt)), (9, Some(dawn)), (10, None), (19, None), (20, Some(dawn))]
    {
        assert_eq!(credited(&whole, at(moment)), owner, "{moment}");
    }
    assert_eq!((whole.code.version, whole.code.freed_at), (5, None));
}

#[test]
fn a_text_rests_for_180_days() {
    let bolt = CompanyId::new();
    let whole = code(bolt);
    assert_eq!(may_have([&whole.code], at(1)).unwrap_err().code(), "referral_code_taken");
    let off = deactivate(&whole, by(10)).unwrap();
    let freed = then(whole, off).code;
    let until = at(10).plus(REST);
    let just_before = Instant::from_micros(until.micros() - 1);
    assert_eq!(may_have([&freed], just_before).unwrap_err().code(), "referral_code_resting");
    assert_eq!(may_have([&freed], until), Ok(()));

    let mut other = code(bolt).code;
    let asleep = Whole { code: freed.clone(), changes: vec![] };
    let both = [freed, other.clone()];
    assert_eq!(activate(&asleep, &both, by(20)).unwrap_err().code(), "referral_code_taken");
    (other.active, other.freed_at) = (false, Some(at(19)));
    assert_eq!(activate(&asleep, &[other], by(20)).unwrap_err().code(), "referral_code_resting");
}

#[test]
fn a_code_has_only_so_many_changes() {
    let mut whole = code(CompanyId::new());
    whole.code.version = MOST_CHANGES;
    let refused = assign(&whole, CompanyId::new(), at(1), by(1));
    assert_eq!(refused.unwrap_err().code(), "too_many_changes");
}

proptest! {
    #[test]
    fn the_owners_shown_are_those_who_are_credited(
        steps in prop::collection::vec((0_usize..3, 0_i64..50), 0..20),
        moment in 0_i64..60,
    ) {
        let partners = [CompanyId::new(), CompanyId::new(), CompanyId::new()];
        let mut whole = code(partners[0]);
        for (now, (partner, from)) in (0..).zip(steps) {
            if let Ok(Some(changed)) = assign(&whole, partners[partner], at(from), by(now)) {
                whole = then(whole, Some(changed));
            }
        }
        let spans = owners(&whole.changes);
        let shown = spans.iter().find(|owner| {
            owner.from <= at(moment) && owner.until.is_none_or(|until| at(moment) < until)
        });
        prop_assert_eq!(shown.map(|owner| owner.partner_company_id), credited(&whole, at(moment)));
        prop_assert!(spans.windows(2).all(|two| two[0].until == Some(two[1].from)));
        prop_assert_eq!(
            spans.last().map(|owner| owner.partner_company_id),
            Some(whole.code.partner_company_id)
        );
    }
}
