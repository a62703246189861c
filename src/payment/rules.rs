//! What an account looks like, and what of an edit sends money elsewhere.

use iban::{Iban, IbanLike};
use jiff::SignedDuration;

use super::model::{Method, Payment};
use crate::error::Fault;
use crate::kernel::time::Instant;

/// After it was said that money goes elsewhere nothing is paid there for so long (S0.7).
pub const HOLD: SignedDuration = SignedDuration::from_hours(72);
/// How much of an account is shown.
const SHOWN: usize = 4;

/// Until when nothing is paid, if that lies ahead.
pub fn held_until(redirected_at: Instant, now: Instant) -> Option<Instant> {
    Some(redirected_at.plus(HOLD)).filter(|until| *until > now)
}

/// Whether an edit sends money elsewhere: anything but from which sum on it is paid.
pub fn redirects(before: &Payment, after: &Payment) -> bool {
    let threshold_minor = before.threshold_minor;
    Payment { threshold_minor, ..after.clone() } != *before
}

/// What is shown of an account. A short one is not shown as a whole.
pub fn last4(account: &str) -> String {
    let letters = account.chars().count();
    account.chars().skip(letters.saturating_sub(SHOWN).max(letters / 2)).collect()
}

/// Where a company is paid as it is kept, or all that is wrong with it.
pub fn judged(said: Payment) -> Result<Payment, Vec<Fault>> {
    let mut faults = Vec::new();
    for (field, missing) in [
        ("/method", said.method.is_none()),
        ("/holder", said.holder.is_none()),
        ("/account", said.account.is_none()),
    ] {
        if missing {
            faults.push(Fault::at(field, "missing_field", "say where money goes as a whole"));
        }
    }
    let (Some(method), Some(account)) = (said.method, said.account.as_deref()) else {
        return Err(faults);
    };
    let bank_code = said.bank_code.as_deref().map(plain);
    let account = match method {
        Method::BankTransfer => bank_account(account, bank_code.as_deref(), &mut faults),
        Method::Paypal => address(account, bank_code.as_deref(), &mut faults),
    };
    if faults.is_empty() {
        Ok(Payment { account: Some(account), bank_code, ..said })
    } else {
        Err(faults)
    }
}

/// An IBAN; or, where banks have none, a number together with what names the bank.
fn bank_account(account: &str, bank_code: Option<&str>, faults: &mut Vec<Fault>) -> String {
    let account = plain(account);
    let is_bank = |code: &str| is_bic(code) || is_routing(code);
    if bank_code.is_some_and(|code| !is_bank(code)) {
        let message = "a BIC such as DEUTDEFF, or a routing number of 6 to 12 digits";
        faults.push(Fault::at("/bank_code", "bad_format", message));
    }
    let looks_like_iban = account.bytes().take(2).all(|byte| byte.is_ascii_alphabetic());
    let number = |text: &str| {
        (4..=34).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    match account.parse::<Iban>() {
        Ok(iban) => iban.electronic_str().to_string(),
        Err(no) if looks_like_iban => {
            let code = match no {
                iban::ParseIbanError::InvalidBaseIban {
                    source: iban::ParseBaseIbanError::InvalidChecksum,
                } => "bad_check_digit",
                _ => "bad_format",
            };
            faults.push(Fault::at("/account", code, "this is no IBAN of any country"));
            account
        }
        Err(_) if !number(&account) => {
            let message = "an IBAN, or a number of 4 to 34 digits and letters";
            faults.push(Fault::at("/account", "bad_format", message));
            account
        }
        Err(_) if bank_code.is_none() => {
            let message = "a number that is no IBAN needs its bank too";
            faults.push(Fault::at("/bank_code", "missing_field", message));
            account
        }
        Err(_) => account,
    }
}

fn address(account: &str, bank_code: Option<&str>, faults: &mut Vec<Fault>) -> String {
    let address = account.trim().to_ascii_lowercase();
    if !validator::ValidateEmail::validate_email(&address) {
        faults.push(Fault::at("/account", "bad_format", "an e-mail address"));
    }
    if bank_code.is_some() {
        faults.push(Fault::at("/bank_code", "not_allowed", "PayPal is no bank with a code"));
    }
    address
}

/// As it is printed, without what only helps the eye.
fn plain(text: &str) -> String {
    let eye = |letter: char| letter.is_whitespace() || letter == '-';
    text.chars().filter(|letter| !eye(*letter)).collect::<String>().to_ascii_uppercase()
}

/// ISO 9362: four letters of the bank, its country, its place, and a branch or none.
fn is_bic(code: &str) -> bool {
    let (Some(bank), Some(rest)) = (code.get(..6), code.get(6..)) else { return false };
    bank.bytes().all(|byte| byte.is_ascii_alphabetic())
        && matches!(rest.len(), 2 | 5)
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_routing(code: &str) -> bool {
    (6..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency;
    use proptest::prelude::*;

    fn bank(account: &str, bank_code: Option<&str>) -> Payment {
        Payment {
            method: Some(Method::BankTransfer),
            holder: Some("Bolt Ltd".into()),
            account: Some(account.into()),
            bank_code: bank_code.map(ToString::to_string),
            currency: Currency::us_dollar(),
            threshold_minor: 0,
        }
    }

    fn paypal(account: &str) -> Payment {
        Payment { method: Some(Method::Paypal), ..bank(account, None) }
    }

    fn outcome(said: Payment) -> Result<String, Vec<String>> {
        let told = |fault: Fault| format!("{:?} {}", fault.place, fault.code);
        judged(said)
            .map(|kept| kept.account.unwrap())
            .map_err(|faults| faults.into_iter().map(told).collect())
    }

    #[test]
    fn an_account_is_one_that_there_can_be() {
        for (said, kept) in [
            (bank("de89 3704 0044 0532 0130 00", None), "DE89370400440532013000"),
            (bank("GB82WEST12345698765432", Some("WESTGB22")), "GB82WEST12345698765432"),
            (bank("0532-0130 00", Some("021000021")), "0532013000"),
            (bank("12345", Some("deutdeff500")), "12345"),
            (paypal(" Pay@Bolt.example "), "pay@bolt.example"),
        ] {
            assert_eq!(outcome(said), Ok(kept.to_string()));
        }
        let at = |field: &str, code: &str| Err(vec![format!("Pointer(\"/{field}\") {code}")]);
        for (said, fault) in [
            (bank("DE89370400440532013001", None), at("account", "bad_check_digit")),
            (bank("DE8937040044", None), at("account", "bad_check_digit")),
            (bank("GB1", Some("DEUTDEFF")), at("account", "bad_format")),
            (bank("0532013000", None), at("bank_code", "missing_field")),
            (bank("0532013000", Some("12")), at("bank_code", "bad_format")),
            (bank("0532/013", Some("021000021")), at("account", "bad_format")),
            (paypal("bolt"), at("account", "bad_format")),
        ] {
            assert_eq!(outcome(said.clone()), fault, "{said:?}");
        }
        let nothing = Payment { method: None, holder: None, account: None, ..paypal("") };
        assert_eq!(outcome(nothing).unwrap_err().len(), 3, "all at once");
    }

    #[test]
    fn only_from_which_sum_on_is_paid_may_change_without_a_hold() {
        let before = bank("1", None);
        assert!(!redirects(&before, &Payment { threshold_minor: 9, ..before.clone() }));
        for after in [
            Payment { holder: Some("Crow".into()), ..before.clone() },
            Payment { account: Some("2".into()), ..before.clone() },
            Payment { bank_code: Some("3".into()), ..before.clone() },
            Payment { method: Some(Method::Paypal), ..before.clone() },
            Payment { currency: "EUR".parse().unwrap(), ..before.clone() },
        ] {
            assert!(redirects(&before, &after), "{after:?}");
        }
        let at = |hours: i64| Instant::from_micros(hours * 3_600_000_000);
        assert_eq!(held_until(at(0), at(71)), Some(at(72)));
        assert_eq!(held_until(at(0), at(72)), None);
    }

    proptest! {
        #[test]
        fn at_most_four_characters_and_half_of_an_account_are_shown(account in ".{0,40}") {
            let shown = last4(&account);
            prop_assert!(account.ends_with(&shown));
            let (some, all) = (shown.chars().count(), account.chars().count());
            prop_assert!(some <= SHOWN && some <= all.div_ceil(2));
        }

        #[test]
        fn what_is_kept_is_kept_again(account in "[A-Za-z0-9 -]{4,30}", code in "[0-9]{6,9}") {
            if let Ok(kept) = judged(bank(&account, Some(&code))) {
                prop_assert_eq!(judged(kept.clone()), Ok(kept));
            }
        }
    }
}
