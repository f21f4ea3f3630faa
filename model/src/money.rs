//! Money in whole minor units with its currency. No amount is ever a float.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Code;

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

    /// Parses a price as people write it: `20`, `19.9`, `19.99`, `$19.99`.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidPrice`] for anything else, thousands separators and a decimal
    /// comma included, because `1,999` is ambiguous;
    /// [`Code::PriceTooLow`] and [`Code::PriceTooHigh`] outside
    /// [`Money::MIN_PRICE`] and [`Money::MAX_PRICE`].
    pub fn parse_price(text: &str) -> Result<Self, Code> {
        let text = text.trim();
        let text = text.strip_prefix('$').unwrap_or(text);
        let (dollars, cents) = text.split_once('.').unwrap_or((text, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(dollars) || !all_digits(cents) || cents.len() > 2 {
            return Err(Code::InvalidPrice);
        }
        // The only error left is too many digits.
        let dollars: i64 = dollars.parse().map_err(|_| Code::PriceTooHigh)?;
        let tens = if cents.len() == 1 { 10 } else { 1 };
        let cents: i64 = cents.parse::<i64>().map_err(|_| Code::InvalidPrice)? * tens;
        let total = dollars.checked_mul(100).and_then(|whole| whole.checked_add(cents)).ok_or(Code::PriceTooHigh)?;
        if total < Self::MIN_PRICE.cents {
            Err(Code::PriceTooLow)
        } else if total > Self::MAX_PRICE.cents {
            Err(Code::PriceTooHigh)
        } else {
            Ok(Self::usd(total))
        }
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, cents) in [
            ("20", 2000),
            ("19.99", 1999),
            ("$19.99", 1999),
            (" 19.9 ", 1990),
            ("0.50", 50),
            ("0000.5", 50),
            ("100000.00", 10_000_000),
        ] {
            assert_eq!(Money::parse_price(text), Ok(Money::usd(cents)), "{text:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_price() {
        for text in [
            "", "$", ".", "5.", ".5", "1,999", "19,99", "1e3", "-5", "+5", "1.999", "0x10", "٣", "$ 5", "1 000", "NaN",
            "$$5",
        ] {
            assert_eq!(Money::parse_price(text), Err(Code::InvalidPrice), "{text:?}");
        }
        for text in ["0", "0.49", "0.00"] {
            assert_eq!(Money::parse_price(text), Err(Code::PriceTooLow), "{text:?}");
        }
        for text in ["100000.01", "9223372036854775807", "92233720368547758070"] {
            assert_eq!(Money::parse_price(text), Err(Code::PriceTooHigh), "{text:?}");
        }
    }

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

    proptest! {
        #[test]
        fn every_price_survives_being_written_and_read(cents in Money::MIN_PRICE.cents()..=Money::MAX_PRICE.cents()) {
            let money = Money::usd(cents);
            prop_assert_eq!(Money::parse_price(&money.to_input()), Ok(money));
            // The shown form differs from the written form only by its separators.
            prop_assert_eq!(Money::parse_price(&money.to_string().replace(',', "")), Ok(money));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Money::parse_price(&text);
        }
    }
}
