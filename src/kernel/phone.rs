//! Phone numbers: known by the numbering plans of all countries, and kept in one spelling.

use phonenumber::{Mode, country};

/// The text is no phone number that can be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phone number looks like +49 30 901820: the country's code, and the number there")]
pub struct NotAPhoneNumber;

/// The longest text that is looked at.
const LONGEST: usize = 40;

/// A number in its one spelling: E.164, such as `+4930901820`, and `;ext=12` behind it where it has an
/// extension. A number without a country's code is one of `country`, which is ISO 3166-1 alpha-2.
pub fn normalised(raw: &str, country: Option<&str>) -> Result<String, NotAPhoneNumber> {
    let text = raw.trim();
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(NotAPhoneNumber);
    }
    let home = country.and_then(|code| code.parse::<country::Id>().ok());
    let number = phonenumber::parse(home, text).map_err(|_| NotAPhoneNumber)?;
    if !number.is_valid() {
        return Err(NotAPhoneNumber);
    }
    let spelt = number.format().mode(Mode::E164).to_string();
    Ok(match number.extension() {
        Some(extension) => format!("{spelt};ext={}", extension.as_ref()),
        None => spelt,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_has_one_spelling() {
        let cases = [
            ("+49 30 901820", None, Some("+4930901820")),
            ("+49 (0)30 / 90 18 20", None, Some("+4930901820")),
            (" +1 (650) 253-0000 ", None, Some("+16502530000")),
            ("030 901820", Some("DE"), Some("+4930901820")),
            ("+44 20 7946 0000", Some("DE"), Some("+442079460000")),
            ("030 901820", None, None),
            ("030 901820", Some("XX"), None),
            ("+49 1", None, None),
            ("call me", Some("DE"), None),
            ("", Some("DE"), None),
            ("+49 30 901820\u{7}", None, None),
        ];
        for (raw, country, spelt) in cases {
            assert_eq!(normalised(raw, country).ok().as_deref(), spelt, "{raw:?}");
        }
    }

    #[test]
    fn what_is_spelt_well_stays_as_it_is() {
        for raw in ["+1 650-253-0000 ext. 12", "+49 30 901820"] {
            let once = normalised(raw, None).expect("a number");
            assert_eq!(normalised(&once, None), Ok(once.clone()), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}", country in proptest::option::of("[A-Z]{2}")) {
            let _ = normalised(&text, country.as_deref());
        }

        #[test]
        fn nor_what_looks_like_a_number(text in "[+0-9 ()/;=ext.-]{0,40}") {
            let _ = normalised(&text, Some("DE"));
        }
    }
}
