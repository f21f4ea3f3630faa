//! A price in three lines: who pays it, and who gets what of it.

use leptos::prelude::*;
use model::{Money, money::PriceParts};

/// The labels of the lines, for one reader.
pub(crate) type PriceLabels = [&'static str; 3];

/// For a buyer who has not paid yet.
pub(crate) const BUYER: PriceLabels = ["You pay", "Seller gets", "We keep"];
/// For a buyer who has.
pub(crate) const PAID: PriceLabels = ["You paid", "Seller gets", "We keep"];
/// For the seller.
pub(crate) const SELLER: PriceLabels = ["Buyer pays", "You get", "We keep"];

/// The three lines. The last two add up to the first.
pub(crate) fn price_lines(parts: PriceParts, labels: PriceLabels) -> AnyView {
    let line = |(label, amount): (&str, Money)| view! { <li>{format!("{label} {amount}")}</li> }.into_any();
    let amounts = [parts.buyer, parts.seller, parts.platform];
    view! { <ul class="price-lines" role="list">{labels.into_iter().zip(amounts).map(line).collect_view()}</ul> }
        .into_any()
}
