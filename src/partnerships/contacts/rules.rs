//! What becomes of contacts.

use std::collections::HashMap;

use super::model::{Contact, Label, State};
use crate::kernel::id::{CompanyId, PartnershipId, PersonId};
use crate::kernel::page::Page;
use crate::kernel::time::Instant;
use crate::partnerships::changes::model::{Change, Op, Operation};

/// The most people that an offer names.
pub const MOST_OFFERED: usize = 50;

/// Which of the contacts that are offered one takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// All of them.
    All,
    /// These.
    Only(Vec<PersonId>),
    /// None: nothing comes of the offer.
    Nobody,
}

/// People who are offered now.
pub fn offer(
    partnership: PartnershipId,
    company: CompanyId,
    people: &[PersonId],
    now: Instant,
) -> Vec<Contact> {
    let contact = |person: &PersonId| Contact {
        partnership_id: partnership,
        person_id: *person,
        company_id: company,
        state: State::Offered,
        offered_at: now,
        updated_at: now,
    };
    people.iter().map(contact).collect()
}

/// What an answer makes of a contact; nothing if it changes nothing.
pub fn answer(contact: &Contact, chosen: &Chosen, now: Instant) -> Option<Contact> {
    let taken = match chosen {
        Chosen::All => true,
        Chosen::Only(people) => people.contains(&contact.person_id),
        Chosen::Nobody => false,
    };
    let state = match contact.state {
        State::Offered if taken => State::Assigned,
        State::Offered => State::Removed,
        State::Assigned | State::ReleaseProposed | State::Removed => return None,
    };
    Some(Contact { state, updated_at: now, ..contact.clone() })
}

/// The person leaves; nothing if it is no contact any more.
pub fn release(contact: &Contact, now: Instant) -> Option<Contact> {
    match contact.state {
        State::Offered | State::Assigned | State::ReleaseProposed => {
            Some(Contact { state: State::Removed, updated_at: now, ..contact.clone() })
        }
        State::Removed => None,
    }
}

/// Where in a list people are named who are not offered.
pub fn strangers(contacts: &[Contact], people: &[PersonId]) -> Vec<usize> {
    let offered = |person: &PersonId| {
        let of_person = |one: &&Contact| one.person_id == *person;
        contacts.iter().find(of_person).is_some_and(|one| one.state == State::Offered)
    };
    let all = people.iter().enumerate();
    all.filter(|(_, person)| !offered(person)).map(|(place, _)| place).collect()
}

/// What stands on a contact's band; nothing on one that is none any more.
pub fn label(state: State) -> Option<Label> {
    match state {
        State::Offered => Some(Label::Offered),
        State::Assigned => Some(Label::Assigned),
        State::ReleaseProposed => Some(Label::Released),
        State::Removed => None,
    }
}

/// What a draft would do to people: its own side reads it over what is so.
pub fn labels(draft: &Change) -> HashMap<PersonId, Label> {
    let label = |one: &Operation| match one.op {
        Op::OfferContact => Some((one.person_id?, Label::ToBeAdded)),
        Op::ReleaseContact => Some((one.person_id?, Label::ToBeReleased)),
        Op::SetGrant | Op::RevokeGrant | Op::SetDescription => None,
    };
    draft.operations.0.iter().filter_map(label).collect()
}

/// A page in the order of ids, with some more who belong in between.
pub fn with_newcomers<Row>(
    page: Page<Row>,
    newcomers: Vec<Row>,
    (after, limit): (Option<PersonId>, i64),
    id: impl Fn(&Row) -> PersonId,
) -> Page<Row> {
    let Page { mut rows, next } = page;
    // What comes after a page that is not the last one belongs to the next.
    let last = rows.last().filter(|_| next.is_some()).map(&id);
    let here = |one: &Row| {
        after.is_none_or(|after| id(one) > after) && last.is_none_or(|last| id(one) < last)
    };
    rows.extend(newcomers.into_iter().filter(here));
    rows.sort_by_key(&id);
    let cut = Page::cut(rows, limit, &id);
    Page { next: cut.next.or(next), rows: cut.rows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_with_newcomers_show_everybody_once_and_in_order(
            there in prop::collection::vec(any::<bool>(), 0..14),
            limit in 1_i64..5,
        ) {
            let mut people: Vec<PersonId> = there.iter().map(|_| PersonId::new()).collect();
            people.sort();
            let of = |wanted: bool| -> Vec<PersonId> {
                let both = people.iter().zip(&there);
                both.filter(|(_, there)| **there == wanted).map(|(one, _)| *one).collect()
            };
            let (old, new) = (of(true), of(false));
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let later = old.iter().filter(|one| after.is_none_or(|after| **one > after));
                let page = Page::cut(later.copied().collect(), limit, |one: &PersonId| *one);
                let page = with_newcomers(page, new.clone(), (after, limit), |one| *one);
                prop_assert!(i64::try_from(page.rows.len()).unwrap() <= limit);
                seen.extend(page.rows);
                match page.next {
                    Some(next) => after = crate::kernel::page::read_cursor(&next),
                    None => break,
                }
            }
            prop_assert_eq!(seen, people);
        }
    }

    fn at(second: i64) -> Instant {
        Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000)
    }

    /// Contacts of one partnership, in these states.
    fn contacts(states: &[State]) -> Vec<Contact> {
        let people: Vec<PersonId> = states.iter().map(|_| PersonId::new()).collect();
        let offered = offer(PartnershipId::new(), CompanyId::new(), &people, at(0));
        let both = offered.into_iter().zip(states);
        both.map(|(contact, state)| Contact { state: *state, ..contact }).collect()
    }

    fn some_states() -> impl Strategy<Value = Vec<State>> {
        prop::collection::vec(prop::sample::select(State::ALL.to_vec()), 0..8)
    }

    proptest! {
        #[test]
        fn an_answer_leaves_nobody_offered_and_touches_nobody_else(
            states in some_states(),
            picks in prop::collection::vec(any::<bool>(), 8),
            whole: bool,
        ) {
            let before = contacts(&states);
            let picked = |contact: &Contact| {
                let place = before.iter().position(|one| one == contact).unwrap();
                picks[place]
            };
            let people = before.iter().filter(|one| picked(one)).map(|one| one.person_id).collect();
            let chosen = if whole { Chosen::All } else { Chosen::Only(people) };
            for contact in &before {
                let after = answer(contact, &chosen, at(1));
                if contact.state != State::Offered {
                    prop_assert_eq!(after, None);
                    continue;
                }
                let taken = whole || picked(contact);
                let state = if taken { State::Assigned } else { State::Removed };
                let expected = Contact { state, updated_at: at(1), ..contact.clone() };
                prop_assert_eq!(after, Some(expected));
                let nobody = answer(contact, &Chosen::Nobody, at(1)).map(|after| after.state);
                prop_assert_eq!(nobody, Some(State::Removed));
            }
        }

        #[test]
        fn whoever_leaves_is_no_contact_and_has_no_label(states in some_states()) {
            for contact in contacts(&states) {
                let after = release(&contact, at(1));
                prop_assert_eq!(after.is_none(), contact.state == State::Removed);
                let after = after.unwrap_or(contact);
                prop_assert_eq!((after.state, label(after.state)), (State::Removed, None));
                prop_assert_eq!(release(&after, at(2)), None);
            }
        }
    }

    #[test]
    fn only_who_is_offered_can_be_taken() {
        let contacts = contacts(State::ALL);
        let mut people: Vec<PersonId> = contacts.iter().map(|one| one.person_id).collect();
        people.push(PersonId::new());
        assert_eq!(strangers(&contacts, &people), [1, 2, 3, 4]);
        assert_eq!(strangers(&contacts, &people[..1]), [0_usize; 0]);
    }

    #[test]
    fn every_state_but_the_last_has_a_label() {
        let labels: Vec<Option<Label>> = State::ALL.iter().map(|state| label(*state)).collect();
        let expected = [Some(Label::Offered), Some(Label::Assigned), Some(Label::Released), None];
        assert_eq!(labels, expected);
    }
}
