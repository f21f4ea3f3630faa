//! How many tickets are on sale for how much.

use model::{
    Money,
    events::{BARS_MAX, PriceBar},
};

/// The widths of a range of prices that people read easily, in cents.
const WIDTHS: [i64; 12] = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000];
/// Of a hundred tickets, so many have ranges of the same width. What the dearest cost does not squeeze them.
const USUAL_PERCENT: i64 = 95;

/// The tickets by their price in ranges of one width, as narrow as [`BARS_MAX`] allows. The last has no upper end if some
/// tickets cost far more than most. `prices` has each price in cents with its number of tickets, in ascending order.
pub(super) fn bars(prices: &[(i64, i64)]) -> Vec<PriceBar> {
    let Some(&(lowest, _)) = prices.first() else { return Vec::new() };
    let usual = usual_price(prices);
    let max = i64::try_from(BARS_MAX).unwrap_or(i64::MAX);
    let ranges = |width: i64| usual / width - lowest / width + 1;
    let width = WIDTHS.into_iter().find(|width| ranges(*width) <= max).unwrap_or(usual / max + 1);
    let first = lowest / width;
    let mut bars: Vec<_> = (first..first + ranges(width))
        .map(|n| PriceBar { from: Money::usd(n * width), below: Some(Money::usd((n + 1) * width)), tickets: 0 })
        .collect();
    let last = bars.len() - 1;
    for (price, tickets) in prices {
        let n = usize::try_from(price / width - first).unwrap_or_default();
        if n > last {
            bars[last].below = None;
        }
        bars[n.min(last)].tickets += usize::try_from(*tickets).unwrap_or_default();
    }
    bars
}

/// The price that [`USUAL_PERCENT`] of the tickets cost at most.
fn usual_price(prices: &[(i64, i64)]) -> i64 {
    let all: i64 = prices.iter().map(|(_, tickets)| tickets).sum();
    let mut counted = 0;
    for (price, tickets) in prices {
        counted += tickets;
        if counted * 100 >= all * USUAL_PERCENT {
            return *price;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(prices: &[(i64, i64)]) -> Vec<(String, Option<String>, usize)> {
        let write = |bar: PriceBar| (bar.from.to_string(), bar.below.map(|below| below.to_string()), bar.tickets);
        bars(prices).into_iter().map(write).collect()
    }

    fn bar(from: &str, below: &str, tickets: usize) -> (String, Option<String>, usize) {
        (from.to_owned(), Some(below.to_owned()).filter(|below| !below.is_empty()), tickets)
    }

    #[test]
    fn ranges_are_as_narrow_as_there_is_room_for() {
        assert_eq!(bars(&[]), []);
        assert_eq!(written(&[(4_950, 2)]), [bar("$49.00", "$50.00", 2)]);
        let wide = written(&[(4_950, 2), (5_100, 1), (6_049, 4)]);
        assert_eq!(wide.len(), 12);
        assert_eq!((&wide[0], &wide[11]), (&bar("$49.00", "$50.00", 2), &bar("$60.00", "$61.00", 4)));
        let wider = written(&[(4_950, 2), (5_100, 1), (6_100, 4)]);
        assert_eq!((wider.len(), &wider[0], &wider[6]), (7, &bar("$48.00", "$50.00", 2), &bar("$60.00", "$62.00", 4)));
    }

    #[test]
    fn few_dear_tickets_are_in_the_last_range() {
        let many: Vec<_> = (10..20).map(|dollars| (dollars * 100, 4)).chain([(9_999_900, 2)]).collect();
        let bars = written(&many);
        assert_eq!((bars.len(), bars.last()), (10, Some(&bar("$19.00", "", 6))));
    }

    proptest! {
        #[test]
        fn every_ticket_is_in_one_range(prices in prop::collection::btree_map(50i64..=10_000_000, 1i64..50, 1..60)) {
            let prices: Vec<_> = prices.into_iter().collect();
            let bars = bars(&prices);
            prop_assert!(bars.len() <= BARS_MAX);
            for (n, bar) in bars.iter().enumerate() {
                let is_within = |price: i64| bar.from.cents() <= price && bar.below.is_none_or(|below| price < below.cents());
                let tickets: i64 = prices.iter().filter(|(price, _)| is_within(*price)).map(|(_, tickets)| tickets).sum();
                prop_assert_eq!(i64::try_from(bar.tickets).unwrap_or_default(), tickets);
                prop_assert!(bar.below.is_some() || n + 1 == bars.len());
            }
        }
    }
}
