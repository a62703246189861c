//! What an action counts as, written down a second time: slowly, by copies instead of marks, with
//! nothing of the program's. Tests hold the program against it. Amounts are minor units, moments are
//! seconds after the tracking.

#![allow(dead_code, reason = "the rules' tests use one part of it, and those of batches another")]

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Approved,
    Reversed,
}

/// What the partner earns.
#[derive(Debug, Clone, Copy)]
pub enum Earns {
    /// So many ten-thousandths of a percent of every item.
    Percent(i64),
    /// So much as long as anything is left.
    PerAction(i64),
    /// So much for every item that is left.
    PerItem(i64),
    /// So much for every unit that is left.
    PerUnit(i64),
}

/// What is done to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    SetQuantity(i64),
    SetAmount(i64),
    Adjust(i64),
    Reverse,
    Restore,
}

/// What is asked of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    Approve,
    Reverse(&'static str),
    Restore,
    Reset,
    Hold,
    Release,
    /// By the lock job, for this moment.
    Lock(i64),
    Modify {
        reason: &'static str,
        raise: bool,
        change: Change,
    },
}

/// What a modification changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Amount(i64),
    Delta(i64),
    /// Steps on items, each named by its article number.
    Steps(Vec<(String, Step)>),
}

/// A thing that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    pub sku: String,
    /// Quantity and amount as tracked.
    tracked: (i64, i64),
    /// Quantity and amount that count.
    pub counts: (i64, i64),
    /// What it was when it was reversed; nothing while it is not.
    saved: Option<(i64, i64)>,
}

impl Thing {
    pub fn tracked_amount(&self) -> i64 {
        self.tracked.1
    }

    /// What there is of it, or would be.
    pub fn left(&self) -> (i64, i64) {
        self.saved.unwrap_or(self.counts)
    }

    pub fn is_gone(&self) -> bool {
        self.saved.is_some()
    }

    fn go(&mut self, left: (i64, i64)) {
        (self.saved, self.counts) = (Some(left), (0, 0));
    }
}

/// When an action closes.
#[derive(Debug, Clone, Copy)]
pub enum Closes {
    /// At this moment.
    At(i64),
    /// At the end of the day on which it is decided, else at the hard stop.
    Open { hard: i64, end_of_day: fn(i64) -> i64 },
}

/// One action.
#[derive(Debug, Clone)]
pub struct Naive {
    pub state: State,
    pub things: Vec<Thing>,
    pub held: bool,
    pub locked: bool,
    pub locks_at: i64,
    earns: Earns,
    closes: Closes,
    /// Everything as it was just before the action was reversed.
    before_reversal: Vec<Thing>,
    reversed_for: &'static str,
}

impl Naive {
    pub fn new(things: &[(&str, i64, i64)], earns: Earns, closes: Closes) -> Self {
        let thing = |(sku, quantity, amount): &(&str, i64, i64)| Thing {
            sku: (*sku).to_string(),
            tracked: (*quantity, *amount),
            counts: (*quantity, *amount),
            saved: None,
        };
        let locks_at = match closes {
            Closes::At(at) => at,
            Closes::Open { hard, .. } => hard,
        };
        Self {
            state: State::Pending,
            things: things.iter().map(thing).collect(),
            held: false,
            locked: false,
            locks_at,
            earns,
            closes,
            before_reversal: Vec::new(),
            reversed_for: "",
        }
    }

    pub fn sale(&self) -> i64 {
        self.things.iter().map(|thing| thing.counts.1).sum()
    }

    pub fn tracked_sale(&self) -> i64 {
        self.things.iter().map(|thing| thing.tracked.1).sum()
    }

    pub fn payout(&self) -> i64 {
        let left = || self.things.iter().filter(|thing| !thing.is_gone());
        if self.state == State::Reversed {
            return 0;
        }
        match self.earns {
            Earns::Percent(parts) => left().map(|thing| share(thing.counts.1, parts)).sum(),
            Earns::PerAction(minor) => minor,
            Earns::PerItem(minor) => left().map(|_| minor).sum(),
            Earns::PerUnit(minor) => left().map(|thing| minor * thing.counts.0).sum(),
        }
    }

    /// Does it and tells whether anything is different, or why it is not done.
    pub fn ask(&mut self, ask: &Ask, at: i64) -> Result<bool, &'static str> {
        self.is_in_time(ask, at)?;
        let before = self.clone();
        match ask {
            Ask::Approve if self.state == State::Approved => return Ok(false),
            Ask::Approve if self.state == State::Pending => self.turn(State::Approved, at),
            Ask::Approve | Ask::Restore if self.state == State::Reversed => {
                self.things = std::mem::take(&mut self.before_reversal);
                self.turn(State::Pending, at);
            }
            Ask::Approve | Ask::Restore => return Err("not_reversed"),
            Ask::Reverse(reason) if self.state == State::Reversed => {
                let other = self.reversed_for != *reason;
                self.reversed_for = reason;
                return Ok(other);
            }
            Ask::Reverse(reason) => {
                self.before_reversal = before.things;
                for thing in self.things.iter_mut().filter(|thing| !thing.is_gone()) {
                    thing.go(thing.counts);
                }
                self.reversed_for = reason;
                self.turn(State::Reversed, at);
            }
            Ask::Reset => {
                for thing in &mut self.things {
                    (thing.counts, thing.saved) = (thing.tracked, None);
                }
                if before.state != State::Reversed && self.counts() == before.counts() {
                    *self = before;
                    return Ok(false);
                }
                self.turn(State::Pending, at);
            }
            Ask::Hold if self.held => return Ok(false),
            Ask::Hold => self.held = true,
            Ask::Release if !self.held => return Ok(false),
            Ask::Release => self.held = false,
            Ask::Lock(_) if self.locked => return Ok(false),
            Ask::Lock(_) => {
                self.locked = true;
                if self.state == State::Pending {
                    self.state = State::Approved;
                }
            }
            Ask::Modify { reason, raise, change } => {
                let changed = self.modify(reason, *raise && *reason == "ORDER_UPDATE", change, at);
                match changed {
                    Ok(true) => {}
                    Ok(false) | Err(_) => {
                        *self = before;
                        return changed;
                    }
                }
            }
        }
        Ok(true)
    }

    fn counts(&self) -> Vec<(i64, i64)> {
        self.things.iter().map(|thing| thing.counts).collect()
    }

    fn turn(&mut self, state: State, at: i64) {
        self.state = state;
        if let Closes::Open { hard, end_of_day } = self.closes {
            self.locks_at = match state {
                State::Pending => hard,
                State::Approved | State::Reversed => end_of_day(at).min(self.locks_at),
            };
        }
    }

    fn is_in_time(&self, ask: &Ask, at: i64) -> Result<(), &'static str> {
        let late = at >= self.locks_at;
        match ask {
            Ask::Lock(_) if self.locked => Ok(()),
            Ask::Lock(_) if self.held => Err("action_held"),
            Ask::Lock(at) if *at < self.locks_at => Err("lock_not_due"),
            Ask::Lock(_) => Ok(()),
            _ if self.locked => Err("action_locked"),
            Ask::Release if self.held => Ok(()),
            _ if late && !self.held => Err("action_locked"),
            Ask::Hold | Ask::Release | Ask::Reverse("CONS_FRAUD") => Ok(()),
            _ if late => Err("action_held"),
            _ => Ok(()),
        }
    }

    /// What comes of it; the caller forgets it unless it is `Ok(true)`.
    fn modify(
        &mut self,
        reason: &'static str,
        raise: bool,
        change: &Change,
        at: i64,
    ) -> Result<bool, &'static str> {
        if ["REJECTED", "CONS_INFO_INVALID", "PARTNER_NOT_ACTIVE"].contains(&reason) {
            return Err("reason_not_allowed");
        }
        let restores = matches!(change, Change::Steps(steps)
            if steps.iter().any(|(_, step)| *step == Step::Restore));
        if self.state == State::Reversed && !restores {
            return Err("action_reversed");
        }
        let (before, was) = (self.things.clone(), self.state);
        match change {
            Change::Amount(minor) => self.spread(*minor, raise)?,
            Change::Delta(minor) if self.sale() + minor < 0 => return Err("exceeds_remaining"),
            Change::Delta(minor) => self.spread(self.sale() + minor, raise)?,
            Change::Steps(steps) => self.step_by_step(steps, raise)?,
        }
        let nothing_left = self.things.iter().all(Thing::is_gone);
        let same = before.iter().zip(&self.things).all(|(one, other)| one.counts == other.counts);
        if same && nothing_left == (was == State::Reversed) {
            return Ok(false);
        }
        if nothing_left {
            self.before_reversal = before;
            self.reversed_for = reason;
        }
        self.turn(if nothing_left { State::Reversed } else { State::Pending }, at);
        Ok(true)
    }

    /// All that is left shall be worth so much together.
    fn spread(&mut self, minor: i64, raise: bool) -> Result<(), &'static str> {
        if minor < 0 {
            return Err("out_of_range");
        }
        if minor > self.sale() && !raise {
            return Err("exceeds_remaining");
        }
        let mut left: Vec<&mut Thing> =
            self.things.iter_mut().filter(|thing| !thing.is_gone()).collect();
        let weights: Vec<i64> = left.iter().map(|thing| thing.counts.1).collect();
        for (thing, part) in left.iter_mut().zip(parts(minor, &weights)) {
            thing.counts.1 = part;
        }
        Ok(())
    }

    fn step_by_step(&mut self, steps: &[(String, Step)], raise: bool) -> Result<(), &'static str> {
        let before = self.things.clone();
        for (sku, step) in steps {
            let named: Vec<usize> =
                (0..self.things.len()).filter(|place| self.things[*place].sku == *sku).collect();
            match named.as_slice() {
                [] => return Err("sku_not_found"),
                [one] => take(&mut self.things[*one], *step, before[*one].left())?,
                _ => return Err("ambiguous_sku"),
            }
        }
        let grew = |(thing, before): (&Thing, &Thing)| {
            let (now, then) = (thing.left(), before.left());
            now.0 > then.0 || now.1 > then.1
        };
        match self.things.iter().zip(&before).any(grew) && !raise {
            true => Err("exceeds_remaining"),
            false => Ok(()),
        }
    }
}

/// One step on one thing, of which there was so much before the command.
fn take(thing: &mut Thing, step: Step, before: (i64, i64)) -> Result<(), &'static str> {
    let (quantity, amount) = thing.counts;
    match step {
        Step::SetQuantity(value) | Step::SetAmount(value) if value < 0 => Err("out_of_range"),
        Step::Restore => match thing.saved.take() {
            Some(saved) => {
                thing.counts = saved;
                Ok(())
            }
            None => Err("not_reversed"),
        },
        Step::Reverse | Step::SetQuantity(0) => {
            if !thing.is_gone() {
                thing.go(before);
            }
            Ok(())
        }
        Step::SetAmount(0) | Step::Adjust(0) if thing.is_gone() => Ok(()),
        _ if thing.is_gone() => Err("exceeds_remaining"),
        Step::SetAmount(minor) => {
            thing.counts.1 = minor;
            Ok(())
        }
        Step::Adjust(minor) if amount + minor < 0 => Err("exceeds_remaining"),
        Step::Adjust(minor) => {
            thing.counts.1 = amount + minor;
            Ok(())
        }
        Step::SetQuantity(kept) if kept <= quantity => {
            // What goes back and what is kept share the amount, the customer's half first.
            thing.counts = (kept, parts(amount, &[quantity - kept, kept])[1]);
            Ok(())
        }
        Step::SetQuantity(more) => {
            let (whole, rest) = (amount * more / quantity, amount * more % quantity);
            thing.counts = (more, whole + i64::from(2 * rest > quantity));
            Ok(())
        }
    }
}

/// An amount in proportion to weights, which add up: what is lost by cutting off goes, one unit each,
/// to those that lost most, the first of equals first. The first takes all if no weight counts.
pub fn parts(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i64 = weights.iter().sum();
    let mut parts: Vec<i64> = weights.iter().map(|_| 0).collect();
    if sum == 0 {
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let mut lost: Vec<i64> = Vec::new();
    for (part, weight) in parts.iter_mut().zip(weights) {
        let exact = i128::from(total) * i128::from(*weight);
        *part = i64::try_from(exact / i128::from(sum)).unwrap();
        lost.push(i64::try_from(exact % i128::from(sum)).unwrap());
    }
    while parts.iter().sum::<i64>() < total {
        let mut most = 0;
        for place in 1..lost.len() {
            if lost[place] > lost[most] {
                most = place;
            }
        }
        parts[most] += 1;
        lost[most] = -1;
    }
    parts
}

/// So many ten-thousandths of a percent, a half up.
fn share(minor: i64, parts: i64) -> i64 {
    const WHOLE: i64 = 1_000_000;
    (minor * parts * 2 + WHOLE) / (WHOLE * 2)
}
