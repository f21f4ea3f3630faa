//! Money in whole minor units with its currency. No amount is ever a float.

mod fee;
mod price;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::fee::{BUYER, Fee, MAX_FEE_BASIS_POINTS, PAID, PriceLabels, PriceParts, SELLER};

/// The currency of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Currency {
    /// United States dollar; its minor unit is the cent.
    Usd,
}

impl Currency {
    /// ISO 4217, in the lower case that Stripe and the database use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Usd => "usd",
        }
    }

    /// Reads such a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Usd].into_iter().find(|currency| currency.code() == code)
    }
}

/// An amount, exact to the cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    cents: i64,
    currency: Currency,
}

impl Money {
    /// The lowest price of a ticket: Stripe's minimum charge is 50 cents.
    pub const MIN_PRICE: Self = Self::usd(50);
    /// The highest price of a ticket: 100,000 dollars.
    pub const MAX_PRICE: Self = Self::usd(10_000_000);

    /// An amount in minor units of a currency.
    #[must_use]
    pub const fn new(cents: i64, currency: Currency) -> Self {
        Self { cents, currency }
    }

    /// An amount in cents of a US dollar.
    #[must_use]
    pub const fn usd(cents: i64) -> Self {
        Self { cents, currency: Currency::Usd }
    }

    /// The amount in minor units.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.cents
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The price of `count` tickets. Never more than [`i64::MAX`] cents.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        Self { cents: self.cents.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)), ..self }
    }

    /// The amount for a form field: `1999.90`, no sign, no separators.
    #[must_use]
    pub fn to_input(self) -> String {
        format!("{}.{:02}", self.cents / 100, self.cents % 100)
    }
}

/// `$1,999.90`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.cents < 0 { "-" } else { "" };
        let whole = (self.cents.unsigned_abs() / 100).to_string();
        let mut grouped = String::with_capacity(whole.len() + whole.len() / 3);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}${grouped}.{:02}", self.cents.unsigned_abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    /// The messages are constants, and so are the bounds: they must agree.
    #[test]
    fn says_its_bounds_as_they_are() {
        for (code, bound) in [(Code::PriceTooLow, Money::MIN_PRICE), (Code::PriceTooHigh, Money::MAX_PRICE)] {
            assert!(code.words().ends_with(&format!(" {bound}.")), "{}", code.words());
        }
    }

    #[test]
    fn shows_dollars_with_separators() {
        for (cents, text) in [
            (0, "$0.00"),
            (5, "$0.05"),
            (1999, "$19.99"),
            (100_000, "$1,000.00"),
            (10_000_000, "$100,000.00"),
            (-150, "-$1.50"),
        ] {
            assert_eq!(Money::usd(cents).to_string(), text);
        }
    }
}
