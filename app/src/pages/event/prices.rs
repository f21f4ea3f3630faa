//! What the tickets cost, as a picture and as a table.

use leptos::prelude::*;
use model::{Money, events::PriceBar};

use crate::components::tickets;

/// Fewer bars show nothing that the list does not.
const BARS_MIN: usize = 3;
/// The size of the picture, in its own units. A page stretches it to its width.
const HEIGHT: usize = 48;
const BAR: usize = 20;
const GAP: usize = 2;

/// The tickets on sale by their price.
pub(super) fn prices(bars: &[PriceBar]) -> Option<AnyView> {
    let most = bars.iter().map(|bar| bar.tickets).max().unwrap_or_default().max(1);
    let (first, last) = (bars.first()?, bars.last()?);
    if bars.len() < BARS_MIN {
        return None;
    }
    let rects: String = (0..).zip(bars).map(|(n, bar)| rect(n, bar.tickets, most)).collect();
    let rows = bars
        .iter()
        .filter(|bar| bar.tickets > 0)
        .map(|bar| view! { <tr><th scope="row">{range(bar)}</th><td>{tickets(bar.tickets)}</td></tr> }.into_any());
    let size = format!("0 0 {} {HEIGHT}", bars.len() * BAR);
    let end = last.below.map_or_else(|| format!("{} and more", dollars(last.from)), dollars);
    Some(
        view! {
            <figure class="prices">
                <figcaption>"Tickets on sale, by price"</figcaption>
                <svg viewBox=size preserveAspectRatio="none" aria-hidden="true" inner_html=rects></svg>
                <p class="prices-ends" aria-hidden="true"><span>{dollars(first.from)}</span> <span>{end}</span></p>
                <table class="sr-only">
                    <thead><tr><th scope="col">"Price"</th><th scope="col">"On sale"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </figure>
        }
        .into_any(),
    )
}

/// The bar number `n`. One of few tickets among many is still seen.
fn rect(n: usize, tickets: usize, most: usize) -> String {
    let height = if tickets == 0 { 0 } else { (tickets * HEIGHT / most).max(2) };
    let (x, y, width) = (n * BAR + GAP / 2, HEIGHT - height, BAR - GAP);
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"1\"/>")
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
