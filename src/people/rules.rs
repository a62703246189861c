//! What people are found by, and what becomes of those who leave.

use unicode_normalization::UnicodeNormalization;

use super::model::Person;
use crate::events::model::Event;
use crate::kernel::time::Instant;

/// How many people a company has at most, those who have left among them.
pub const MOST_PEOPLE: i64 = 10_000;

/// Why a person is not entered, or stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The company has as many as it may have.
    #[error("a company has at most {MOST_PEOPLE} people")]
    TooMany,
    /// The user is another person already.
    #[error("this user is linked to another person of your company")]
    Linked,
}

crate::refusal_codes!(Refusal {
    TooMany => "too_many_people",
    Linked => "user_already_linked",
});

/// A text as searches compare it: whatever the case, and however its letters are written.
pub fn folded(text: &str) -> String {
    let plain: String = text.nfkc().collect();
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a search for a person looks at.
pub fn searched(person: &Person) -> String {
    let Person { first_name, last_name, email, title, .. } = person;
    let title = title.as_deref().unwrap_or_default();
    folded(&format!("{first_name} {last_name} {email} {title}"))
}

/// The person leaves; nothing if that happened before.
pub fn leave(person: &Person, now: Instant) -> Option<Person> {
    let left = Person { left_at: Some(now), updated_at: now, ..person.clone() };
    person.is_active().then_some(left)
}

/// The person is back; nothing if it never left.
pub fn come_back(person: &Person, now: Instant) -> Option<Person> {
    let back = Person { left_at: None, updated_at: now, ..person.clone() };
    (!person.is_active()).then_some(back)
}

/// The event with everything about a person that was edited.
pub fn changes(event: Event, before: &Person, after: &Person) -> Event {
    let user = |person: &Person| person.user_id.map(|user| user.to_string());
    event
        .changed("first_name", before.first_name.as_str(), after.first_name.as_str())
        .changed("last_name", before.last_name.as_str(), after.last_name.as_str())
        .changed("email", before.email.as_str(), after.email.as_str())
        .changed("title", before.title.as_deref(), after.title.as_deref())
        .changed("phone", before.phone.as_deref(), after.phone.as_deref())
        .changed("user_id", user(before), user(after))
        .changed("active", before.is_active(), after.is_active())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::{CompanyId, PersonId};

    fn at(second: i64) -> Instant {
        Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000)
    }

    fn ada() -> Person {
        Person {
            id: PersonId::new(),
            company_id: CompanyId::new(),
            first_name: "Ada".into(),
            last_name: "ＬOVELACE".into(),
            email: "Ada@Acme.example".into(),
            title: None,
            phone: None,
            user_id: None,
            folded: String::new(),
            left_at: None,
            version: 1,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    #[test]
    fn whoever_leaves_does_so_once_and_may_come_back() {
        let here = ada();
        assert_eq!(come_back(&here, at(1)), None);
        let gone = leave(&here, at(1)).expect("she leaves");
        assert_eq!((gone.left_at, gone.updated_at), (Some(at(1)), at(1)));
        assert_eq!(leave(&gone, at(2)), None);
        let back = come_back(&gone, at(3)).expect("she is back");
        assert_eq!(Person { updated_at: here.updated_at, ..back }, here);
    }

    #[test]
    fn a_search_finds_a_name_however_it_is_written() {
        assert_eq!(searched(&ada()), "ada lovelace ada@acme.example");
        assert_eq!(folded("  Jo\u{308}RG \t ﬁnn "), "jörg finn");
    }
}
