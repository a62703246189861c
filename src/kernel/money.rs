//! Exact money: whole minor units of one currency. Nothing here rounds unless its name says so.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// An ISO 4217 currency that has a minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Currency(iso_currency::Currency);

/// In the order of their codes.
impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Currency {
    /// What a company counts in until it says otherwise.
    pub fn us_dollar() -> Self {
        Self(iso_currency::Currency::USD)
    }

    /// The three-letter code.
    pub fn as_str(&self) -> &'static str {
        self.0.code()
    }

    /// How many decimals its amounts have: 0 for JPY, 2 for EUR, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| "a currency is an ISO 4217 code, such as EUR".to_string())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Z]{3}$"))
            .format(Some(utoipa::openapi::SchemaFormat::Custom("currency".into())))
            .examples(["EUR"])
            .into()
    }
}

impl utoipa::ToSchema for Currency {}

crate::text_column!(Currency);

/// An amount in a currency. Amounts of two currencies do not add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units: cents for EUR, yen for JPY, fils for KWD.
    pub minor: i64,
    /// What they are minor units of.
    pub currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Money", 2)?;
        fields.serialize_field("amount", &self.decimal())?;
        fields.serialize_field("currency", &self.currency)?;
        fields.end()
    }
}

impl utoipa::PartialSchema for Money {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let amount = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A decimal number with exactly the currency's decimals."))
            .pattern(Some(r"^-?[0-9]+(\.[0-9]+)?$"))
            .examples(["129.90"]);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("An amount in a currency."))
            .property("amount", amount)
            .required("amount")
            .property("currency", Currency::schema())
            .required("currency")
            .into()
    }
}

impl utoipa::ToSchema for Money {}

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    /// Not a plain decimal number with a point.
    #[error("an amount is a plain decimal number with a point, such as 129.90")]
    NotANumber,
    /// Finer than the currency's minor unit.
    #[error("{currency} has {exponent} decimals")]
    TooPrecise {
        /// The currency.
        currency: Currency,
        /// Its number of decimals.
        exponent: u32,
    },
    /// More minor units than 64 bits hold.
    #[error("the amount is too large")]
    TooLarge,
}

impl BadAmount {
    /// The stable code of this fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotANumber => "bad_number",
            Self::TooPrecise { .. } => "too_precise",
            Self::TooLarge => "out_of_range",
        }
    }
}

impl Money {
    /// That many minor units.
    pub fn of(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads `-129.90`: digits, at most one point, an optional minus. No comma, no exponent, no
    /// thousands separators, never more decimals than the currency has.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, BadAmount> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let dangling = digits.contains('.') && fraction.is_empty();
        if whole.is_empty() || dangling || !plain(whole) || !plain(fraction) {
            return Err(BadAmount::NotANumber);
        }
        let exponent = currency.exponent();
        let places = usize::try_from(exponent).unwrap_or(0);
        if fraction.len() > places {
            return Err(BadAmount::TooPrecise { currency, exponent });
        }
        let digits = format!("{whole}{fraction:0<places$}");
        let minor: i64 = digits.parse().map_err(|_| BadAmount::TooLarge)?;
        Ok(Self { minor: sign * minor, currency })
    }

    /// The decimal text with exactly the currency's decimals: `129.90`, `-0.05`, `1250` for JPY.
    pub fn amount(self) -> String {
        self.decimal().to_string()
    }

    /// The decimal number with exactly the currency's decimals.
    fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// `percent` of this amount, half-up (away from zero) at the minor unit; `None` beyond 64 bits.
    pub fn percent_half_up(self, percent: Decimal) -> Option<Self> {
        let exact =
            Decimal::from(self.minor).checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED)?;
        let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        Some(Self { minor: rounded.to_i64()?, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

/// Splits `total` in proportion to `weights`, so that the parts add up to it exactly.
///
/// Each part gets its share rounded down (towards zero); what is left goes, one unit each, to the
/// parts that lost most, the earlier first. All weights zero: the first part takes all.
/// Weights must not be negative; the sum of all is at most 2^63.
pub fn largest_remainder(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum <= 0 {
        let mut parts = vec![0; weights.len()];
        parts.iter_mut().take(1).for_each(|first| *first = total);
        return parts;
    }
    let (sign, size) = (i128::from(total.signum()), i128::from(total).abs());
    let mut shares: Vec<(i128, i128)> = weights
        .iter()
        .map(|weight| size * i128::from(*weight))
        .map(|exact| (exact / sum, exact % sum))
        .collect();
    let given: i128 = shares.iter().map(|(share, _)| share).sum();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(shares.get(*place).map(|(_, lost)| *lost)));
    let left = usize::try_from(size - given).unwrap_or(0);
    for place in order.into_iter().take(left) {
        if let Some((share, _)) = shares.get_mut(place) {
            *share += 1;
        }
    }
    shares.into_iter().map(|(share, _)| i64::try_from(sign * share).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    proptest! {
        #[test]
        fn every_amount_reads_back_as_it_was_written(minor: i64, code in "EUR|JPY|KWD") {
            prop_assume!(minor != i64::MIN);
            let money = Money::of(minor, currency(&code));
            prop_assert_eq!(Money::parse(&money.amount(), money.currency), Ok(money));
        }

        #[test]
        fn parts_add_up_and_are_fair(total in -1_000_000_i64..1_000_000, weights in prop::collection::vec(0_i64..10_000, 1..20)) {
            let parts = largest_remainder(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            let sum: i64 = weights.iter().sum();
            if sum > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let distance = (part * sum - total * weight).abs();
                    prop_assert!(distance < sum, "a part is off by a whole unit");
                }
            }
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            let _ = Money::parse(&text, currency("EUR"));
        }
    }

    #[test]
    fn amounts_are_read_strictly() {
        let eur = currency("EUR");
        let minor = |text| Money::parse(text, eur).map(|money| money.minor);
        assert_eq!(minor("129.9"), Ok(12_990));
        assert_eq!(minor("-0.05"), Ok(-5));
        assert_eq!(minor("007"), Ok(700));
        for bad in ["", ".", "1.", ".5", "1,50", "1.23E+2", "+1", " 1", "1 000", "0x10", "1.2.3"] {
            assert_eq!(minor(bad), Err(BadAmount::NotANumber), "{bad:?}");
        }
        assert!(matches!(minor("1.234"), Err(BadAmount::TooPrecise { exponent: 2, .. })));
        assert_eq!(minor("92233720368547758.08"), Err(BadAmount::TooLarge));
    }

    #[test]
    fn percentages_round_half_up() {
        let percent = |minor, text: &str| {
            Money::of(minor, currency("EUR")).percent_half_up(text.parse().unwrap()).unwrap().minor
        };
        assert_eq!(percent(1_000, "7.5"), 75);
        assert_eq!(percent(10, "5"), 1);
        assert_eq!(percent(-10, "5"), -1);
        assert_eq!(percent(9, "5"), 0);
    }

    #[test]
    fn a_fund_has_no_minor_unit_and_is_no_currency() {
        assert!("XXX".parse::<Currency>().is_err());
        assert!("eur".parse::<Currency>().is_err());
    }
}
