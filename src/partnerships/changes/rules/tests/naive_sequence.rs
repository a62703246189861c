//! Whatever the two sides do, in whatever order: the rules say what the naive model says, after every step.

use proptest::prelude::*;

use super::super::super::model::{Change, OfGrant, Op, OpState, Operation};
use super::super::{Ground, Refusing, accept, refresh, refuse};
use super::naive_partnership::{self as naive, Dice, Naive, Side, Stands, Step};
use super::{at, change};
use crate::kernel::document::Document;
use crate::kernel::id::{CompanyId, OperationId, PersonId};
use crate::partnerships::contacts::model::{Contact, State};
use crate::partnerships::contacts::rules::{self as contact_rules, Chosen};
use crate::partnerships::grants::model::{GrantKind, GrantLevel};
use crate::partnerships::grants::rules as grants;
use crate::partnerships::model::{Partnership, Status};
use crate::partnerships::rules;
use crate::partnerships::tiles::model::Turn;
use crate::partnerships::tiles::rules as tiles;

/// What the rules have made of the same steps.
struct Real {
    sides: [CompanyId; 2],
    people: [PersonId; 4],
    on: Option<Partnership>,
    ground: Ground,
    open: [Option<Change>; 2],
}

fn kind((kind, level): (usize, u8)) -> (GrantKind, Option<GrantLevel>) {
    match kind {
        0 if level == 0 => (GrantKind::SignInAs, Some(GrantLevel::Relationship)),
        0 => (GrantKind::SignInAs, Some(GrantLevel::Company)),
        _ => (GrantKind::ManageStatus, None),
    }
}

impl Real {
    fn new() -> Self {
        Self {
            sides: [CompanyId::new(), CompanyId::new()],
            people: [(); 4].map(|()| PersonId::new()),
            on: None,
            ground: Ground::default(),
            open: [None, None],
        }
    }

    fn contact(&self, person: usize) -> Contact {
        let on = self.on.as_ref().unwrap().id;
        let people = [self.people[person]];
        contact_rules::offer(on, self.sides[person / 2], &people, at(0)).remove(0)
    }

    /// Does it, if the rules let one; gives whether they did.
    fn take(&mut self, step: &Step) -> bool {
        match step {
            Step::Offer { by, people, grants } => self.offer(*by, people, grants),
            Step::Accept { by, people } => self.answer(*by, people.as_deref()),
            Step::Decline { by } => self.moves(
                |on, own| match on.invited_company() == own {
                    true => rules::decline(on, "no".into(), at(1)).ok(),
                    false => None,
                },
                *by,
            ),
            Step::Withdraw { by } => self.moves(
                |on, own| match on.offered_by_company_id == own {
                    true => rules::withdraw(on, at(1)).ok(),
                    false => None,
                },
                *by,
            ),
            Step::End { by } => {
                let ended =
                    self.moves(|on, own| rules::end(on, own, "why".into(), at(1)).ok(), *by);
                if ended {
                    for open in std::mem::take(&mut self.open).into_iter().flatten() {
                        let ground = self.ground.clone();
                        self.ground = refuse(&open, ground, Refusing::Cancel, at(1)).unwrap().1;
                    }
                }
                ended
            }
            Step::Propose { by, ops } => self.propose(*by, ops),
            Step::AcceptChange { by, some } => self.decide(1 - by, |change, ground| {
                let ids = |some: &Vec<usize>| -> Vec<OperationId> {
                    some.iter().map(|place| change.operations.0[*place].id).collect()
                };
                let chosen = some.as_ref().map(ids);
                accept(change, ground, chosen.as_deref(), at(1)).ok()
            }),
            Step::DeclineChange { by } => self
                .decide(1 - by, |one, ground| refuse(one, ground, Refusing::Decline, at(1)).ok()),
            Step::WithdrawChange { by } => {
                self.decide(*by, |one, ground| refuse(one, ground, Refusing::Withdraw, at(1)).ok())
            }
            Step::Revoke { by, kind: number } => {
                let may = self.on.as_ref().is_some_and(|on| grants::revoke(on).is_ok());
                if may {
                    self.ground.grants.remove(&(self.sides[*by], kind((*number, 0)).0));
                    self.refresh();
                }
                may
            }
        }
    }

    fn offer(&mut self, by: Side, people: &[usize], granted: &[(usize, u8)]) -> bool {
        if self.on.as_ref().is_some_and(|on| on.status.is_live()) {
            return false;
        }
        let [own, other] = [self.sides[by], self.sides[1 - by]];
        self.on = Some(Partnership {
            partner_company_id: own,
            client_company_id: other,
            offered_by_company_id: own,
            ..Partnership::standing(Status::Offered)
        });
        let contacts = people.iter().map(|person| self.contact(*person)).collect();
        let granted = granted.iter().map(|one| kind(*one));
        let granted = granted.map(|(kind, level)| ((own, kind), level)).collect();
        self.ground = Ground { description: None, contacts, grants: granted };
        true
    }

    fn answer(&mut self, by: Side, people: Option<&[usize]>) -> bool {
        let ids = |some: &[usize]| some.iter().map(|one| self.people[*one]).collect::<Vec<_>>();
        let ids = people.map(ids);
        let strange = ids
            .as_ref()
            .is_some_and(|ids| !contact_rules::strangers(&self.ground.contacts, ids).is_empty());
        let accepted = !strange
            && self.moves(
                |on, own| match on.invited_company() == own {
                    true => rules::accept(on, None, at(1)).ok(),
                    false => None,
                },
                by,
            );
        if accepted {
            let chosen = ids.map_or(Chosen::All, Chosen::Only);
            for contact in &mut self.ground.contacts {
                *contact = contact_rules::answer(contact, &chosen, at(1)).unwrap();
            }
        }
        accepted
    }

    fn moves(
        &mut self,
        step: impl Fn(&Partnership, CompanyId) -> Option<Partnership>,
        by: Side,
    ) -> bool {
        let after = self.on.as_ref().and_then(|on| step(on, self.sides[by]));
        let moved = after.is_some();
        self.on = after.or(self.on.take());
        moved
    }

    fn operation(&self, op: naive::Op) -> Operation {
        let of_grant = |of: usize, (kind, level)| {
            let bare = OfGrant { kind, by: self.sides[of], level, over: None };
            Some(OfGrant { over: self.ground.extent_of(&bare), ..bare })
        };
        let text = |number: u8| format!("text {number}");
        let (op, person, description, grant) = match op {
            naive::Op::Offer(person) => (Op::OfferContact, Some(person), None, None),
            naive::Op::Release(person) => (Op::ReleaseContact, Some(person), None, None),
            naive::Op::Describe(number) => (Op::SetDescription, None, number.map(text), None),
            naive::Op::Grant { of, kind: number, level } => {
                (Op::SetGrant, None, None, of_grant(of, kind((number, level))))
            }
            naive::Op::Ungrant { of, kind: number } => {
                (Op::RevokeGrant, None, None, of_grant(of, (kind((number, 0)).0, None)))
            }
        };
        Operation {
            id: OperationId::new(),
            op,
            person_id: person.map(|person| self.people[person]),
            description,
            over: self.ground.description.clone(),
            grant,
            state: OpState::Proposed,
        }
    }

    fn propose(&mut self, by: Side, ops: &[naive::Op]) -> bool {
        let operations: Vec<Operation> = ops.iter().map(|op| self.operation(*op)).collect();
        let about = |one: &Operation| {
            let grant = one.grant.map(|grant| (grant.by, grant.kind));
            (one.op == Op::SetDescription, one.person_id, grant)
        };
        let twice = operations
            .iter()
            .enumerate()
            .any(|(place, one)| operations[..place].iter().any(|other| about(other) == about(one)));
        let foreign =
            ops.iter().any(|op| matches!(op, naive::Op::Offer(person) if person / 2 != by));
        let fit = operations
            .iter()
            .all(|one| self.ground.takes(one.op, one.person_id, one.grant.as_ref()).is_ok());
        let active = self.on.as_ref().is_some_and(|on| on.status == Status::Active);
        if twice || foreign || !fit || !active || self.open[by].is_some() {
            return false;
        }
        for op in ops {
            let (person, state) = match op {
                naive::Op::Offer(person) => (*person, State::Offered),
                naive::Op::Release(person) => (*person, State::ReleaseProposed),
                _ => continue,
            };
            let contact = Contact { state, ..self.contact(person) };
            self.ground.contacts.retain(|one| one.person_id != contact.person_id);
            self.ground.contacts.push(contact);
        }
        self.on = self.on.take().map(|on| rules::ask(&on, self.sides[by], at(1)));
        let proposed_by_company_id = self.sides[by];
        let operations = Document(operations);
        let one = Change { operations, proposed_by_company_id, ..change(Vec::new()) };
        self.open[by] = Some(one);
        true
    }

    fn decide(
        &mut self,
        whose: Side,
        answer: impl Fn(&Change, Ground) -> Option<(Change, Ground)>,
    ) -> bool {
        let open = self.open[whose].as_ref();
        let Some((_, new)) = open.and_then(|one| answer(one, self.ground.clone())) else {
            return false;
        };
        (self.ground, self.open[whose]) = (new, None);
        self.on = self.on.take().map(|on| rules::settle(&on, self.sides[whose], at(1)));
        self.refresh();
        true
    }

    fn refresh(&mut self) {
        for open in self.open.iter_mut().flatten() {
            *open = refresh(open, &self.ground, at(1)).unwrap_or(open.clone());
        }
    }

    /// Holds it against the model.
    fn agrees(&self, model: &Naive) {
        let Some(on) = &self.on else { return assert_eq!(model.stands, Stands::Nowhere) };
        let stands = match on.status {
            Status::Offered => Stands::Offered,
            Status::Active => Stands::Active,
            Status::Declined => Stands::Declined,
            Status::Withdrawn => Stands::Withdrawn,
            Status::Ended => Stands::Ended,
            Status::Expired => unreachable!(),
        };
        assert_eq!(stands, model.stands);
        let text = model.agreed.text.map(|number| format!("text {number}"));
        assert_eq!(self.ground.description, text);
        let granted = model.grants().iter();
        let granted = granted.map(|((of, number), level)| {
            let (kind, level) = kind((*number, *level));
            ((self.sides[*of], kind), level)
        });
        assert_eq!(self.ground.grants, granted.collect());
        if on.status.is_live() || on.status == Status::Ended {
            let there = self.ground.contacts.iter().filter(|one| one.state != State::Removed);
            let place = |id| self.people.iter().position(|one| *one == id).unwrap();
            let there = there.map(|one| (place(one.person_id), one.state.as_str())).collect();
            assert_eq!(model.contacts(), there);
        }
        for side in [0, 1] {
            let operations = self.open[side].iter().flat_map(|open| &open.operations.0).enumerate();
            let stale = operations.filter(|(_, one)| one.state == OpState::Stale);
            assert_eq!(model.lost(side), stale.map(|(place, _)| place).collect::<Vec<_>>());
            assert_eq!(model.open[side].is_some(), self.open[side].is_some());
            let turn = tiles::turn(on, self.sides[side]);
            assert_eq!(turn == Turn::Mine, model.is_asked(side));
        }
    }
}

proptest! {
    #[test]
    fn two_sides_come_where_the_naive_model_says(seed in 1_u64.., many in 1_usize..60) {
        let (mut dice, mut model, mut real) = (Dice(seed), Naive::new(), Real::new());
        for _ in 0..many {
            let step = dice.step(&model);
            let (expected, found) = (model.take(&step), real.take(&step));
            prop_assert_eq!(expected, found, "{:?} {:?}", step, model);
            real.agrees(&model);
        }
    }
}

#[test]
fn the_dice_lead_to_every_step_that_is_done_and_refused() {
    let (mut done, mut refused) =
        (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    let mut dice = Dice(7);
    let mut model = Naive::new();
    for _ in 0..20_000 {
        let step = dice.step(&model);
        let name = format!("{step:?}").split([' ', '{']).next().unwrap().to_string();
        if model.take(&step) {
            done.insert(name)
        } else {
            refused.insert(name)
        };
    }
    assert_eq!((done.len(), refused.len()), (10, 10), "{done:?} {refused:?}");
}
