//! Phone numbers, by the numbering plans of all countries.

use phonenumber::Mode;
use phonenumber::country::Id;

/// The most characters of a number as somebody writes it.
const MOST: usize = 40;

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPhone {
    /// Nothing says which country's.
    #[error("a phone number begins with + and the code of its country, such as +49 30 901820")]
    NoCountry,
    /// No numbering plan has it.
    #[error("there is no such phone number in the numbering plan of its country")]
    Unknown,
}

/// A number as it is dialled from everywhere: `+` and digits. `country` (ISO 3166-1) is where one
/// is at home that does not begin with `+`.
pub fn normalised(raw: &str, country: Option<&str>) -> Result<String, NotAPhone> {
    let raw = raw.trim();
    let plain = |letter: char| letter.is_ascii_digit() || " +-()./".contains(letter);
    if raw.len() > MOST || !raw.chars().all(plain) {
        return Err(NotAPhone::Unknown);
    }
    let home = country.and_then(|code| code.parse::<Id>().ok());
    if home.is_none() && !raw.starts_with('+') {
        return Err(NotAPhone::NoCountry);
    }
    let number = phonenumber::parse(home, raw).map_err(|_| NotAPhone::Unknown)?;
    if !number.is_valid() {
        return Err(NotAPhone::Unknown);
    }
    Ok(number.format().mode(Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_kept_as_it_is_dialled_from_everywhere() {
        for (raw, country, kept) in [
            ("+49 30 901820", None, "+4930901820"),
            ("030 / 90 18 20", Some("DE"), "+4930901820"),
            (" +44 (20) 7946-0958 ", Some("DE"), "+442079460958"),
            ("020 7946 0958", Some("GB"), "+442079460958"),
            ("(212) 736-5000", Some("US"), "+12127365000"),
            ("+41 44 668 18 00", None, "+41446681800"),
        ] {
            assert_eq!(normalised(raw, country).as_deref(), Ok(kept), "{raw}");
        }
    }

    #[test]
    fn what_nobody_can_dial_is_no_number() {
        for (raw, country, why) in [
            ("030 901820", None, NotAPhone::NoCountry),
            ("030 901820", Some("XX"), NotAPhone::NoCountry),
            ("", None, NotAPhone::NoCountry),
            ("+44 20 1", None, NotAPhone::Unknown),
            ("+999 1234567", None, NotAPhone::Unknown),
            ("1", Some("DE"), NotAPhone::Unknown),
            ("call me", Some("DE"), NotAPhone::Unknown),
            ("+49 30 901820 ext. 7", None, NotAPhone::Unknown),
            ("+", None, NotAPhone::Unknown),
        ] {
            assert_eq!(normalised(raw, country), Err(why), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_kept_stays(raw in "[-+ ()./0-9]{0,45}|.{0,20}") {
            for country in [None, Some("DE"), Some("US"), Some("nonsense")] {
                if let Ok(kept) = normalised(&raw, country) {
                    prop_assert_eq!(normalised(&kept, None), Ok(kept));
                }
            }
        }
    }
}
