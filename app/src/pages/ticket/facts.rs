//! What a buyer can check about a listing, its seller and its place.

use leptos::prelude::*;
use model::tickets::{FallingPrice, PriceStep};

use crate::components::TimestampView;

/// When it was listed, and how its price has changed: the first line says it in short.
pub(super) fn price_history(mut lines: Vec<String>) -> AnyView {
    if lines.len() < 2 {
        return list(lines);
    }
    let note = lines.remove(0);
    view! { <details class="small"><summary>{note}</summary> {list(lines)}</details> }.into_any()
}

/// How the price falls by itself: the next step in short.
pub(super) fn falling_price(falling: Option<FallingPrice>) -> AnyView {
    let Some(FallingPrice { words, steps, .. }) = falling else { return ().into_any() };
    let Some(next) = steps.first().cloned() else { return ().into_any() };
    let steps = steps.into_iter().map(|each| view! { <li>{step(each)}</li> }.into_any()).collect_view();
    view! {
        <details class="small">
            <summary>"The price falls. Next: " {step(next)}</summary>
            <p>{words}</p>
            <ul aria-label="Steps of the price" role="list">{steps}</ul>
        </details>
    }
    .into_any()
}

fn step(PriceStep { price, at }: PriceStep) -> AnyView {
    let when = match at {
        Some(at) => view! { "from " <TimestampView at/> }.into_any(),
        None => "as soon as no ticket is reserved".into_any(),
    };
    view! { {price.to_string()} " " {when} }.into_any()
}

/// Lines under a heading, if there are any.
pub(super) fn section(heading: &'static str, lines: Vec<String>) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    view! { <section class="sheet"><h2>{heading}</h2> {list(lines)}</section> }.into_any()
}

fn list(lines: Vec<String>) -> AnyView {
    let line = |text: String| view! { <li>{text}</li> }.into_any();
    view! { <ul class="small" role="list">{lines.into_iter().map(line).collect_view()}</ul> }.into_any()
}
