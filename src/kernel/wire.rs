//! How shared nouns look in answers.

use serde::Serialize;
use utoipa::ToSchema;

use super::money::{Currency, Money};

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Money)]
pub struct MoneyView {
    /// A decimal with exactly as many decimals as the currency has.
    #[schema(example = "129.90")]
    pub amount: String,
    /// ISO 4217.
    pub currency: Currency,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency }
    }
}
