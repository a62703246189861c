//! What lines do to an action, case by case.

use super::*;
use crate::actions::rules::tests::sample::{Sample, sample};
use crate::contracts::model::{Rate, Terms};
use crate::kernel::id::{ActionId, ProgramId};
use crate::kernel::time::{Instant, Zone};
use crate::reversals::line::{Figures, ItemTarget, TargetOf};

mod beside;

struct Case {
    terms: Terms,
    zone: Zone,
    now: Instant,
    action: Action,
    authority: Authority,
}

/// An action of 60.00 for three shoes and 40.00 for a sock, of which a tenth is paid.
fn case() -> Case {
    let now: Instant = "2026-02-10T12:00:00Z".parse().unwrap();
    let items = [("SHOE", 3, 6_000), ("SOCK", 1, 4_000)];
    let Sample { action, terms, zone } = sample(&items, Rate::Percent(10.into()), now);
    let authority = Authority { may_raise: true, ..Authority::default() };
    Case { terms, zone, now, action, authority }
}

impl Case {
    fn run(&self) -> Run<'_> {
        Run {
            reversal: ReversalId::new(),
            company: self.action.company_id,
            authority: &self.authority,
            doer: Doer::SYSTEM,
            channel: Channel::Upload,
        }
    }

    fn fold(&self, lines: &[Line], claims: Claims) -> Folded {
        let numbered: Vec<Numbered> = (2..)
            .zip(lines)
            .map(|(number, line)| Numbered { number, line: line.clone() })
            .collect();
        let setting = Setting {
            terms: &self.terms,
            zone: &self.zone,
            at: self.now,
            now: self.now,
            reversed_for: None,
        };
        fold(&self.action, &numbered, self.run(), setting, (claims, &mut UpdateId::new))
    }
}

fn line(operation: Operation) -> Line {
    Line {
        target: TargetOf::Action(ActionId::new()),
        item: None,
        operation,
        reason: Some("ORDER_UPDATE".into()),
        figures: Figures::default(),
        currency: None,
        external_ref: None,
        note: None,
        allow_increase: None,
        items: vec![],
    }
}

fn same_target(lines: Vec<Line>) -> Vec<Line> {
    let target = TargetOf::Action(ActionId::new());
    lines.into_iter().map(|line| Line { target: target.clone(), ..line }).collect()
}

fn amount(text: &str) -> Line {
    let figures = Figures { amount: Some(text.into()), ..Figures::default() };
    Line { figures, ..line(Operation::Modify) }
}

fn delta(text: &str) -> Line {
    let figures = Figures { amount_delta: Some(text.into()), ..Figures::default() };
    Line { figures, ..line(Operation::Modify) }
}

fn of(line: Line, sku: &str) -> Line {
    Line { item: Some(ItemTarget::Sku(sku.into())), ..line }
}

fn under(line: Line, external_ref: &str) -> Line {
    Line { external_ref: Some(external_ref.into()), ..line }
}

/// What a verdict is in one word.
fn word(verdict: &Verdict) -> &'static str {
    match (verdict.code, verdict.warnings.first()) {
        (Some(code), _) => code.as_str(),
        (None, Some(warning)) => warning.as_str(),
        (None, None) => verdict.outcome.as_str(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn lines_meet_the_action_as_the_line_before_left_it() {
    use Operation::*;
    let increased = || Line { allow_increase: Some(true), ..amount("150.00") };
    let noted = |line: Line| Line { note: Some("again".into()), ..line };
    let quantity = |value| Line {
        figures: Figures { quantity: Some(value), ..Figures::default() },
        ..line(Modify)
    };
    let dollars = Line { currency: Some("USD".parse().unwrap()), ..line(Reverse) };
    let other = |note: Option<&str>| Line {
        reason: Some("OTHER".into()),
        note: note.map(Into::into),
        ..line(Reverse)
    };
    let table: Vec<(Vec<Line>, Vec<&str>, i64)> = vec![
        (vec![line(Reverse)], vec!["applied"], 0),
        (vec![line(Reverse), noted(line(Reverse))], vec!["applied", "duplicate_of_line"], 0),
        (vec![line(Reverse), amount("5.00")], vec!["applied", "action_reversed"], 0),
        (vec![line(Reverse), line(Restore)], vec!["applied", "applied"], 10_000),
        (vec![line(Restore)], vec!["not_reversed"], 10_000),
        (vec![amount("80.00"), amount("70.00")], vec!["superseded", "applied"], 7_000),
        (vec![amount("80.00"), line(Reverse)], vec!["superseded", "applied"], 0),
        (vec![amount("80.00"), delta("-5.00")], vec!["applied", "applied"], 7_500),
        (vec![delta("-5.00"), delta("-5.00")], vec!["applied", "applied"], 9_000),
        (vec![delta("-5.00"), delta("-500.00")], vec!["applied", "exceeds_remaining"], 9_500),
        (vec![amount("100.00")], vec!["unchanged"], 10_000),
        (vec![amount("150.00")], vec!["exceeds_remaining"], 10_000),
        (vec![increased()], vec!["applied"], 15_000),
        (vec![of(line(Reverse), "SHOE")], vec!["applied"], 4_000),
        (vec![of(line(Reverse), "BOOT")], vec!["sku_not_found"], 10_000),
        (
            vec![of(line(Reverse), "SHOE"), of(line(Restore), "SHOE")],
            vec!["applied", "applied"],
            10_000,
        ),
        (vec![of(quantity(1), "SHOE")], vec!["applied"], 6_000),
        (vec![quantity(1)], vec!["missing_field"], 10_000),
        (vec![of(line(Approve), "SHOE")], vec!["conflicting_fields"], 10_000),
        (
            vec![of(amount("10.00"), "SHOE"), of(amount("20.00"), "SOCK")],
            vec!["applied", "applied"],
            3_000,
        ),
        (vec![amount("1.234")], vec!["too_precise"], 10_000),
        (vec![amount("1,50")], vec!["bad_number"], 10_000),
        (vec![dollars], vec!["currency_mismatch"], 10_000),
        (vec![other(None)], vec!["missing_field"], 10_000),
        (vec![other(Some("why"))], vec!["applied"], 0),
        (vec![other(None), other(Some("why"))], vec!["missing_field", "applied"], 0),
        (
            vec![line(Reverse), line(Restore), line(Reverse)],
            vec!["superseded", "applied", "applied"],
            0,
        ),
        (
            vec![amount("80.00"), amount("60.00"), amount("80.00")],
            vec!["superseded", "applied", "exceeds_remaining"],
            6_000,
        ),
        (
            vec![under(line(Reverse), "R"), line(Restore), under(line(Reverse), "R")],
            vec!["applied", "applied", "duplicate_of_line"],
            10_000,
        ),
        (
            vec![line(Approve), line(Approve), line(Approve)],
            vec!["applied", "duplicate_of_line", "duplicate_of_line"],
            10_000,
        ),
        (
            vec![under(delta("-5.00"), "R"), under(delta("-5.00"), "R")],
            vec!["applied", "duplicate_of_line"],
            9_500,
        ),
        (
            vec![under(delta("-5.00"), "R"), under(delta("-6.00"), "R")],
            vec!["applied", "external_ref_conflict"],
            9_500,
        ),
        (
            vec![under(delta("-500.00"), "R"), under(delta("-6.00"), "R")],
            vec!["exceeds_remaining", "applied"],
            9_400,
        ),
        (
            vec![under(of(delta("-5.00"), "SHOE"), "R"), under(of(delta("-6.00"), "SOCK"), "R")],
            vec!["applied", "applied"],
            8_900,
        ),
    ];
    for (lines, expected, sale) in table {
        let case = case();
        let lines = same_target(lines);
        let folded = case.fold(&lines, Claims::new());
        let words: Vec<_> = folded.verdicts.iter().map(word).collect();
        assert_eq!(words, expected, "{lines:#?}");
        let after = folded.after.as_ref().unwrap_or(&case.action);
        assert_eq!(after.sale_minor, sale, "{lines:#?}");
        let deltas: i64 = folded.entries.iter().map(|entry| entry.sale_delta_minor).sum();
        assert_eq!(case.action.sale_minor + deltas, sale, "the ledger adds up: {lines:#?}");
        let applied = folded.verdicts.iter().filter(|one| one.outcome == Outcome::Applied).count();
        assert_eq!(folded.entries.len(), applied);
        assert_eq!(after.version, case.action.version + i64::try_from(applied).unwrap());
    }
}

#[test]
fn without_the_right_to_raise_a_line_only_lowers() {
    use Operation::*;
    let mut case = case();
    case.authority.may_raise = false;
    let raised = Line { allow_increase: Some(true), ..amount("150.00") };
    let exchanged = Line { allow_increase: Some(true), ..of(amount("80.00"), "SHOE") };
    for refused in [line(Approve), raised, exchanged] {
        let folded = case.fold(&[refused], Claims::new());
        assert_eq!(word(&folded.verdicts[0]), "forbidden");
        assert_eq!(folded.after, None);
    }
    let folded = case.fold(
        &same_target(vec![of(line(Reverse), "SHOE"), of(line(Restore), "SHOE")]),
        Claims::new(),
    );
    assert_eq!(folded.verdicts.iter().map(word).collect::<Vec<_>>(), ["applied", "forbidden"]);
}

#[test]
fn a_reference_used_in_another_batch_is_used_up() {
    let case = case();
    let first = case.fold(&[under(delta("-5.00"), "R")], Claims::new());
    let [claim] = first.claims.as_slice() else { panic!("one claim") };
    let claims = || Claims::from([(("R".into(), claim.item_id), claim.digest.clone())]);
    let again = case.fold(&[under(delta("-5.00"), "R")], claims());
    assert_eq!(word(&again.verdicts[0]), "unchanged");
    let other = case.fold(&[under(delta("-5.01"), "R")], claims());
    assert_eq!(word(&other.verdicts[0]), "external_ref_conflict");
}

#[test]
fn an_action_that_is_not_ours_is_hidden_and_one_that_pays_us_forbidden() {
    let case = case();
    assert_eq!(Hidden::of(&case.action, case.run()), None);
    let partner = Run { company: case.action.partner_company_id, ..case.run() };
    assert_eq!(Hidden::of(&case.action, partner), Some(Hidden::OtherSide));
    let stranger = Run { company: CompanyId::new(), ..case.run() };
    assert_eq!(Hidden::of(&case.action, stranger), Some(Hidden::Unknown));
    let limited = Authority { programs: Some(vec![ProgramId::new()]), ..Authority::default() };
    let limited = Run { authority: &limited, ..case.run() };
    assert_eq!(Hidden::of(&case.action, limited), Some(Hidden::Unknown));
}

#[test]
fn what_was_tracked_at_nothing_is_not_reversed_by_zero() {
    let mut case = case();
    case.action.tracked_sale_minor = 0;
    let figures = Figures { amount: Some("0".into()), ..Figures::default() };
    let zero = Line { figures, ..line(Operation::Reverse) };
    let folded = case.fold(std::slice::from_ref(&zero), Claims::new());
    assert_eq!(word(&folded.verdicts[0]), "tracked_at_zero");
    assert_eq!(folded.verdicts[0].outcome, Outcome::Unchanged);
    let folded = case.fold(&[of(zero, "BOOT")], Claims::new());
    assert_eq!(word(&folded.verdicts[0]), "sku_not_found", "which is no word about the order");
}

#[test]
fn a_reference_of_the_whole_order_is_none_of_an_item_that_there_is_not() {
    let case = case();
    let lines = same_target(vec![
        under(line(Operation::Reverse), "R"),
        line(Operation::Restore),
        of(under(line(Operation::Reverse), "R"), "BOOT"),
    ]);
    let words: Vec<_> = case.fold(&lines, Claims::new()).verdicts.iter().map(word).collect();
    assert_eq!(words, ["applied", "applied", "sku_not_found"]);
}
