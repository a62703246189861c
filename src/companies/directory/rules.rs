//! By what a company is found: its name from each of its words on, and the name of its domain.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::companies::model::Company;

/// The fewest letters and digits of a question.
pub const FEWEST: usize = 3;
/// The most characters that are kept of one beginning.
const LONGEST: usize = 100;
/// The words at which a beginning may stand.
const WORDS: usize = 8;

/// A text as it is searched: small letters without marks, words with one space between them.
fn folded(text: &str) -> String {
    let plain = text.nfkd().filter(|letter| !is_combining_mark(*letter));
    let small: String = plain.flat_map(char::to_lowercase).collect();
    let words = small.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A question as it is looked up; nothing if it says too little.
pub fn question(text: &str) -> Option<String> {
    let question = folded(text);
    let letters = question.chars().filter(|letter| letter.is_alphanumeric()).count();
    (letters >= FEWEST).then(|| question.chars().take(LONGEST).collect())
}

/// Everything whose beginning finds a company.
pub fn phrases(name: &str, domain: Option<&str>) -> Vec<String> {
    let name = folded(name);
    let words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    let starts = (0..words.len().min(WORDS)).filter_map(|at| words.get(at..));
    let of_name = starts.map(|rest| rest.join(" "));
    let site = domain.and_then(|domain| domain.split('.').next()).map(folded);
    let all = of_name.chain(site).map(|phrase| phrase.chars().take(LONGEST).collect::<String>());
    let mut all: Vec<String> = all.filter(|phrase| !phrase.is_empty()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a company is found by other words than before, or now, or no longer.
pub fn is_found_otherwise(before: &Company, after: &Company) -> bool {
    let found = |company: &Company| {
        company.profile.0.listed.then(|| phrases(&company.name, company.domain.as_deref()))
    };
    found(before) != found(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_company_is_found_from_each_of_its_words_on() {
        let found = phrases("Müller & Söhne, Schuhe", Some("schuh-mueller.example"));
        let expected =
            ["muller sohne schuhe", "schuh mueller", "schuhe", "sohne schuhe"].map(String::from);
        assert_eq!(found, expected);
        assert_eq!(phrases("ACME", Some("acme.example")), ["acme"]);
        assert_eq!(phrases("  ", None), Vec::<String>::new());
    }

    #[test]
    fn a_question_has_three_letters_and_is_folded_alike() {
        assert_eq!(question("MÜL"), Some("mul".into()));
        assert_eq!(question(" acme  sh"), Some("acme sh".into()));
        for little in ["", "ab", "a-b", "  %_%  ", "ab\u{301}"] {
            assert_eq!(question(little), None, "{little}");
        }
    }

    proptest! {
        #[test]
        fn every_beginning_of_a_name_finds_it(name in "[A-Za-zÀ-ž0-9 .,&-]{3,60}", letters in 3_usize..40) {
            let begun: String = name.chars().take(letters).collect();
            if let Some(question) = question(&begun) {
                let found = phrases(&name, None);
                prop_assert!(found.iter().any(|phrase| phrase.starts_with(&question)), "{:?}", found);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = (question(&text), phrases(&text, Some(&text)));
        }
    }
}
