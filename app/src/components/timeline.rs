//! The history of an order.

use leptos::prelude::*;
use model::orders::TimelineEntry;

use super::TimestampView;

/// A list of events, newest last.
#[component]
pub(crate) fn Timeline(
    /// The events.
    entries: Vec<TimelineEntry>,
) -> impl IntoView {
    let rows = entries.into_iter().map(|TimelineEntry { what, attempt, at }| {
        let attempt = attempt.filter(|&attempt| attempt > 1).map(|attempt| format!(" (try {attempt})"));
        view! { <li><TimestampView at/> <span>{what.label()} {attempt}</span></li> }.into_any()
    });
    view! { <ol class="timeline">{rows.collect_view()}</ol> }.into_any()
}
