//! What becomes of the lines of a batch, said a second time.

use std::collections::HashMap;

use super::lines::{Form, Line, Operation, Sent};
use super::naive::{Ask, Naive, State};

/// The orders of a case, and what was applied under a reference.
#[derive(Clone)]
pub struct Shelf {
    pub orders: Vec<Naive>,
    /// By order, item and reference.
    pub claims: HashMap<(usize, Option<&'static str>, &'static str), Line>,
}

impl Shelf {
    /// What becomes of a batch, line by line.
    pub fn take_in(&mut self, sent: &Sent) -> Vec<String> {
        let before = self.clone();
        let mut told: Vec<String> = Vec::new();
        for place in 0..sent.lines.len() {
            let outcome = self.take_line(place, sent, &told);
            if outcome == "applied" {
                overtake(place, &sent.lines, &mut told);
            }
            told.push(outcome);
        }
        let faulty = told.iter().any(|one| one.starts_with("rejected"));
        if sent.mode == "dry_run" || (sent.mode == "all_or_nothing" && faulty) {
            *self = before;
        }
        if sent.mode == "all_or_nothing" && faulty {
            for one in told.iter_mut().filter(|one| !one.starts_with("rejected")) {
                *one = "rejected batch_rejected".into();
            }
        }
        told
    }

    fn take_line(&mut self, place: usize, sent: &Sent, told: &[String]) -> String {
        let line = &sent.lines[place];
        let Some(order) = self.orders.get(line.order) else {
            return "rejected action_not_found".into();
        };
        if repeats(place, &sent.lines, told) {
            return "duplicate_of_line".into();
        }
        let named = order.things.iter().filter(|thing| Some(thing.sku.as_str()) == line.sku);
        let named: Vec<_> = named.collect();
        let found = line.sku.is_none() || named.len() == 1;
        let claim = line.external_ref.filter(|_| found).map(|one| (line.order, line.sku, one));
        match claim.and_then(|claim| self.claims.get(&claim)) {
            Some(applied) if *applied == line.plain() => return "unchanged".into(),
            Some(_) => return "rejected external_ref_conflict".into(),
            None => {}
        }
        let by_zero = sent.form == Form::Inferred
            && line.operation == Operation::Reverse
            && line.amount.is_some();
        let tracked = match named.as_slice() {
            [one] => one.tracked_amount(),
            _ => order.tracked_sale(),
        };
        if found && by_zero && tracked == 0 {
            return "unchanged tracked_at_zero".into();
        }
        let mut after = order.clone();
        let done = line.ask().and_then(|ask| Ok((after.ask(&ask, 0)?, ask)));
        match done {
            Err(code) => format!("rejected {code}"),
            Ok((false, _)) => "unchanged".into(),
            Ok((true, ask)) if !sent.may_raise && rises(order, &after, &ask) => {
                "rejected forbidden".into()
            }
            Ok((true, _)) => {
                self.orders[line.order] = after;
                claim.map(|claim| self.claims.insert(claim, line.plain()));
                "applied".into()
            }
        }
    }
}

/// Whether a line says what an earlier one of its batch has said, and it is the same question still.
pub fn repeats(place: usize, lines: &[Line], told: &[String]) -> bool {
    let line = lines[place].plain();
    if line.delta.is_some() && line.external_ref.is_none() {
        return false;
    }
    let applied = |place: &usize| told[*place].starts_with("applied");
    (0..place).filter(|earlier| lines[*earlier].plain() == line).any(|earlier| {
        let mut between =
            (earlier + 1..place).filter(|between| lines[*between].order == line.order);
        (applied(&earlier) || told[earlier].starts_with("unchanged"))
            && (line.external_ref.is_some() || !between.any(|between| applied(&between)))
    })
}

/// Tells the last line that set what this one has set anew.
pub fn overtake(place: usize, lines: &[Line], told: &mut [String]) {
    let line = &lines[place];
    let same = |earlier: &usize| {
        let other = &lines[*earlier];
        other.order == line.order && other.sku == line.sku && other.is_absolute()
    };
    let applied = |earlier: &usize| told[*earlier].starts_with("applied");
    let last = (0..place).rev().filter(applied).find(same).filter(|_| line.is_absolute());
    if let Some(last) = last {
        told[last] = "applied superseded".into();
    }
}

pub fn rises(before: &Naive, after: &Naive, ask: &Ask) -> bool {
    let comes_back = before.state == State::Reversed && after.state != State::Reversed;
    let grows = before.things.iter().zip(&after.things).any(|(before, after)| {
        let (then, now) = (before.left(), after.left());
        now.0 > then.0 || now.1 > then.1 || (before.is_gone() && !after.is_gone())
    });
    match ask {
        Ask::Approve | Ask::Restore | Ask::Reset => true,
        Ask::Reverse(_) => false,
        _ => {
            comes_back || grows || after.sale() > before.sale() || after.payout() > before.payout()
        }
    }
}
