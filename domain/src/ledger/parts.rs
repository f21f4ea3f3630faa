//! How a refund or a dispute is divided between seller and platform.

/// What seller and platform have got of a payment, and what they have given back so far, in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) seller_got: i64,
    pub(crate) platform_got: i64,
    pub(crate) seller_gave: i64,
    pub(crate) platform_gave: i64,
}

impl Parts {
    /// What has been given back so far.
    pub(crate) fn given(self) -> i64 {
        self.seller_gave + self.platform_gave
    }

    /// What seller and platform give now, so that `total_cents` are given back in all; negative for what they get again.
    ///
    /// Each gives its share of what it got, and the platform's is rounded down to whole cents. The shares depend on the total alone:
    /// refunds, disputes and their reversals come to the same in any order, and a whole refund is the capture with the other
    /// sign. What goes beyond the capture, such as by a dispute after a refund, is the platform's loss.
    pub(crate) fn to_give(self, total_cents: i64) -> (i64, i64) {
        let captured = self.seller_got + self.platform_got;
        let shared = total_cents.min(captured);
        // Of two amounts of eight digits at most.
        let platform_share = if captured == 0 { 0 } else { self.platform_got * shared / captured };
        let seller_total = shared - platform_share;
        (seller_total - self.seller_gave, total_cents - seller_total - self.platform_gave)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn capture(price: i64, fee: i64) -> Parts {
        Parts { seller_got: price - fee, platform_got: fee, seller_gave: 0, platform_gave: 0 }
    }

    fn give(parts: Parts, total: i64) -> Parts {
        let (seller, platform) = parts.to_give(total);
        Parts { seller_gave: parts.seller_gave + seller, platform_gave: parts.platform_gave + platform, ..parts }
    }

    #[test]
    fn refund_takes_from_each_its_share() {
        assert_eq!(capture(4950, 495).to_give(2000), (1800, 200));
        assert_eq!(capture(4950, 123).to_give(1), (1, 0), "the fraction is the platform's");
        assert_eq!(capture(4950, 4950).to_give(1000), (0, 1000), "what could not be delivered is the platform's");
        assert_eq!(capture(4950, 495).to_give(4951), (4455, 496), "the platform loses what is beyond");
    }

    proptest! {
        #[test]
        fn order_of_refunds_and_failures_does_not_matter(price in 50_i64..=1_000_000_000, fee in 0_i64..=5_000, totals in prop::collection::vec(0_i64..=10_000, 0..6)) {
            let start = capture(price, price * fee / 10_000);
            let mut parts = start;
            for total in totals {
                parts = give(parts, price * total / 10_000);
                prop_assert!((0..=start.seller_got).contains(&parts.seller_gave) && (0..=start.platform_got).contains(&parts.platform_gave));
                prop_assert_eq!(parts, give(start, parts.given()));
            }
            prop_assert_eq!(give(parts, price), Parts { seller_gave: start.seller_got, platform_gave: start.platform_got, ..start });
        }
    }
}
