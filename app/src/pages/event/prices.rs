//! What the tickets cost, as a picture and as a table.

use leptos::prelude::*;
use model::{Money, events::PriceBar};

use crate::components::{Bar, bar_chart, tickets};

/// Fewer bars show nothing that the list does not.
const BARS_MIN: usize = 3;

/// The tickets on sale by their price.
pub(super) fn prices(bars: &[PriceBar]) -> Option<AnyView> {
    let (first, last) = (bars.first()?, bars.last()?);
    if bars.len() < BARS_MIN {
        return None;
    }
    let end = last.below.map_or_else(|| format!("{} and more", dollars(last.from)), dollars);
    let ends = [dollars(first.from), end];
    let bar = |bar: &PriceBar| Bar { label: range(bar), value: bar.tickets, text: tickets(bar.tickets) };
    let bars: Vec<_> = bars.iter().map(bar).collect();
    Some(bar_chart("Tickets on sale, by price", ["Price", "On sale"], &bars, &ends))
}

fn range(bar: &PriceBar) -> String {
    match bar.below {
        Some(below) => format!("{} to less than {}", dollars(bar.from), dollars(below)),
        None => format!("{} and more", dollars(bar.from)),
    }
}

/// Whole dollars.
fn dollars(price: Money) -> String {
    price.to_string().trim_end_matches(".00").to_owned()
}
