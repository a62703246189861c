//! Lines about an action that has locked, under terms that let the brand claw back.

use super::*;
use crate::actions::rules::Decision;
use crate::adjustments::model::{Adjustment, Kind};
use crate::contracts::model::AfterLock;
use crate::reversals::line::ItemChange;

/// The action, locked at 100.00 and a payout of 10.00, and a batch 19 days later.
fn locked() -> Case {
    let mut case = case();
    case.terms.after_lock = AfterLock::Clawback;
    case.terms.clawback_days = 30;
    case.authority.may_claw_back = true;
    let at: Instant = "2026-04-01T00:00:00+02:00".parse().unwrap();
    let (terms, zone) = (&case.terms, &case.zone);
    let setting = Setting { terms, zone, at, now: at, reversed_for: None };
    let lock = Command::Lock { at };
    let Ok(Decision::Changed(after)) = decide(&case.action, &lock, &setting) else {
        panic!("it does not lock")
    };
    case.action = after;
    case.now = "2026-04-20T12:00:00Z".parse().unwrap();
    case
}

impl Case {
    fn beside(&self, lines: &[Line], last: Option<Adjustment>, claims: Claims) -> Folded {
        let (at, now) = (self.now, self.now);
        let (terms, zone) = (&self.terms, &self.zone);
        let setting = Setting { terms, zone, at, now, reversed_for: None };
        let numbered: Vec<Numbered> = (2..)
            .zip(lines)
            .map(|(number, line)| Numbered { number, line: line.clone() })
            .collect();
        let beside = Beside::new(&self.action, last);
        let mut id = UpdateId::new;
        let known: (Claims, &mut dyn FnMut() -> UpdateId) = (claims, &mut id);
        let folded = fold_beside(beside, &numbered, self.run(), setting, known);
        assert_eq!((folded.after.as_ref(), folded.entries.len()), (None, 0), "it stays as it is");
        folded
    }

    fn said(&self, lines: Vec<Line>) -> (Vec<String>, Option<(i64, i64)>) {
        let folded = self.beside(&same_target(lines), None, Claims::new());
        let last = folded.adjustments.last();
        let left = last.map(|last| (last.sale_minor, last.payout_minor));
        (folded.verdicts.iter().map(words).collect(), left)
    }
}

/// Outcome or code, and the warnings but the one that all applied lines have.
fn words(verdict: &Verdict) -> String {
    let applied = verdict.outcome == Outcome::Applied;
    assert_eq!(verdict.adjustment.is_some(), applied);
    assert_eq!(verdict.warnings.contains(&Warning::ClawedBack), applied);
    assert_eq!(verdict.version, None);
    let warnings = verdict.warnings.iter().filter(|one| **one != Warning::ClawedBack);
    let word = verdict.code.map_or(verdict.outcome.as_str(), LineCode::as_str);
    let words = std::iter::once(word).chain(warnings.map(|one| one.as_str()));
    words.collect::<Vec<_>>().join(" ")
}

fn quantity(value: i64) -> Line {
    let figures = Figures { quantity: Some(value), ..Figures::default() };
    Line { figures, ..line(Operation::Modify) }
}

fn more(line: Line) -> Line {
    Line { allow_increase: Some(true), ..line }
}

fn several(changes: &[(&str, Operation)]) -> Line {
    let change = |(sku, operation): &(&str, Operation)| ItemChange {
        item: ItemTarget::Sku((*sku).into()),
        operation: *operation,
        figures: Figures::default(),
    };
    Line { items: changes.iter().map(change).collect(), ..line(Operation::Modify) }
}

#[test]
fn lines_meet_what_the_adjustment_before_them_has_left() {
    use Operation::*;
    let noted = |line: Line| Line { note: Some("again".into()), ..line };
    let rejected = Line { reason: Some("REJECTED".into()), ..amount("5.00") };
    let refused_order = Line { reason: Some("REJECTED".into()), ..line(Reverse) };
    type Case = (Vec<Line>, Vec<&'static str>, Option<(i64, i64)>);
    let table: Vec<Case> = vec![
        (vec![line(Reverse)], vec!["applied"], Some((0, 0))),
        (vec![refused_order], vec!["applied"], Some((0, 0))),
        (
            vec![line(Reverse), noted(line(Reverse))],
            vec!["applied", "duplicate_of_line"],
            Some((0, 0)),
        ),
        (vec![amount("80.00"), line(Reverse)], vec!["applied superseded", "applied"], Some((0, 0))),
        (vec![line(Reverse), amount("5.00")], vec!["applied", "action_reversed"], Some((0, 0))),
        (
            vec![amount("80.00"), amount("70.00")],
            vec!["applied superseded", "applied"],
            Some((7_000, 700)),
        ),
        (
            vec![amount("70.00"), amount("80.00")],
            vec!["applied", "exceeds_remaining"],
            Some((7_000, 700)),
        ),
        (vec![delta("-5.00"), delta("-5.00")], vec!["applied", "applied"], Some((9_000, 900))),
        (
            vec![delta("-60.00"), delta("-60.00")],
            vec!["applied", "exceeds_remaining"],
            Some((4_000, 400)),
        ),
        (vec![amount("100.00")], vec!["unchanged"], None),
        (vec![amount("0.00")], vec!["applied"], Some((0, 0))),
        (vec![amount("150.00")], vec!["exceeds_remaining"], None),
        (vec![delta("5.00")], vec!["exceeds_remaining"], None),
        (vec![rejected], vec!["reason_not_allowed"], None),
        (vec![of(quantity(2), "SHOE")], vec!["applied"], Some((8_000, 800))),
        (vec![of(quantity(4), "SHOE")], vec!["exceeds_remaining"], None),
        (vec![of(line(Reverse), "SOCK")], vec!["applied"], Some((6_000, 600))),
        (vec![of(line(Reverse), "BOOT")], vec!["sku_not_found"], None),
        (vec![several(&[("SHOE", Reverse), ("SOCK", Reverse)])], vec!["applied"], Some((0, 0))),
        // What would raise.
        (vec![line(Approve)], vec!["action_locked"], None),
        (vec![line(Restore)], vec!["action_locked"], None),
        (vec![line(Reset)], vec!["action_locked"], None),
        (vec![line(Reverse), line(Restore)], vec!["applied", "action_locked"], Some((0, 0))),
        (vec![more(amount("150.00"))], vec!["action_locked"], None),
        (
            vec![amount("50.00"), more(amount("60.00"))],
            vec!["applied", "action_locked"],
            Some((5_000, 500)),
        ),
        (vec![more(amount("50.00"))], vec!["applied"], Some((5_000, 500))),
        (
            vec![of(line(Reverse), "SOCK"), several(&[("SHOE", Reverse), ("SOCK", Restore)])],
            vec!["applied", "action_locked"],
            Some((6_000, 600)),
        ),
    ];
    for (lines, said, left) in table {
        let expected: (Vec<String>, _) = (said.into_iter().map(String::from).collect(), left);
        assert_eq!(locked().said(lines.clone()), expected, "{lines:?}");
    }
}

#[test]
fn one_adjustment_follows_another_and_says_where_it_came_from() {
    let case = locked();
    let lines = same_target(vec![delta("-30.00"), line(Operation::Approve), delta("-20.00")]);
    let folded = case.beside(&lines, None, Claims::new());
    let [first, second] = folded.adjustments.as_slice() else { panic!("{folded:?}") };
    assert_eq!((first.sequence, first.line, first.payout_delta_minor), (1, Some(2), -300));
    assert_eq!((second.sequence, second.line, second.payout_delta_minor), (2, Some(4), -200));
    assert_eq!((second.kind, second.state), (Kind::Clawback, State::Approved));
    assert_eq!(second.channel, Channel::Upload);
    assert_eq!(folded.verdicts[2].adjustment, Some(second.id));

    let later =
        case.beside(&same_target(vec![delta("-60.00")]), Some(second.clone()), Claims::new());
    assert_eq!(words(&later.verdicts[0]), "exceeds_remaining");
    let later = case.beside(
        &same_target(vec![line(Operation::Reverse)]),
        Some(second.clone()),
        Claims::new(),
    );
    assert_eq!(later.adjustments[0].sequence, 3);
    assert_eq!((later.adjustments[0].sale_minor, later.adjustments[0].payout_minor), (0, 0));
    let last = later.adjustments[0].clone();
    let again =
        case.beside(&same_target(vec![line(Operation::Reverse)]), Some(last), Claims::new());
    assert_eq!(words(&again.verdicts[0]), "unchanged");
}

#[test]
fn a_fixed_payout_is_given_back_once_all_has_come_back() {
    let mut case = locked();
    let fixed = Rate::Fixed { minor: 1_000, per: crate::contracts::model::FixedPer::Action };
    case.terms.payouts.iter_mut().for_each(|payout| payout.rate = fixed);
    assert_eq!(case.said(vec![amount("0.00")]).1, Some((0, 1_000)), "worth nothing, not reversed");
    assert_eq!(case.said(vec![line(Operation::Reverse)]).1, Some((0, 0)));
}

#[test]
fn the_days_and_the_right_are_asked_for_where_something_would_change() {
    let lines = || vec![amount("100.00"), amount("50.00")];
    let said = |case: &Case| case.said(lines()).0;
    let mut case = locked();
    case.now = "2026-05-01T00:00:00+02:00".parse().unwrap();
    assert_eq!(said(&case), ["unchanged", "clawback_over"]);
    let last_moment = "2026-04-30T23:59:59.999999+02:00";
    case.now = last_moment.parse().unwrap();
    assert_eq!(said(&case), ["unchanged", "applied"]);
    case.authority.may_claw_back = false;
    assert_eq!(said(&case), ["unchanged", "forbidden"]);
    assert_eq!(case.said(vec![line(Operation::Approve)]).0, ["action_locked"]);
}

#[test]
fn a_returns_own_id_is_used_up_by_a_clawback() {
    let case = locked();
    let first = case.beside(&same_target(vec![under(delta("-5.00"), "R-1")]), None, Claims::new());
    let claims: Claims = first
        .claims
        .into_iter()
        .map(|claim| ((claim.external_ref, claim.item_id), claim.digest))
        .collect();
    let lines = same_target(vec![
        under(delta("-5.00"), "R-1"),
        under(delta("-6.00"), "R-1"),
        under(delta("-6.00"), "R-2"),
        under(delta("-6.00"), "R-2"),
    ]);
    let second = case.beside(&lines, first.adjustments.last().cloned(), claims);
    let said: Vec<String> = second.verdicts.iter().map(words).collect();
    assert_eq!(said, ["unchanged", "external_ref_conflict", "applied", "duplicate_of_line"]);
    assert_eq!(second.claims.len(), 1);
}
