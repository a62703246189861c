//! Who may be looked after, and what a label is.

use std::collections::BTreeSet;

use super::model::Relation;
use crate::error::Fault;
use crate::kernel::id::UserId;
use crate::kernel::search;

/// The most labels of a company.
pub const MOST_TAGS: usize = 20;
/// The most letters of a label.
pub const LONGEST_TAG: usize = 40;

/// Why nobody is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is offered or active between the two.
    #[error("there is no offered or active partnership with this company")]
    NotTogether,
}

crate::refusal_codes!(Refusal {
    NotTogether => "not_together",
});

/// What becomes of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment {
    /// The same person looks after it as before.
    Same,
    /// Another person does, instead of whoever did.
    Another,
}

/// Whether a person can be given a company to look after.
pub fn assign(relation: &Relation, user: UserId) -> Result<Assignment, Refusal> {
    match relation.account_owner_id {
        Some(owner) if owner == user => Ok(Assignment::Same),
        _ if !relation.is_live => Err(Refusal::NotTogether),
        Some(_) | None => Ok(Assignment::Another),
    }
}

/// A label as it is kept: folded, and with one space where there were some. Nothing if that is no label.
pub fn tag(written: &str) -> Option<String> {
    let folded = search::folded(written);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let tag = words.join(" ");
    let fits = !tag.is_empty() && tag.chars().count() <= LONGEST_TAG;
    (fits && !tag.contains(|letter: char| letter.is_control() || letter == ',')).then_some(tag)
}

/// The labels that are meant, each once, or what is wrong with them.
pub fn tags(written: &[String]) -> Result<BTreeSet<String>, Vec<Fault>> {
    let (mut tags, mut faults) = (BTreeSet::new(), Vec::new());
    for (place, text) in written.iter().enumerate() {
        match tag(text) {
            Some(tag) => {
                tags.insert(tag);
            }
            None => faults.push(unfit(place, text)),
        }
    }
    if faults.is_empty() { Ok(tags) } else { Err(faults) }
}

fn unfit(place: usize, text: &str) -> Fault {
    let at = format!("/tags/{place}");
    if text.trim().is_empty() {
        Fault::at(at, "too_short", "at least 1 character")
    } else if text.contains(|letter: char| letter == ',' || letter.is_control()) {
        Fault::at(at, "bad_characters", "a label has no commas and no control characters")
    } else {
        Fault::at(at, "too_long", format!("at most {LONGEST_TAG} characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::CompanyId;
    use crate::kernel::time::Instant;
    use proptest::prelude::*;

    fn relation(is_live: bool, account_owner_id: Option<UserId>) -> Relation {
        Relation {
            company_id: CompanyId::new(),
            other_company_id: CompanyId::new(),
            name: String::new(),
            words: String::new(),
            is_live,
            partner_partnership_id: None,
            partner_status: None,
            client_partnership_id: None,
            client_status: None,
            account_owner_id,
            notes_count: 0,
            last_note_at: None,
            last_activity_at: Instant::from_micros(0),
            version: 1,
        }
    }

    #[test]
    fn somebody_is_assigned_while_a_partnership_is_offered_or_active() {
        let (one, other) = (UserId::new(), UserId::new());
        for (is_live, owner, expected) in [
            (true, None, Ok(Assignment::Another)),
            (true, Some(other), Ok(Assignment::Another)),
            (true, Some(one), Ok(Assignment::Same)),
            (false, Some(one), Ok(Assignment::Same)),
            (false, None, Err(Refusal::NotTogether)),
            (false, Some(other), Err(Refusal::NotTogether)),
        ] {
            assert_eq!(assign(&relation(is_live, owner), one), expected);
        }
    }

    #[test]
    fn labels_are_folded_and_each_is_kept_once() {
        let text = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let kept = tags(&text(&["  Top  Partner ", "TOP PARTNER", "Größe", "ｖｉｐ"])).unwrap();
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), ["grösse", "top partner", "vip"]);
        let long = "x".repeat(41);
        let faults = tags(&text(&["fine", " ", "a,b", &long, "a\u{1}b"])).unwrap_err();
        let codes: Vec<_> = faults.iter().map(|fault| &*fault.code).collect();
        assert_eq!(codes, ["too_short", "bad_characters", "too_long", "bad_characters"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_label_that_is_none(text: String) {
            let read = tags(std::slice::from_ref(&text));
            prop_assert_eq!(read.is_ok(), tag(&text).is_some());
            if let Some(tag) = tag(&text) {
                prop_assert!(!tag.is_empty() && tag.chars().count() <= LONGEST_TAG);
                prop_assert_eq!(tag.trim(), tag.as_str());
            }
        }
    }
}
