//! By what a text is found: its words, folded here and not by an engine, so that the same is found on
//! each of them.
//!
//! Letters count after compatibility normalization (NFKC) and without their case. A word is a run of
//! letters and digits; in scripts that put no spaces between words, each letter is one.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// The most letters of a word that count.
const LONGEST_WORD: usize = 40;
/// The most letters of a name by which it is put in its place.
const LONGEST_NAME: usize = 60;

/// The same for all ways to write a text.
pub fn folded(text: &str) -> String {
    let composed: String = text.nfkc().collect();
    // By way of capitals, of which `ß` has two. A sigma at the end of a word is a sigma.
    let folded = composed.to_lowercase().to_uppercase().to_lowercase().replace('ς', "σ");
    folded.nfkc().collect()
}

/// Where a name belongs in an order of names.
pub fn place_of(name: &str) -> String {
    let plain: String =
        folded(name).chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    plain.trim().chars().take(LONGEST_NAME).collect()
}

/// The words of a text, each once.
pub fn words(text: &str) -> BTreeSet<String> {
    let (mut found, mut word, mut many) = (BTreeSet::new(), String::new(), 0);
    for letter in folded(text).chars().chain([' ']) {
        if letter.is_alphanumeric() && !stands_alone(letter) {
            if many < LONGEST_WORD {
                word.push(letter);
            }
            many += 1;
            continue;
        }
        if !word.is_empty() {
            found.insert(std::mem::take(&mut word));
        }
        many = 0;
        if stands_alone(letter) {
            found.insert(letter.to_string());
        }
    }
    found
}

/// What is after every word that begins like this, and before all others that come later.
pub fn after_all_that_begin(word: &str) -> String {
    format!("{word}{}", char::MAX)
}

/// Letters of scripts that put no spaces between words.
fn stands_alone(letter: char) -> bool {
    matches!(letter,
        '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<String> {
        words(text).into_iter().collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_without_their_case() {
        for (text, expected) in [
            ("", vec![]),
            ("&& -- %_", vec![]),
            ("Shoe-Shop, SHOE shop!", vec!["shoe", "shop"]),
            ("https://shop.acme.co.uk", vec!["acme", "co", "https", "shop", "uk"]),
            ("GRÜẞE grüsse", vec!["grüsse"]),
            ("ΟΔΟΣ", vec!["οδοσ"]),
            ("Ｆｕｌｌ２", vec!["full2"]),
            ("東京 shop", vec!["shop", "京", "東"]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
        assert_eq!(all(&"x".repeat(50)), ["x".repeat(40)]);
    }

    #[test]
    fn names_go_by_their_letters_and_not_by_their_case() {
        assert_eq!(place_of("  Acme\tLtd "), "acme ltd");
        assert_eq!(place_of(&"É".repeat(99)).chars().count(), 60);
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_its_own_words_and_their_beginnings(text: String) {
            let found = words(&text);
            for word in &found {
                prop_assert!(word.chars().all(char::is_alphanumeric) || word.chars().count() == 1);
                let beginning: String = word.chars().take(2).collect();
                prop_assert!(beginning.as_str() <= word.as_str());
                prop_assert!(word.as_str() < after_all_that_begin(&beginning).as_str());
            }
        }
    }
}
