//! Postal codes: what they look like in countries that have many of them.
//!
//! The shapes are those of the postal code patterns that CLDR and Google's libaddressinput publish for
//! these countries. `9` is a digit, `A` a letter, `*` either. Countries that are not listed take
//! everything.

/// The shapes of a country's codes, as they are written.
const SHAPES: &[(&str, &[&str])] = &[
    ("AT", &["9999"]),
    ("AU", &["9999"]),
    ("BE", &["9999"]),
    ("BG", &["9999"]),
    ("BR", &["99999-999"]),
    ("CA", &["A9A 9A9"]),
    ("CH", &["9999"]),
    ("CN", &["999999"]),
    ("CY", &["9999"]),
    ("CZ", &["999 99"]),
    ("DE", &["99999"]),
    ("DK", &["9999"]),
    ("EE", &["99999"]),
    ("ES", &["99999"]),
    ("FI", &["99999"]),
    ("FR", &["99999"]),
    ("GB", &["A9 9AA", "A99 9AA", "A9A 9AA", "AA9 9AA", "AA99 9AA", "AA9A 9AA", "AAA 9AA"]),
    ("GR", &["999 99"]),
    ("HR", &["99999"]),
    ("HU", &["9999"]),
    ("IE", &["A9* ****"]),
    ("IN", &["999999"]),
    ("IT", &["99999"]),
    ("JP", &["999-9999"]),
    ("KR", &["99999"]),
    ("LI", &["9999"]),
    ("LT", &["99999"]),
    ("LU", &["9999"]),
    ("LV", &["9999"]),
    ("MX", &["99999"]),
    ("NL", &["9999 AA"]),
    ("NO", &["9999"]),
    ("NZ", &["9999"]),
    ("PL", &["99-999"]),
    ("PT", &["9999-999"]),
    ("RO", &["999999"]),
    ("SE", &["999 99"]),
    ("SG", &["999999"]),
    ("SI", &["9999"]),
    ("SK", &["999 99"]),
    ("TR", &["99999"]),
    ("UA", &["99999"]),
    ("US", &["99999", "99999-9999"]),
    ("ZA", &["9999"]),
];

/// A code as it is written in its country, or what one looks like there.
pub fn normalised(country: &str, raw: &str) -> Result<String, String> {
    let Some((_, shapes)) = SHAPES.iter().find(|(known, _)| *known == country) else {
        return Ok(raw.trim().to_string());
    };
    let letters: Vec<char> = raw.chars().filter(|letter| !is_gap(*letter)).collect();
    let fitting = shapes.iter().find_map(|shape| written(shape, &letters));
    fitting.ok_or_else(|| format!("a postal code of {country} looks like {}", shapes.join(" or ")))
}

/// Letters in a shape, if they fit into it.
fn written(shape: &str, letters: &[char]) -> Option<String> {
    let mut rest = letters.iter();
    let mut written = String::new();
    for place in shape.chars() {
        if is_gap(place) {
            written.push(place);
            continue;
        }
        let letter = rest.next()?.to_ascii_uppercase();
        let fits = match place {
            '9' => letter.is_ascii_digit(),
            'A' => letter.is_ascii_uppercase(),
            _ => letter.is_ascii_alphanumeric(),
        };
        if !fits {
            return None;
        }
        written.push(letter);
    }
    rest.next().is_none().then_some(written)
}

fn is_gap(letter: char) -> bool {
    letter == ' ' || letter == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::country::is_country;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_written_as_in_its_country() {
        for (country, raw, kept) in [
            ("DE", "10117", "10117"),
            ("GB", "sw1a1aa", "SW1A 1AA"),
            ("GB", "M1 1AE", "M1 1AE"),
            ("GB", "gir 0aa", "GIR 0AA"),
            ("NL", "1012js", "1012 JS"),
            ("SE", "11455", "114 55"),
            ("PL", "00950", "00-950"),
            ("US", "100010001", "10001-0001"),
            ("US", "10001", "10001"),
            ("CA", "k1a 0b1", "K1A 0B1"),
            ("IE", "D02X285", "D02 X285"),
            ("AE", " anything ", "anything"),
        ] {
            assert_eq!(normalised(country, raw).as_deref(), Ok(kept), "{country}");
        }
    }

    #[test]
    fn what_fits_no_shape_is_told_with_the_shapes() {
        for (country, raw) in [
            ("DE", "1011"),
            ("DE", "101177"),
            ("DE", "D0117"),
            ("GB", "12345"),
            ("NL", "1012"),
            ("US", "1000"),
            ("FR", ""),
            ("IT", "٠٠١٠٠"),
        ] {
            assert!(normalised(country, raw).is_err(), "{country} {raw}");
        }
        let told = normalised("US", "x").unwrap_err();
        assert_eq!(told, "a postal code of US looks like 99999 or 99999-9999");
    }

    #[test]
    fn the_table_lists_countries_once_each() {
        assert!(SHAPES.windows(2).all(|two| two[0].0 < two[1].0));
        assert!(SHAPES.iter().all(|(country, shapes)| is_country(country) && !shapes.is_empty()));
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_again(raw in "[A-Za-z0-9 -]{0,12}|.{0,8}", which in 0..SHAPES.len()) {
            let country = SHAPES[which].0;
            if let Ok(kept) = normalised(country, &raw) {
                prop_assert_eq!(normalised(country, &kept), Ok(kept));
            }
        }
    }
}
