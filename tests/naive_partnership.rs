//! What two companies have agreed upon, written down a second time: slowly, by what was agreed and what it
//! was proposed over, with nothing of the program's. Tests hold the program against it.

#![allow(dead_code, reason = "the rules' tests use one part of it, and those over HTTP another")]

use std::collections::{BTreeMap, BTreeSet};

/// One of the two sides: 0 or 1.
pub type Side = usize;
/// Somebody: 0 and 1 are people of the side 0, 2 and 3 of the side 1.
pub type Person = usize;
/// What is granted: 0 has the levels 0 and 1, 1 has the level 0 alone.
pub type Kind = usize;

/// One thing that is to be different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Offer(Person),
    Release(Person),
    Describe(Option<u8>),
    Grant { of: Side, kind: Kind, level: u8 },
    Ungrant { of: Side, kind: Kind },
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Offer {
        by: Side,
        people: Vec<Person>,
        grants: Vec<(Kind, u8)>,
    },
    Accept {
        by: Side,
        people: Option<Vec<Person>>,
    },
    Decline {
        by: Side,
    },
    Withdraw {
        by: Side,
    },
    End {
        by: Side,
    },
    Propose {
        by: Side,
        ops: Vec<Op>,
    },
    /// The other side's change: all of it, or those operations.
    AcceptChange {
        by: Side,
        some: Option<Vec<usize>>,
    },
    DeclineChange {
        by: Side,
    },
    /// One's own.
    WithdrawChange {
        by: Side,
    },
    Revoke {
        by: Side,
        kind: Kind,
    },
}

/// How far the two have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    Nowhere,
    Offered,
    Active,
    Declined,
    Withdrawn,
    Ended,
}

/// What both have said yes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreed {
    pub people: BTreeSet<Person>,
    pub text: Option<u8>,
    pub grants: BTreeMap<(Side, Kind), u8>,
}

/// What an operation is about, as it was when it was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Person(bool),
    Text(Option<u8>),
    Grant(Option<u8>),
}

/// An operation that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    pub op: Op,
    pub over: About,
    /// Whether what it is about has been different since.
    pub lost: bool,
}

/// The two, and what they have agreed upon.
#[derive(Debug, Clone)]
pub struct Naive {
    pub stands: Stands,
    pub offered_by: Side,
    /// What the offer brought along.
    pub brought: Agreed,
    pub agreed: Agreed,
    pub open: [Option<Vec<Wish>>; 2],
}

impl Agreed {
    fn about(&self, op: Op) -> About {
        match op {
            Op::Offer(person) | Op::Release(person) => About::Person(self.people.contains(&person)),
            Op::Describe(_) => About::Text(self.text),
            Op::Grant { of, kind, .. } | Op::Ungrant { of, kind } => {
                About::Grant(self.grants.get(&(of, kind)).copied())
            }
        }
    }

    fn becomes(&mut self, op: Op) {
        match op {
            Op::Offer(person) => drop(self.people.insert(person)),
            Op::Release(person) => drop(self.people.remove(&person)),
            Op::Describe(text) => self.text = text,
            Op::Grant { of, kind, level } => drop(self.grants.insert((of, kind), level)),
            Op::Ungrant { of, kind } => drop(self.grants.remove(&(of, kind))),
        }
    }
}

/// What two operations of one change must not both be about.
fn subject(op: Op) -> (usize, usize) {
    match op {
        Op::Offer(person) | Op::Release(person) => (0, person),
        Op::Describe(_) => (1, 0),
        Op::Grant { of, kind, .. } | Op::Ungrant { of, kind } => (2 + of, kind),
    }
}

impl Naive {
    pub fn new() -> Self {
        let nothing = Agreed::default;
        let (stands, offered_by) = (Stands::Nowhere, 0);
        Self { stands, offered_by, brought: nothing(), agreed: nothing(), open: [None, None] }
    }

    /// Does it, if it may be done; gives whether it was.
    pub fn take(&mut self, step: &Step) -> bool {
        let may = self.may(step);
        if may {
            self.does(step);
            let now = self.agreed.clone();
            for wish in self.open.iter_mut().flatten().flatten() {
                wish.lost |= now.about(wish.op) != wish.over;
            }
        }
        may
    }

    fn may(&self, step: &Step) -> bool {
        let (offered, active) = (self.stands == Stands::Offered, self.stands == Stands::Active);
        match step {
            Step::Offer { .. } => !offered && !active,
            Step::Accept { by, people } => {
                let known = |one: &Person| self.brought.people.contains(one);
                offered && *by != self.offered_by && people.iter().flatten().all(known)
            }
            Step::Decline { by } => offered && *by != self.offered_by,
            Step::Withdraw { by } => offered && *by == self.offered_by,
            Step::End { .. } => active,
            Step::Propose { by, ops } => {
                let subjects: BTreeSet<_> = ops.iter().map(|op| subject(*op)).collect();
                let distinct = subjects.len() == ops.len();
                let fit = ops.iter().all(|op| self.fits(*by, *op));
                active && self.open[*by].is_none() && distinct && fit
            }
            Step::AcceptChange { by, some } => self.open[1 - by].as_ref().is_some_and(|wishes| {
                let meant = |place: &usize| some.as_ref().is_none_or(|some| some.contains(place));
                (0..wishes.len()).filter(meant).all(|place| !wishes[place].lost)
            }),
            Step::DeclineChange { by } => self.open[1 - by].is_some(),
            Step::WithdrawChange { by } => self.open[*by].is_some(),
            Step::Revoke { .. } => offered || active,
        }
    }

    fn fits(&self, by: Side, op: Op) -> bool {
        let there = |person| self.agreed.people.contains(&person);
        let going = |person| {
            let mut wishes = self.open.iter().flatten().flatten();
            wishes.any(|wish| wish.op == Op::Release(person))
        };
        match op {
            Op::Offer(person) => person / 2 == by && !there(person),
            Op::Release(person) => there(person) && !going(person),
            Op::Describe(_) => true,
            Op::Grant { of, kind, level } => self.agreed.grants.get(&(of, kind)) != Some(&level),
            Op::Ungrant { of, kind } => self.agreed.grants.contains_key(&(of, kind)),
        }
    }

    fn does(&mut self, step: &Step) {
        match step {
            Step::Offer { by, people, grants } => {
                let grants = grants.iter().map(|(kind, level)| ((*by, *kind), *level)).collect();
                let people = people.iter().copied().collect();
                *self = Self { stands: Stands::Offered, offered_by: *by, ..Self::new() };
                self.brought = Agreed { people, text: None, grants };
            }
            Step::Accept { people, .. } => {
                self.stands = Stands::Active;
                self.agreed = self.brought.clone();
                if let Some(some) = people {
                    self.agreed.people.retain(|person| some.contains(person));
                }
            }
            Step::Decline { .. } => self.stands = Stands::Declined,
            Step::Withdraw { .. } => self.stands = Stands::Withdrawn,
            Step::End { .. } => {
                self.stands = Stands::Ended;
                self.open = [None, None];
            }
            Step::Propose { by, ops } => {
                let wish = |op: &Op| Wish { op: *op, over: self.agreed.about(*op), lost: false };
                self.open[*by] = Some(ops.iter().map(wish).collect());
            }
            Step::AcceptChange { by, some } => {
                let wishes = self.open[1 - by].take().unwrap_or_default();
                for (place, wish) in wishes.iter().enumerate() {
                    if some.as_ref().is_none_or(|some| some.contains(&place)) {
                        self.agreed.becomes(wish.op);
                    }
                }
            }
            Step::DeclineChange { by } => self.open[1 - by] = None,
            Step::WithdrawChange { by } => self.open[*by] = None,
            Step::Revoke { by, kind } => {
                self.brought.grants.remove(&(*by, *kind));
                self.agreed.grants.remove(&(*by, *kind));
            }
        }
    }

    /// The contacts that are none the less there, each with what it is.
    pub fn contacts(&self) -> BTreeMap<Person, &'static str> {
        let mut all: BTreeMap<Person, &'static str> = BTreeMap::new();
        if self.stands == Stands::Offered {
            all.extend(self.brought.people.iter().map(|person| (*person, "offered")));
        }
        all.extend(self.agreed.people.iter().map(|person| (*person, "assigned")));
        for wish in self.open.iter().flatten().flatten().filter(|wish| !wish.lost) {
            match wish.op {
                Op::Offer(person) => drop(all.insert(person, "offered")),
                Op::Release(person) => drop(all.insert(person, "release_proposed")),
                Op::Describe(_) | Op::Grant { .. } | Op::Ungrant { .. } => {}
            }
        }
        all
    }

    /// What is granted, or would have been.
    pub fn grants(&self) -> &BTreeMap<(Side, Kind), u8> {
        match self.stands {
            Stands::Active | Stands::Ended => &self.agreed.grants,
            _ => &self.brought.grants,
        }
    }

    /// Whether a side has something to answer.
    pub fn is_asked(&self, side: Side) -> bool {
        let offer = self.stands == Stands::Offered && side != self.offered_by;
        offer || self.open[1 - side].is_some()
    }

    /// The places of the operations of a side's change that no longer fit.
    pub fn lost(&self, side: Side) -> Vec<usize> {
        let wishes = self.open[side].iter().flatten().enumerate();
        wishes.filter(|(_, wish)| wish.lost).map(|(place, _)| place).collect()
    }
}

/// Numbers that follow from a first one.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, many: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % many
    }

    fn some(&mut self, of: &[usize]) -> Vec<usize> {
        of.iter().copied().filter(|_| self.below(2) == 0).collect()
    }

    fn grant(&mut self) -> (Kind, u8) {
        let kind = self.below(2);
        (kind, if kind == 0 { u8::try_from(self.below(2)).unwrap() } else { 0 })
    }

    fn op(&mut self, by: Side) -> Op {
        match self.below(6) {
            0 | 1 => Op::Offer(by * 2 + self.below(2)),
            2 => Op::Release(self.below(4)),
            3 => Op::Describe([None, Some(1), Some(2)][self.below(3)]),
            4 => {
                let (kind, level) = self.grant();
                Op::Grant { of: self.below(2), kind, level }
            }
            _ => Op::Ungrant { of: self.below(2), kind: self.below(2) },
        }
    }

    /// Something to do next, which often may be done.
    pub fn step(&mut self, now: &Naive) -> Step {
        let by = self.below(2);
        let usual = match now.stands {
            Stands::Offered => 2 + self.below(9),
            Stands::Active => 4 + self.below(20),
            _ => 0,
        };
        let any = self.below(12);
        match if self.below(8) == 0 { any } else { usual } {
            0 | 1 => {
                let people = self.some(&[by * 2, by * 2 + 1]);
                let mut grants: Vec<(Kind, u8)> =
                    (0..self.below(3)).map(|_| self.grant()).collect();
                grants.dedup_by_key(|(kind, _)| *kind);
                grants.truncate(1);
                Step::Offer { by, people, grants }
            }
            2 => Step::Withdraw { by },
            3 => Step::Decline { by },
            4 => Step::End { by },
            6 | 7 => Step::Revoke { by, kind: self.below(2) },
            _ if now.stands == Stands::Offered => {
                let offered: Vec<Person> = now.brought.people.iter().copied().collect();
                let some = self.some(&offered);
                Step::Accept { by, people: (self.below(2) == 0).then_some(some) }
            }
            8 => Step::WithdrawChange { by },
            9 => Step::DeclineChange { by },
            10..=15 if now.open[1 - by].is_some() => {
                let many = now.open[1 - by].as_ref().map_or(0, Vec::len);
                let places: Vec<usize> = (0..many).collect();
                let some = self.some(&places);
                Step::AcceptChange {
                    by,
                    some: (self.below(2) == 0 && !some.is_empty()).then_some(some),
                }
            }
            _ => {
                let many = 1 + self.below(3);
                Step::Propose { by, ops: (0..many).map(|_| self.op(by)).collect() }
            }
        }
    }
}
