//! What a buyer can check about a listing, its seller and its place.

use leptos::prelude::*;

/// How its price has changed, or falls by itself: the first line says it in short.
pub(super) fn in_short(mut lines: Vec<String>) -> AnyView {
    if lines.len() < 2 {
        return list(lines);
    }
    let note = lines.remove(0);
    view! { <details class="small"><summary>{note}</summary> {list(lines)}</details> }.into_any()
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
