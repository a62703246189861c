//! How a code is written, and when two of them are one.
//!
//! Customers type codes by hand, in either case and with whatever their keyboard makes of a letter.
//! So two codes are the same if they are after compatibility normalization (NFKC) and case folding;
//! and no two of a program may look the same (the skeletons of UTS 39), or one partner could print
//! another's.

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// The most characters of a code.
pub const LONGEST: usize = 64;

/// What shops send where no code was used: nobody's code.
const RESERVED: &[&str] = &["none", "null", "nil", "n/a", "undefined", "false", "true"];

/// A code, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// As it was written, without spaces around it.
    pub code: String,
    /// The same for all ways to write it.
    pub folded: String,
    /// The same for all that looks like it.
    pub skeleton: String,
}

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing is left of it.
    #[error("at least 1 character")]
    Empty,
    /// More than anybody types.
    #[error("at most {LONGEST} characters")]
    TooLong,
    /// It has spaces within, or what cannot be seen.
    #[error("a code has no spaces and no invisible characters")]
    BadCharacters,
    /// It stands for no code.
    #[error("shops send this where no code was used")]
    Reserved,
}

impl Unfit {
    /// The stable code of this fault.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "too_short",
            Self::TooLong => "too_long",
            Self::BadCharacters => "bad_characters",
            Self::Reserved => "reserved_word",
        }
    }
}

/// Reads a code that is to be made.
pub fn read(text: &str) -> Result<Spelling, Unfit> {
    let code = text.trim();
    let folded = folded(code);
    if folded.is_empty() {
        return Err(Unfit::Empty);
    }
    if code.chars().count() > LONGEST || folded.chars().count() > LONGEST {
        return Err(Unfit::TooLong);
    }
    if code.chars().any(unseen) || folded.chars().any(unseen) {
        return Err(Unfit::BadCharacters);
    }
    if RESERVED.contains(&folded.as_str()) {
        return Err(Unfit::Reserved);
    }
    // Codes are printed in capitals: there a 0 looks like an O, and a 1 like an I.
    let skeleton: String = skeleton(&folded.to_uppercase()).collect();
    Ok(Spelling { code: code.to_owned(), folded, skeleton })
}

/// The same for all ways to write a code.
pub fn folded(text: &str) -> String {
    // No code has a zero in it, and PostgreSQL cannot even be asked for one that has.
    let composed: String = text.trim().replace('\0', "\u{fffd}").nfkc().collect();
    case_folded(&composed).nfkc().collect()
}

/// Without the difference of case: by way of capitals, of which `ß` has two.
fn case_folded(text: &str) -> String {
    text.to_uppercase().to_lowercase()
}

/// Spaces, controls, and what changes nothing that can be seen: joiners, marks of direction,
/// selectors of variants.
fn unseen(letter: char) -> bool {
    let invisible = matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    letter.is_control() || letter.is_whitespace() || invisible
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(one: &str, other: &str) -> (bool, bool) {
        let (one, other) = (read(one).unwrap(), read(other).unwrap());
        (one.folded == other.folded, one.skeleton == other.skeleton)
    }

    #[test]
    fn ways_to_write_a_code_are_one() {
        for (one, other) in [
            ("SAVE10", "save10"),
            ("SAVE10", " Save10 "),
            ("SAVE10", "\u{ff33}\u{ff21}\u{ff36}\u{ff25}\u{ff11}\u{ff10}"),
            ("GRÜSSE", "grüße"),
            ("caf\u{e9}", "CAFE\u{301}"),
        ] {
            assert_eq!(same(one, other), (true, true), "{one} {other}");
        }
    }

    #[test]
    fn codes_that_look_alike_are_told_apart_only_by_a_machine() {
        for (one, other) in [
            ("SAVE10", "SAVE1O"),
            ("BOLT", "\u{412}OLT"),
            ("SAVE1", "SAVEI"),
            ("PAYPAL", "\u{420}\u{410}\u{423}\u{420}\u{410}L"),
        ] {
            assert_eq!(same(one, other), (false, true), "{one} {other}");
        }
        for (one, other) in [("SAVE10", "SAVE20"), ("MAIL", "MALL"), ("BURN", "BUM")] {
            assert_eq!(same(one, other), (false, false), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_code_is_told_why() {
        let long = "x".repeat(65);
        for (text, fault) in [
            ("", "too_short"),
            (" \t ", "too_short"),
            (long.as_str(), "too_long"),
            ("A B", "bad_characters"),
            ("A\u{200b}B", "bad_characters"),
            ("A\u{0}B", "bad_characters"),
            ("None", "reserved_word"),
            ("N/A", "reserved_word"),
        ] {
            assert_eq!(read(text).map_err(Unfit::code), Err(fault), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_way_to_write_a_code_makes_another_of_it(text in "[a-zA-Z0-9äöüßÄÖÜé_.-]{1,20}") {
            let read = |text: &str| read(text).map(|one| (one.folded, one.skeleton));
            for other in [text.to_uppercase(), text.to_lowercase(), format!(" {text} ")] {
                prop_assert_eq!(read(&other), read(&text));
            }
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(read(&decomposed), read(&text));
        }

        #[test]
        fn no_text_is_too_much(text: String) {
            let _ = read(&text);
            prop_assert!(!folded(&text).contains('\0'));
        }
    }
}
