//! From terms as somebody writes them to terms as the rules read them: every fault at once.

use rust_decimal::Decimal;

use super::model::{
    AfterLock, ClearingRule, FixedPer, InquiryDefault, LockRule, Payout, Rate, Terms,
    USUAL_CLAWBACK_DAYS, USUAL_HOLD_DAYS, USUAL_INQUIRY_DAYS, USUAL_INQUIRY_DEFAULT,
};
use super::wire::{LockTerms, NewPayout, SpanTerms};
use crate::error::Fault;
use crate::kernel::id::EventTypeId;
use crate::kernel::money::{Currency, Money};

/// The finest percentage: a ten-thousandth of a percent.
const PERCENT_DECIMALS: u32 = 4;

/// Terms as somebody wrote them.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// One rate for each event type that earns.
    pub payouts: &'a [NewPayout],
    /// When actions lock.
    pub lock: &'a LockTerms,
    /// When a locked payout becomes due.
    pub clearing: Option<&'a SpanTerms>,
    /// What may still happen after the lock.
    pub after_lock: Option<AfterLock>,
    /// For how many days the brand may hold an action.
    pub hold_days: Option<i32>,
    /// For how many days after the lock the brand may claw back.
    pub clawback_days: Option<i32>,
    /// For how many days the brand may answer an inquiry.
    pub inquiry_days: Option<i32>,
    /// What becomes of one that it does not answer.
    pub inquiry_default: Option<InquiryDefault>,
}

/// What terms are held against: the program's currency and event types.
#[derive(Debug, Clone)]
pub struct Against {
    /// What fixed amounts are in.
    pub currency: Currency,
    /// What can earn.
    pub event_types: Vec<EventTypeId>,
}

/// The terms, if nothing is wrong with them; what is goes to `faults`.
pub fn read(asked: Asked<'_>, against: &Against, faults: &mut Vec<Fault>) -> Option<Terms> {
    let before = faults.len();
    let mut payouts: Vec<Payout> = Vec::new();
    for (place, payout) in asked.payouts.iter().enumerate() {
        let place = format!("/payouts/{place}");
        let event_type_id = payout.event_type_id;
        let mut say = |code: &'static str, message: &str| {
            faults.push(Fault::at(format!("{place}/event_type_id"), code, message));
        };
        if !against.event_types.contains(&event_type_id) {
            say("unknown_event_type", "the program has no such event type");
        }
        if payouts.iter().any(|earlier| earlier.event_type_id == event_type_id) {
            say("duplicate", "an event type has one rate");
        }
        let rate = rate(payout, &place, against.currency, faults);
        payouts.extend(rate.map(|rate| Payout { event_type_id, rate }));
    }
    let lock = lock_rule(asked.lock, faults);
    let clearing = asked.clearing.map(|clearing| ClearingRule {
        after: clearing.after,
        months: clearing.months,
        days: clearing.days,
    });
    let terms = lock.map(|lock| Terms {
        payouts,
        lock,
        clearing,
        after_lock: asked.after_lock.unwrap_or(AfterLock::Forbid),
        hold_days: asked.hold_days.unwrap_or(USUAL_HOLD_DAYS),
        clawback_days: asked.clawback_days.unwrap_or(USUAL_CLAWBACK_DAYS),
        inquiry_days: asked.inquiry_days.unwrap_or(USUAL_INQUIRY_DAYS),
        inquiry_default: asked.inquiry_default.unwrap_or(USUAL_INQUIRY_DEFAULT),
    });
    terms.filter(|_| faults.len() == before)
}

/// A percentage or a fixed amount, and not both.
fn rate(
    asked: &NewPayout,
    place: &str,
    currency: Currency,
    faults: &mut Vec<Fault>,
) -> Option<Rate> {
    let found = match (&asked.percent, &asked.fixed) {
        (Some(percent), None) if asked.fixed_per.is_none() => {
            let percent = read_percent(percent);
            percent.map(Rate::Percent).map_err(|(code, why)| ("/percent", code, why))
        }
        (Some(_), None) => {
            Err(("/fixed_per", "not_allowed", "a percentage is always per item".to_string()))
        }
        (None, Some(fixed)) => {
            let per = asked.fixed_per.unwrap_or(FixedPer::Action);
            let minor = read_fixed(fixed, currency);
            let rate = minor.map(|minor| Rate::Fixed { minor, per });
            rate.map_err(|(code, why)| ("/fixed", code, why))
        }
        (None, None) | (Some(_), Some(_)) => {
            Err(("", "one_of_fields", "give percent or fixed, and only one".to_string()))
        }
    };
    found
        .map_err(|(field, code, why)| faults.push(Fault::at(format!("{place}{field}"), code, why)))
        .ok()
}

/// `7.5`: digits and at most one point, from 0 to 100, at most four decimals.
fn read_percent(text: &str) -> Result<Decimal, (&'static str, String)> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let ends_well = !text.starts_with('.') && !text.ends_with('.');
    let number = Decimal::from_str_exact(text).ok().filter(|_| plain && ends_well);
    let number = number.ok_or_else(|| {
        ("bad_number", "a percentage is a plain decimal number, such as 7.5".to_string())
    })?;
    if number > Decimal::ONE_HUNDRED {
        return Err(("out_of_range", "at most 100".to_string()));
    }
    if number.scale() > PERCENT_DECIMALS {
        return Err(("too_precise", format!("at most {PERCENT_DECIMALS} decimals")));
    }
    Ok(number)
}

/// `5.00` in a currency, not below zero.
fn read_fixed(text: &str, currency: Currency) -> Result<i64, (&'static str, String)> {
    let money = Money::parse(text, currency).map_err(|bad| (bad.code(), bad.to_string()))?;
    if money.minor < 0 {
        return Err(("out_of_range", "not below zero".to_string()));
    }
    Ok(money.minor)
}

/// A dated rule or the open-ended one, and not both.
fn lock_rule(asked: &LockTerms, faults: &mut Vec<Fault>) -> Option<LockRule> {
    let dated = asked.after.is_some() || asked.months.is_some() || asked.days.is_some();
    if asked.open_ended == Some(true) {
        if dated {
            let message = "an open-ended rule has no months and no days";
            faults.push(Fault::at("/lock", "one_of_fields", message));
            return None;
        }
        return Some(LockRule::OpenEnded);
    }
    let Some(after) = asked.after else {
        faults.push(Fault::at("/lock/after", "missing_field", "after is required"));
        return None;
    };
    let (months, days) = (asked.months.unwrap_or(0), asked.days.unwrap_or(0));
    Some(LockRule::After { after, months, days })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_strictly() {
        let read = |text| read_percent(text).map(|number| number.to_string());
        assert_eq!(read("7.5").unwrap(), "7.5");
        assert_eq!(read("0").unwrap(), "0");
        assert_eq!(read("100.0000").unwrap(), "100.0000");
        for (text, code) in [
            ("", "bad_number"),
            (".5", "bad_number"),
            ("5.", "bad_number"),
            ("-1", "bad_number"),
            ("1e1", "bad_number"),
            ("7,5", "bad_number"),
            ("1_0", "bad_number"),
            ("1.2.3", "bad_number"),
            ("100.01", "out_of_range"),
            ("7.50001", "too_precise"),
        ] {
            assert_eq!(read(text).unwrap_err().0, code, "{text:?}");
        }
    }
}
