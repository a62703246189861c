//! Countries and languages, by their codes.

use iso_currency::Country;

/// Whether this is the ISO 3166-1 code of a country or territory, in two capital letters.
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && code.parse::<Country>().is_ok()
}

/// The languages of ISO 639-1, one behind the other: two letters each.
const LANGUAGES: &str = "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeel\
                         eneoeseteufafffifjfofrfygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiu\
                         jajvkakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulvmgmhmimkmlmnmrmsmtmyna\
                         nbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnso\
                         sqsrssstsusvswtatetgthtitktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu";

/// Whether this is a language, alone or as it is spoken in a country: `en`, `pt-BR`.
pub fn is_language(tag: &str) -> bool {
    let (language, country) = match tag.split_once('-') {
        Some((language, country)) => (language, Some(country)),
        None => (tag, None),
    };
    let known = LANGUAGES.as_bytes().chunks(2).any(|one| one == language.as_bytes());
    known && country.is_none_or(is_country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_249_countries() {
        let letters = || 'A'..='Z';
        let all = letters().flat_map(|one| letters().map(move |two| format!("{one}{two}")));
        assert_eq!(all.filter(|code| is_country(code)).count(), 249);
        for code in ["DE", "GB", "GR", "SS", "BQ", "CW", "SX"] {
            assert!(is_country(code), "{code}");
        }
        for code in ["", "D", "de", "DEU", "EL", "UK", "AN", "XX", "ZZ", "Dé", "\0\0"] {
            assert!(!is_country(code), "{code}");
        }
    }

    #[test]
    fn a_language_stands_alone_or_with_a_country() {
        for tag in ["en", "de", "zh", "pt-BR", "de-CH", "fr-CA"] {
            assert!(is_language(tag), "{tag}");
        }
        for tag in ["", "e", "EN", "eng", "xx", "en-", "en-gb", "en-UK", "-GB", "pt_BR", "ne-n"] {
            assert!(!is_language(tag), "{tag}");
        }
    }
}
