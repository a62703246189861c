//! VAT ids: what they look like country by country, and whether their check digits are right.
//!
//! Each rule is the one that the country publishes; the examples of the tests are those which python-stdnum
//! and the countries themselves give. No library that is kept does this in Rust. Of countries without a
//! rule here the prefix has to be one, and nothing else is known.

use crate::kernel::country::is_country;

/// Why a text is no VAT id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAVatId {
    /// It does not begin with a country.
    #[error("a VAT id begins with the code of its country, such as DE136695976")]
    NoCountry,
    /// It does not look like one of its country.
    #[error("a VAT id of this country has other letters and digits, or more, or fewer")]
    Misshapen,
    /// A letter or digit is another one than it should be.
    #[error("the check digit is wrong: there is a slip somewhere in this VAT id")]
    WrongCheck,
}

/// A VAT id in capital letters and without gaps.
pub fn normalised(raw: &str) -> Result<String, NotAVatId> {
    let kept = raw.chars().filter(|letter| !" .-".contains(*letter));
    let text: String = kept.map(|letter| letter.to_ascii_uppercase()).collect();
    let (country, body) = text.split_at_checked(2).ok_or(NotAVatId::NoCountry)?;
    if !known(country) {
        return Err(NotAVatId::NoCountry);
    }
    let body: Vec<char> = body.chars().collect();
    let fine = |letter: &char| letter.is_ascii_alphanumeric() || "+*".contains(*letter);
    if !(2..=15).contains(&body.len()) || !body.iter().all(fine) {
        return Err(NotAVatId::Misshapen);
    }
    match check(country, &body) {
        None => Err(NotAVatId::Misshapen),
        Some(false) => Err(NotAVatId::WrongCheck),
        Some(true) => Ok(text),
    }
}

/// Greece says EL, and Northern Ireland XI.
fn known(prefix: &str) -> bool {
    matches!(prefix, "EL" | "XI") || (is_country(prefix) && prefix != "GR")
}

/// Whether the check digits are right; nothing where the shape is wrong.
fn check(country: &str, body: &[char]) -> Option<bool> {
    match country {
        "AT" => austria(body),
        "BE" => belgium(body),
        "CH" => switzerland(body),
        "DE" | "HR" => mod_11_10(&digits(body, if country == "DE" { 9 } else { 11 })?),
        "DK" => Some(weighed(&digits(body, 8)?, &[2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0),
        "ES" => spain(body),
        "FI" => Some(weighed(&digits(body, 8)?, &[7, 9, 10, 5, 8, 4, 2, 1]) % 11 == 0),
        "FR" => france(body),
        "GB" | "XI" => britain(body),
        "IE" => ireland(body),
        "IT" => Some(luhn(&digits(body, 11)?)),
        "LU" => {
            let digits = digits(body, 8)?;
            Some(number(digits.get(..6)?) % 89 == number(digits.get(6..)?))
        }
        "NL" => netherlands(body),
        "PL" => Some(weighed(&digits(body, 10)?, &[6, 5, 7, 2, 3, 4, 5, 6, 7, -1]) % 11 == 0),
        "PT" => portugal(body),
        "SE" => {
            let all = digits(body, 12)?;
            (number(all.get(10..)?) > 0).then(|| all.get(..10).is_some_and(luhn))
        }
        "BG" => plain(body, &[9, 10]),
        "CY" => (body.len() == 9 && body.last()?.is_ascii_uppercase())
            .then_some(())
            .and_then(|()| plain(body.get(..8)?, &[8])),
        "CZ" => plain(body, &[8, 9, 10]),
        "EE" | "EL" => plain(body, &[9]),
        "HU" | "MT" | "SI" => plain(body, &[8]),
        "LT" => plain(body, &[9, 12]),
        "LV" => plain(body, &[11]),
        "RO" => plain(body, &[2, 3, 4, 5, 6, 7, 8, 9, 10]),
        "SK" => plain(body, &[10]),
        _ => Some(body.iter().all(char::is_ascii_alphanumeric)),
    }
}

/// Nothing but digits, in one of these lengths.
fn plain(body: &[char], lengths: &[usize]) -> Option<bool> {
    (lengths.contains(&body.len()) && body.iter().all(char::is_ascii_digit)).then_some(true)
}

/// Exactly so many digits.
fn digits(body: &[char], many: usize) -> Option<Vec<i64>> {
    if body.len() != many {
        return None;
    }
    body.iter().map(|letter| letter.to_digit(10).map(i64::from)).collect()
}

fn number(digits: &[i64]) -> i64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + digit)
}

fn weighed(digits: &[i64], weights: &[i64]) -> i64 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The digits of twice a digit, added up.
fn doubled(digit: i64) -> i64 {
    digit * 2 / 10 + digit * 2 % 10
}

/// The sum to which every other digit counts twice, from the last but one to the left.
fn luhn_sum(digits: &[i64]) -> i64 {
    let places = digits.iter().rev().enumerate();
    places.map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum()
}

fn luhn(digits: &[i64]) -> bool {
    luhn_sum(digits) % 10 == 0
}

/// ISO 7064, modulus 11, 10.
fn mod_11_10(digits: &[i64]) -> Option<bool> {
    let (last, first) = digits.split_last()?;
    let product = first.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    Some((11 - product) % 10 == *last)
}

/// The place of a letter among others.
fn place(letter: char, alphabet: &str) -> Option<i64> {
    alphabet.chars().position(|one| one == letter).and_then(|at| i64::try_from(at).ok())
}

/// The letter at a place.
fn letter(alphabet: &str, place: i64) -> Option<char> {
    alphabet.chars().nth(usize::try_from(place).ok()?)
}

fn austria(body: &[char]) -> Option<bool> {
    let (first, rest) = body.split_first()?;
    let digits = digits(rest, 8)?;
    let (last, own) = digits.split_last()?;
    (*first == 'U').then_some((16 - luhn_sum(own) % 10) % 10 == *last)
}

fn belgium(body: &[char]) -> Option<bool> {
    let digits = digits(body, 10)?;
    let (first, check) = (number(digits.get(..8)?), number(digits.get(8..)?));
    (*digits.first()? <= 1).then_some(97 - first % 97 == check)
}

/// `E` and nine digits, with or without what the tax is called in one of the country's languages.
fn switzerland(body: &[char]) -> Option<bool> {
    let (first, rest) = body.split_first()?;
    let (own, name) = rest.split_at_checked(9)?;
    let name: String = name.iter().collect();
    let digits = digits(own, 9)?;
    let sum = weighed(&digits, &[5, 4, 3, 2, 7, 6, 5, 4]);
    let fits = *first == 'E' && ["", "MWST", "TVA", "IVA", "TPV"].contains(&name.as_str());
    fits.then_some((11 - sum % 11) % 11 == *digits.last()?)
}

/// A person's number with a letter behind it, or a company's with a letter before it.
fn spain(body: &[char]) -> Option<bool> {
    const PERSONS: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
    let ([first, middle @ .., last], 9) = (body, body.len()) else { return None };
    let middle = digits(middle, 7)?;
    if let Some(leading) = first.to_digit(10).map(i64::from).or(place(*first, "XYZ")) {
        let own = leading * 10_000_000 + number(&middle);
        return last.is_ascii_uppercase().then_some(letter(PERSONS, own % 23) == Some(*last));
    }
    if "KLM".contains(*first) {
        return Some(letter(PERSONS, number(&middle) % 23) == Some(*last));
    }
    let check = (10 - luhn_sum(&[middle.as_slice(), &[0]].concat()) % 10) % 10;
    let (as_digit, as_letter) = (letter("0123456789", check), letter("JABCDEFGHI", check));
    // Some kinds of companies have a digit, some a letter, and some either.
    let right = match *first {
        'A' | 'B' | 'E' | 'H' => [as_digit, as_digit],
        'N' | 'P' | 'Q' | 'R' | 'S' | 'W' => [as_letter, as_letter],
        'C' | 'D' | 'F' | 'G' | 'J' | 'U' | 'V' => [as_digit, as_letter],
        _ => return None,
    };
    Some(right.contains(&Some(*last)))
}

/// Two characters, and the number of the company, which has a check digit of its own.
fn france(body: &[char]) -> Option<bool> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let ([one, two, rest @ ..], 11) = (body, body.len()) else { return None };
    let own = digits(rest, 9)?;
    let (first, second) = (place(*one, ALPHABET)?, place(*two, ALPHABET)?);
    // Those of Monaco have none.
    let company = own.starts_with(&[0, 0, 0]) || luhn(&own);
    let key = match (one.is_ascii_digit(), two.is_ascii_digit()) {
        (true, true) => first * 10 + second == (number(&own) * 100 + 12) % 97,
        (leads, _) => {
            let key = if leads { first * 24 + second - 10 } else { first * 34 + second - 100 };
            (number(&own) + 1 + key / 11) % 11 == key % 11
        }
    };
    Some(company && key)
}

/// Nine digits, with three more for a branch; or a letter pair for offices of the state.
fn britain(body: &[char]) -> Option<bool> {
    if let ['G', 'D', rest @ ..] = body {
        return Some(number(&digits(rest, 3)?) < 500);
    }
    if let ['H', 'A', rest @ ..] = body {
        return Some(number(&digits(rest, 3)?) >= 500);
    }
    let all = digits(body, if body.len() == 12 { 12 } else { 9 })?;
    let sum = weighed(all.get(..9)?, &[8, 7, 6, 5, 4, 3, 2, 10, 1]);
    Some(matches!(sum % 97, 0 | 42))
}

fn ireland(body: &[char]) -> Option<bool> {
    const CHECKS: &str = "WABCDEFGHIJKLMNOPQRSTUV";
    let (own, rest) = body.split_at_checked(7)?;
    let (check, more) = match rest {
        [check] => (*check, 0),
        [check, more] => (*check, place(*more, CHECKS)?),
        _ => return None,
    };
    let own: Vec<i64> = match own {
        // Of old, the second one was a letter or sign.
        [first, sign, five @ ..] if !sign.is_ascii_digit() => {
            let five = digits(five, 5)?;
            [&[0][..], five.as_slice(), &[i64::from(first.to_digit(10)?)]].concat()
        }
        _ => digits(own, 7)?,
    };
    let sum = weighed(&own, &[8, 7, 6, 5, 4, 3, 2]) + 9 * more;
    check.is_ascii_uppercase().then_some(letter(CHECKS, sum % 23) == Some(check))
}

/// Nine digits, `B` and two more. The older ones have a check digit, the newer ones are right as a
/// whole, with their letters as numbers (ISO 7064, modulus 97, 10).
fn netherlands(body: &[char]) -> Option<bool> {
    let ([first @ .., 'B', _, _], 12) = (body, body.len()) else { return None };
    let own = digits(first, 9)?;
    let older = weighed(&own, &[9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0;
    let whole = ['N', 'L'].iter().chain(body).try_fold(0, |sum: i64, letter| {
        let value = i64::from(letter.to_digit(36)?);
        let places = if value > 9 { 100 } else { 10 };
        Some((sum * places + value) % 97)
    })?;
    let branch = digits(body.get(10..)?, 2).is_some();
    branch.then_some(older || whole == 1)
}

fn portugal(body: &[char]) -> Option<bool> {
    let digits = digits(body, 9)?;
    let sum = weighed(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    (*digits.first()? != 0).then_some((11 - sum % 11) % 11 % 10 == *digits.last()?)
}

#[cfg(test)]
mod tests;
