//! What the doors take and give.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Kept, Method, OfPayment, Payment};
use super::rules;
use crate::error::Fault;
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;

/// A change of where the company is paid (JSON merge patch), with the password.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "method": "bank_transfer", "holder": "Bolt Ltd", "account": "DE89 3704 0044 0532 0130 00",
    "currency": "EUR", "threshold": "50.00", "password": "correct horse battery",
}))]
pub struct PatchPayment {
    /// By which way. With another one the account has to be said again.
    #[schema(nullable = false)]
    pub method: Option<Method>,
    /// Whose account it is.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub holder: Option<String>,
    /// An IBAN; where banks have none, the number of the account, with `bank_code`. For PayPal, the
    /// e-mail address. Afterwards its end alone is shown.
    #[schema(nullable = false, min_length = 1, max_length = 254)]
    pub account: Option<String>,
    /// Which bank: a BIC, or a routing number or sort code. An IBAN needs none.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 20, example = "DEUTDEFF")]
    pub bank_code: Option<Option<String>>,
    /// What is paid.
    #[schema(nullable = false)]
    pub currency: Option<Currency>,
    /// Less than this is not paid out but carried forward.
    #[schema(nullable = false, format = "amount", max_length = 20, example = "50.00")]
    pub threshold: Option<String>,
    /// The password of whoever says so.
    #[schema(max_length = 200)]
    pub password: String,
}

// Neither the password nor the account is for a log.
impl fmt::Debug for PatchPayment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatchPayment")
    }
}

/// Where the company is paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProfilePayment)]
pub struct PaymentView {
    /// Counts the edits of this section from 1; for `If-Match`.
    pub version: i64,
    /// Whether you may edit it now.
    pub editable: bool,
    /// By which way; null as long as nothing was said.
    #[schema(required)]
    pub method: Option<Method>,
    /// Whose account it is.
    #[schema(required)]
    pub holder: Option<String>,
    /// The end of the account.
    #[schema(required, example = "3000")]
    pub account_last4: Option<String>,
    /// Which bank.
    #[schema(required)]
    pub bank_code: Option<String>,
    /// What is paid.
    pub currency: Currency,
    /// Less than this is not paid out but carried forward.
    #[schema(format = "amount", example = "50.00")]
    pub threshold: String,
    /// Until when nothing is paid, as it was said that money goes elsewhere; null if it is not held.
    #[schema(required)]
    pub payouts_held_until: Option<Instant>,
}

impl PatchPayment {
    /// What is said from now on, or all that is wrong with it.
    pub fn apply(&self, before: &Payment) -> Result<Payment, Vec<Fault>> {
        let currency = self.currency.unwrap_or(before.currency);
        let (threshold_minor, mut faults) = match self.threshold(before, currency) {
            Ok(minor) => (minor, Vec::new()),
            Err(fault) => (before.threshold_minor, vec![fault]),
        };
        let of_another = self.method.is_some() && self.method != before.method;
        let kept = |old: &Option<String>| old.clone().filter(|_| !of_another);
        let after = Payment {
            method: self.method.or(before.method),
            holder: self.holder.clone().or_else(|| before.holder.clone()),
            account: self.account.clone().or_else(|| kept(&before.account)),
            bank_code: self.bank_code.clone().unwrap_or_else(|| kept(&before.bank_code)),
            currency,
            threshold_minor,
        };
        match rules::judged(after) {
            Ok(after) if faults.is_empty() => Ok(after),
            Ok(_) => Err(faults),
            Err(others) => {
                faults.extend(others);
                Err(faults)
            }
        }
    }

    /// In minor units. What was said in another currency is not the same sum in this one.
    fn threshold(&self, before: &Payment, currency: Currency) -> Result<i64, Fault> {
        let at = |code: &'static str, message: &str| Fault::at("/threshold", code, message);
        match &self.threshold {
            Some(text) => match Money::parse(text, currency) {
                Ok(money) if money.minor >= 0 => Ok(money.minor),
                Ok(_) => Err(at("out_of_range", "nothing below zero")),
                Err(no) => Err(at(no.code(), &no.to_string())),
            },
            None if currency != before.currency && before.threshold_minor > 0 => {
                Err(at("missing_field", "say it in the other currency"))
            }
            None => Ok(before.threshold_minor),
        }
    }
}

impl PaymentView {
    /// Of a company, to somebody who may edit it or not.
    pub fn of(section: &OfPayment, said: Option<&Kept>, editable: bool, now: Instant) -> Self {
        let currency = said.map_or(section.0.currency, |said| said.currency);
        Self {
            version: section.version(),
            editable,
            method: said.map(|said| said.method),
            holder: said.map(|said| said.holder.clone()),
            account_last4: said.map(|said| said.account_last4.clone()),
            bank_code: said.and_then(|said| said.bank_code.clone()),
            currency,
            threshold: Money::of(said.map_or(0, |said| said.threshold_minor), currency).amount(),
            payouts_held_until: said.and_then(|said| rules::held_until(said.redirected_at, now)),
        }
    }
}
