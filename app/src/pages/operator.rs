//! `/operator`: the health of the system, for operators.

use leptos::prelude::*;
use leptos_meta::Title;
use model::doctor::{InvariantCheck, Report};

use crate::{
    api::{CheckInvariants, get},
    components::{PageData, async_page},
};

/// The current result of every invariant check.
#[component]
pub(crate) fn OperatorPage() -> impl IntoView {
    async_page(PageData::new(|| (), |()| get(CheckInvariants {})), |report| {
        view! {
            <Title text="System health"/>
            <div class="page-head">
                <h1>"System health"</h1>
                <a class="btn" rel="external" href="/operator">"Refresh"</a>
            </div>
            {invariants(report)}
        }
        .into_any()
    })
}

fn invariants(report: Report) -> AnyView {
    let summary = match report.violations().count() {
        0 => "Every invariant holds.".to_owned(),
        1 => "One invariant is violated.".to_owned(),
        count => format!("{count} invariants are violated."),
    };
    view! {
        <p class="lead">{summary}</p>
        <table class="invariants">
            <thead>
                <tr><th scope="col">"Invariant"</th><th scope="col">"Found"</th><th scope="col">"At most"</th><th scope="col">"Status"</th></tr>
            </thead>
            <tbody>{report.checks.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn row(check: InvariantCheck) -> AnyView {
    let (class, verdict) =
        if check.is_violated() { ("status status-gone", "Violated") } else { ("status status-done", "Holds") };
    let unit = check.unit.label();
    view! {
        <tr>
            <th scope="row">{check.meaning} <code>{check.name}</code></th>
            <td>{check.value} " " {unit}</td>
            <td>{check.bound} " " {unit}</td>
            <td><span class=class>{verdict}</span></td>
        </tr>
    }
    .into_any()
}
