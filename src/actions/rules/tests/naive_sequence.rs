//! Whatever is done, in whatever order: the rules say what the naive model says, after every step.

use proptest::prelude::*;

use super::naive::{self, Ask, Closes, Earns, Naive};
use super::*;

const DAY: i64 = 86_400;

/// From the tracking, noon in London, to a midnight in Berlin 15 days later.
const CLOSES: i64 = 15 * DAY + 11 * 3_600;

fn moment(seconds: i64) -> Instant {
    Instant::from_micros(at(TRACKED).micros() + seconds * 1_000_000)
}

/// The next midnight in Berlin, an hour before London until the 29th of March at one, then two.
fn end_of_day(seconds: i64) -> i64 {
    const NOON: i64 = 12 * 3_600;
    let changes = 18 * DAY + 13 * 3_600;
    let ahead = |seconds: i64| if seconds < changes { 3_600 } else { 7_200 };
    let is_midnight = |seconds: &i64| (seconds + NOON + ahead(*seconds)) % DAY == 0;
    (seconds + 1..).find(is_midnight).unwrap()
}

/// What was bought: an article number, a quantity, an amount.
type Bought = (&'static str, i64, i64);

fn sku() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "d"])
}

fn bought() -> impl Strategy<Value = Vec<Bought>> {
    let amount = prop_oneof![1 => Just(0), 3 => 1_i64..12, 6 => 0_i64..20_000];
    prop::collection::vec((sku(), 1_i64..8, amount), 1..5)
}

fn earns() -> impl Strategy<Value = Earns> {
    prop_oneof![
        // As fine as percentages may be.
        3 => (0_i64..1_000_000).prop_map(Earns::Percent),
        1 => (0_i64..5_000).prop_map(Earns::PerAction),
        1 => (0_i64..5_000).prop_map(Earns::PerItem),
        1 => (0_i64..5_000).prop_map(Earns::PerUnit),
    ]
}

fn rate(earns: Earns) -> Rate {
    match earns {
        Earns::Percent(parts) => Rate::Percent(rust_decimal::Decimal::new(parts, 4)),
        Earns::PerAction(minor) => Rate::Fixed { minor, per: FixedPer::Action },
        Earns::PerItem(minor) => Rate::Fixed { minor, per: FixedPer::Item },
        Earns::PerUnit(minor) => Rate::Fixed { minor, per: FixedPer::Unit },
    }
}

fn reason() -> impl Strategy<Value = &'static str> {
    let all = vec!["ITEM_RETURNED", "ORDER_UPDATE", "CONS_FRAUD", "REJECTED"];
    prop_oneof![2 => Just("ORDER_UPDATE"), 3 => prop::sample::select(all)]
}

fn step() -> impl Strategy<Value = naive::Step> {
    use naive::Step::*;
    prop_oneof![
        3 => (-1_i64..9).prop_map(SetQuantity),
        1 => (-2_i64..20_000).prop_map(SetAmount),
        1 => (-9_000_i64..2_000).prop_map(Adjust),
        1 => (-5_i64..2).prop_map(Adjust),
        3 => Just(Reverse),
        2 => Just(Restore),
    ]
}

fn change() -> impl Strategy<Value = naive::Change> {
    use naive::Change::*;
    let named = (sku(), step()).prop_map(|(sku, step)| (sku.to_string(), step));
    prop_oneof![
        1 => (-2_i64..40_000).prop_map(Amount),
        1 => (-20_000_i64..9_000).prop_map(Delta),
        4 => prop::collection::vec(named, 1..5).prop_map(Steps),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let modify = (reason(), any::<bool>(), change())
        .prop_map(|(reason, raise, change)| Ask::Modify { reason, raise, change });
    prop_oneof![
        2 => Just(Ask::Approve),
        10 => modify,
        2 => reason().prop_map(Ask::Reverse),
        3 => Just(Ask::Restore),
        1 => Just(Ask::Reset),
        1 => Just(Ask::Hold),
        1 => Just(Ask::Release),
        1 => (0..40 * DAY).prop_map(Ask::Lock),
    ]
}

/// The same, in the words of the rules.
fn command(ask: &Ask) -> Command {
    let reason = |code: &str| crate::actions::reasons::find(code).unwrap();
    match ask {
        Ask::Approve => Command::Approve,
        Ask::Reverse(code) => Command::Reverse { reason: reason(code) },
        Ask::Restore => Command::Restore,
        Ask::Reset => Command::Reset,
        Ask::Hold => hold(),
        Ask::Release => Command::Release,
        Ask::Lock(at) => Command::Lock { at: moment(*at) },
        Ask::Modify { reason: code, raise, change } => Command::Modify(Modify {
            reason: reason(code),
            allow_increase: *raise,
            change: match change {
                naive::Change::Amount(minor) => Change::Amount(*minor),
                naive::Change::Delta(minor) => Change::AmountDelta(*minor),
                naive::Change::Steps(steps) => {
                    let steps = steps.iter().map(|(sku, step)| (sku.as_str(), taken(*step)));
                    super::items(&steps.collect::<Vec<_>>())
                }
            },
        }),
    }
}

fn taken(step: naive::Step) -> Step {
    match step {
        naive::Step::SetQuantity(value) => Step::SetQuantity(value),
        naive::Step::SetAmount(minor) => Step::SetAmount(minor),
        naive::Step::Adjust(minor) => Step::AdjustAmount(minor),
        naive::Step::Reverse => Step::Reverse,
        naive::Step::Restore => Step::Restore,
    }
}

/// All that can be seen of an action: state, held, locked, when it locks, sale, payout, and what each
/// item counts as.
type Seen = (naive::State, bool, bool, Instant, i64, i64, Vec<(i64, i64)>);

fn seen(action: &Action) -> Seen {
    let state = match action.state {
        State::Pending => naive::State::Pending,
        State::Approved => naive::State::Approved,
        State::Reversed => naive::State::Reversed,
    };
    let items = action.items.0.iter().map(|item| {
        let counted = items::counted(action.state, item);
        (counted.quantity, counted.amount_minor)
    });
    let (sale, payout, locks_at) = (action.sale_minor, action.payout_minor, action.locks_at);
    (state, action.held, action.locked_at.is_some(), locks_at, sale, payout, items.collect())
}

fn wanted(model: &Naive) -> Seen {
    let items = model.things.iter().map(|thing| thing.counts).collect();
    let locks_at = moment(model.locks_at);
    (model.state, model.held, model.locked, locks_at, model.sale(), model.payout(), items)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_say_what_the_naive_model_says(
        bought in bought(),
        earns in earns(),
        open_ended: bool,
        asks in prop::collection::vec((ask(), 0..DAY), 1..24),
    ) {
        let (lock, closes) = match open_ended {
            true => (LockRule::OpenEnded, Closes::Open { hard: 730 * DAY, end_of_day }),
            false => {
                let lock = LockRule::After { after: After::Day, months: 0, days: 15 };
                (lock, Closes::At(CLOSES))
            }
        };
        let mut case = Case::of(&bought, rate(earns), lock);
        let mut model = Naive::new(&bought, earns, closes);
        prop_assert_eq!(seen(&case.action), wanted(&model));
        let mut seconds = 0;
        for (ask, pause) in asks {
            seconds += pause;
            case.at = moment(seconds);
            let command = command(&ask);
            let decided = case.decide(&command);
            let said = match &decided {
                Ok(Decision::Changed(_)) => Ok(true),
                Ok(Decision::Unchanged) => Ok(false),
                Err(refusal) => Err(refusal.code()),
            };
            prop_assert_eq!(said, model.ask(&ask, seconds), "{:?} of {:#?}", ask, case.action);
            if let Ok(Decision::Changed(after)) = decided {
                case.action = after;
                if let (State::Reversed, Command::Reverse { reason })
                    | (State::Reversed, Command::Modify(Modify { reason, .. })) =
                    (case.action.state, &command)
                {
                    case.reversed_for = Some(*reason);
                }
            }
            prop_assert_eq!(seen(&case.action), wanted(&model), "after {:?}", ask);
        }
    }
}

#[test]
fn the_model_shares_by_largest_remainder() {
    assert_eq!(naive::parts(1_000, &[1, 2]), [333, 667]);
    assert_eq!(naive::parts(1, &[1, 1]), [1, 0]);
    assert_eq!(naive::parts(5, &[0, 0]), [5, 0]);
    assert_eq!(end_of_day(0), 11 * 3_600);
    assert_eq!(moment(CLOSES), at(LOCKS));
}
