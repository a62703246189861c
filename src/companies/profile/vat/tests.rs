//! Numbers that countries and python-stdnum publish as examples.

use proptest::prelude::*;

use super::*;

const RIGHT: &[&str] = &[
    "ATU13585627",
    "BE0428759497",
    "BE0776091951",
    "CHE107787577IVA",
    "CHE100155212",
    "DE136695976",
    "DK13585628",
    "ES54362315K",
    "ESX2482300W",
    "ESB58378431",
    "ESJ99216582",
    "FI20774740",
    "FR40303265045",
    "FR23334175221",
    "FRK7399859412",
    "FR4Z123456782",
    "GB980780684",
    "GBGD001",
    "GBHA599",
    "HR33392005961",
    "IE6433435F",
    "IE6433435OA",
    "IE8D79739I",
    "IT00743110157",
    "LU15027442",
    "NL004495445B01",
    "NL123456789B13",
    "PL8567346215",
    "PT501964843",
    "SE123456789701",
    "XI980780684",
    // Without a rule for the check digit.
    "CY10259033P",
    "EL094259216",
    "NO123456785MVA",
];

const WRONG: &[&str] = &[
    "ATU13585626",
    "BE0428759498",
    "CHE107787578IVA",
    "DE136695978",
    "DK13585627",
    "ES54362315Z",
    "ESX2482300A",
    "ESB58378432",
    "FI20774741",
    "FR41303265045",
    "FR40303265044",
    "FRK6399859412",
    "GB802311781",
    "GBGD500",
    "HR33392005962",
    "IE6433435E",
    "IE6433435OB",
    "IT00743110158",
    "LU15027443",
    "NL123456789B14",
    "PL8567346216",
    "PT501964842",
    "SE123456789101",
];

#[test]
fn what_is_published_is_right_and_a_slip_is_found() {
    let judged = |all: &[&'static str]| -> Vec<_> {
        all.iter().map(|text| (*text, normalised(text).map(|_| ()))).collect()
    };
    let right: Vec<_> = RIGHT.iter().map(|text| (*text, Ok(()))).collect();
    assert_eq!(judged(RIGHT), right);
    let wrong: Vec<_> = WRONG.iter().map(|text| (*text, Err(NotAVatId::WrongCheck))).collect();
    assert_eq!(judged(WRONG), wrong);
}

#[test]
fn gaps_and_small_letters_do_no_harm() {
    for (raw, kept) in [
        ("che-107.787.577 iva", "CHE107787577IVA"),
        ("be 0428.759.497", "BE0428759497"),
        (" de 136 695 976 ", "DE136695976"),
        ("nl004495445b01", "NL004495445B01"),
    ] {
        assert_eq!(normalised(raw).as_deref(), Ok(kept));
    }
}

#[test]
fn another_shape_is_told_apart_from_a_slip() {
    for text in ["DE13669597", "DE1366959761", "DE13669597X", "ATX13585627", "AT13585627"] {
        assert_eq!(normalised(text), Err(NotAVatId::Misshapen), "{text}");
    }
    for text in ["FR", "FR4030326504", "NL004495445A01", "NL004495445BXX", "ES123", "IE64334"] {
        assert_eq!(normalised(text), Err(NotAVatId::Misshapen), "{text}");
    }
    for text in ["", "D", "136695976", "XX136695976", "GR094259216", "ÄÖ123456789"] {
        assert_eq!(normalised(text), Err(NotAVatId::NoCountry), "{text}");
    }
}

/// Two digits that differ where one stands is the slip that every check digit finds.
#[test]
fn one_wrong_digit_is_found_wherever_it_is() {
    for text in ["ATU13585627", "DE136695976", "DK13585628", "PT501964843", "IT00743110157"] {
        for at in 3..text.len() {
            for digit in '0'..='9' {
                let mut other = text.to_string();
                other.replace_range(at..=at, &digit.to_string());
                assert_eq!(normalised(&other).is_ok(), other == text, "{other}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_is_kept_stays(
        raw in "(AT|BE|CH|DE|DK|ES|FI|FR|GB|IE|IT|LU|NL|PL|PT|SE|CY|RO|US)[A-Z0-9+*. -]{0,16}|.{0,12}",
    ) {
        if let Ok(kept) = normalised(&raw) {
            prop_assert_eq!(normalised(&kept), Ok(kept));
        }
    }
}
