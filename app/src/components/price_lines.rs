//! A price in three lines: who pays it, and who gets what of it.

use leptos::prelude::*;
pub(crate) use model::money::{BUYER, PAID, SELLER};
use model::money::{PriceLabels, PriceParts};

/// The three lines. The last two add up to the first.
pub(crate) fn price_lines(parts: PriceParts, labels: PriceLabels) -> AnyView {
    let line = |(label, amount)| view! { <li>{format!("{label} {amount}")}</li> }.into_any();
    view! { <ul class="price-lines" role="list">{parts.lines(labels).into_iter().map(line).collect_view()}</ul> }
        .into_any()
}
