//! The platform's fee on a sale, and what each side gets of a price.

use serde::{Deserialize, Serialize};

use super::Money;

/// The highest fee: half of the price.
pub const MAX_FEE_BASIS_POINTS: u32 = 5_000;

/// A share of the price in basis points, hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fee {
    /// At most [`MAX_FEE_BASIS_POINTS`].
    pub basis_points: u32,
}

impl Fee {
    /// The fee on a price, in cents, rounded down: the seller gets the fraction of a cent.
    #[must_use]
    pub fn of_cents(self, price: Money) -> i64 {
        price.cents().saturating_mul(i64::from(self.basis_points)) / 10_000
    }

    /// What each side gets of a price under this fee.
    #[must_use]
    pub fn parts(self, price: Money) -> PriceParts {
        PriceParts::of(price, Money::usd(self.of_cents(price)))
    }
}

/// The labels of the three lines of a price, for one reader.
pub type PriceLabels = [&'static str; 3];

/// For a buyer who has not paid yet.
pub const BUYER: PriceLabels = ["You pay", "Seller gets", "We keep"];
/// For a buyer who has.
pub const PAID: PriceLabels = ["You paid", "Seller gets", "We keep"];
/// For the seller.
pub const SELLER: PriceLabels = ["Buyer pays", "You get", "We keep"];

/// A price as three lines. The last two add up to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceParts {
    /// What the buyer pays.
    pub buyer: Money,
    /// What the seller gets of it.
    pub seller: Money,
    /// What the platform keeps of it.
    pub platform: Money,
}

impl PriceParts {
    /// The parts of a price with a fee that is fixed already, as that of an order.
    #[must_use]
    pub fn of(price: Money, fee: Money) -> Self {
        Self { buyer: price, seller: Money::usd(price.cents() - fee.cents()), platform: fee }
    }

    /// The three lines: each label with its amount.
    #[must_use]
    pub fn lines(self, labels: PriceLabels) -> [(&'static str, Money); 3] {
        let [buyer, seller, platform] = labels;
        [(buyer, self.buyer), (seller, self.seller), (platform, self.platform)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fee_is_rounded_down_to_the_cent() {
        for (price, basis_points, fee) in [(4950, 0, 0), (4950, 250, 123), (50, 1, 0), (10_000, 1, 1), (99, 5_000, 49)]
        {
            assert_eq!(Fee { basis_points }.of_cents(Money::usd(price)), fee, "{price} at {basis_points}");
        }
    }

    proptest! {
        #[test]
        fn fee_is_at_most_half_of_the_price(price in 50_i64..=10_000_000, basis_points in 0..=MAX_FEE_BASIS_POINTS) {
            let fee = Fee { basis_points }.of_cents(Money::usd(price));
            prop_assert!((0..=price / 2).contains(&fee));
        }

        #[test]
        fn parts_add_up_to_the_price(price in 50_i64..=1_000_000_000, basis_points in 0..=MAX_FEE_BASIS_POINTS) {
            let parts = Fee { basis_points }.parts(Money::usd(price));
            prop_assert_eq!(parts.buyer, Money::usd(price));
            prop_assert_eq!(parts.seller.cents() + parts.platform.cents(), price);
        }
    }
}
