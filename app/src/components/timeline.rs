//! What happened to an order.

use leptos::prelude::*;
use model::orders::TimelineEntry;

use super::MomentView;

/// A quiet list, newest last.
#[component]
pub(crate) fn Timeline(
    /// Its lines.
    entries: Vec<TimelineEntry>,
) -> impl IntoView {
    let lines = entries.into_iter().map(|TimelineEntry { what, attempt, at }| {
        let attempt = attempt.filter(|&attempt| attempt > 1).map(|attempt| format!(" (try {attempt})"));
        view! { <li><MomentView at/> <span>{what.label()} {attempt}</span></li> }
    });
    view! { <ol class="timeline">{lines.collect_view()}</ol> }.into_any()
}
