//! The history of an order.

use leptos::prelude::*;
use model::orders::{OrderEventKind, TimelineEntry};

use super::TimestampView;

/// A list of events, newest last.
#[component]
pub(crate) fn Timeline(
    /// The events.
    entries: Vec<TimelineEntry>,
    /// The words for the reader. What has none is left out.
    words: fn(OrderEventKind) -> Option<&'static str>,
) -> impl IntoView {
    let rows = entries.into_iter().filter_map(|TimelineEntry { what, attempt, at }| {
        let words = words(what)?;
        let attempt = attempt.filter(|&attempt| attempt > 1).map(|attempt| format!(" (try {attempt})"));
        Some(view! { <li><TimestampView at/> <span>{words} {attempt}</span></li> }.into_any())
    });
    view! { <ol class="timeline" role="list">{rows.collect_view()}</ol> }.into_any()
}
