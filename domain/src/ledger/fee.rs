//! The platform's fee on a sale.

use model::Money;

/// The highest fee: half of the price.
pub const MAX_FEE_BASIS_POINTS: u32 = 5_000;

/// A share of the price in basis points, hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fee {
    /// At most [`MAX_FEE_BASIS_POINTS`].
    pub basis_points: u32,
}

impl Fee {
    /// The fee on a price, in cents, rounded down: the seller gets the fraction of a cent.
    pub(crate) fn of_cents(self, price: Money) -> i64 {
        price.cents().saturating_mul(i64::from(self.basis_points)) / 10_000
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
    }
}
