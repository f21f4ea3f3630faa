//! `/operator`: how the shop is, for those who run it.

use domain::doctor::{Finding, Report};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{ExamineShop, get},
    components::loaded,
};

/// What the doctor finds at this moment.
#[component]
pub(crate) fn OperatorPage() -> impl IntoView {
    loaded(Resource::new_blocking(|| (), |()| get(ExamineShop {})), |report| {
        view! {
            <Title text="How the shop is"/>
            <div class="page-head">
                <h1>"How the shop is"</h1>
                <a class="btn" rel="external" href="/operator">"Look again"</a>
            </div>
            {findings(report)}
        }
        .into_any()
    })
}

fn findings(report: Report) -> AnyView {
    let summary = match report.breaches().count() {
        0 => "Every promise is kept.".to_owned(),
        1 => "One promise is broken.".to_owned(),
        broken => format!("{broken} promises are broken."),
    };
    view! {
        <p class="lead">{summary}</p>
        <table class="findings">
            <thead>
                <tr><th scope="col">"Promise"</th><th scope="col">"Found"</th><th scope="col">"At most"</th><th scope="col">"So"</th></tr>
            </thead>
            <tbody>{report.findings.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn row(finding: Finding) -> AnyView {
    let (class, verdict) =
        if finding.is_breach() { ("status status-gone", "Broken") } else { ("status status-done", "Kept") };
    let unit = finding.unit.label();
    view! {
        <tr>
            <th scope="row">{finding.meaning} <code>{finding.name}</code></th>
            <td>{finding.value} " " {unit}</td>
            <td>{finding.bound} " " {unit}</td>
            <td><span class=class>{verdict}</span></td>
        </tr>
    }
    .into_any()
}
