//! `/operator`: the health of the system, for operators.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    delivery::{RefusedTwin, TwinListing},
    disputes::{DisputesView, OpenDispute, WarnedPayment},
    doctor::{InvariantCheck, Report},
};

use crate::{
    api::{CheckInvariants, OpenDisputes, RefusedTwins, get},
    components::{PageData, TimestampView, async_page},
};

/// The current result of every invariant check, the open disputes, and the tickets that two have listed.
#[component]
pub(crate) fn OperatorPage() -> impl IntoView {
    let data = PageData::new(
        || (),
        |()| async move { Ok((get(OpenDisputes {}).await?, get(RefusedTwins {}).await?, get(CheckInvariants {}).await?)) },
    );
    async_page(data, |(disputes, twins, report)| {
        view! {
            <Title text="System health"/>
            <div class="page-head">
                <h1>"System health"</h1>
                <a class="btn" rel="external" href="/operator">"Refresh"</a>
            </div>
            {invariants(report)}
            {open_disputes(disputes)}
            {refused_twins(twins)}
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

fn open_disputes(DisputesView { open, warnings }: DisputesView) -> AnyView {
    view! {
        <section>
            <h2>"Open disputes"</h2>
            {if open.is_empty() {
                view! { <p>"No payment is disputed."</p> }.into_any()
            } else {
                view! {
                    <p>"Answer them at Stripe. While a bank has the money, Stripe refuses to refund the payment."</p>
                    <table class="invariants">
                        <thead>
                            <tr><th scope="col">"Dispute"</th><th scope="col">"Amount"</th><th scope="col">"Evidence until"</th><th scope="col">"Status"</th></tr>
                        </thead>
                        <tbody>{open.into_iter().map(dispute).collect_view()}</tbody>
                    </table>
                }
                .into_any()
            }}
            <h2>"Fraud warnings"</h2>
            {if warnings.is_empty() {
                view! { <p>"No card's network has warned of fraud within 30 days."</p> }.into_any()
            } else {
                view! {
                    <p>"A refund in time can prevent a dispute and its fee."</p>
                    <table class="invariants">
                        <thead>
                            <tr><th scope="col">"Warning"</th><th scope="col">"Amount"</th><th scope="col">"Made"</th><th scope="col">"Status"</th></tr>
                        </thead>
                        <tbody>{warnings.into_iter().map(warning).collect_view()}</tbody>
                    </table>
                }
                .into_any()
            }}
        </section>
    }
    .into_any()
}

fn dispute(dispute: OpenDispute) -> AnyView {
    let OpenDispute { stripe_id, payment, title, amount, fee, reason, status, evidence_due, refunded } = dispute;
    let refunded = refunded.map(|refunded| format!("{refunded} of the payment was refunded already. Tell the bank."));
    view! {
        <tr>
            <th scope="row">
                <bdi>{title}</bdi> " " <code>{stripe_id}</code> " of payment " <code>{payment.to_string()}</code> ": " {reason} ". " {refunded}
            </th>
            <td>{amount.to_string()} " and a fee of " {fee.to_string()}</td>
            <td>{match evidence_due {
                Some(at) => view! { <TimestampView at/> }.into_any(),
                None => view! { "none taken" }.into_any(),
            }}</td>
            <td>{status.label()}</td>
        </tr>
    }
    .into_any()
}

fn warning(warning: WarnedPayment) -> AnyView {
    let WarnedPayment { stripe_id, payment, title, amount, kind, is_actionable, at } = warning;
    view! {
        <tr>
            <th scope="row"><bdi>{title}</bdi> " " <code>{stripe_id}</code> " of payment " <code>{payment.to_string()}</code> ": " {kind}</th>
            <td>{amount.to_string()}</td>
            <td><TimestampView at/></td>
            <td>{if is_actionable { "A refund can prevent a dispute" } else { "Too late for a refund" }}</td>
        </tr>
    }
    .into_any()
}

fn refused_twins(twins: Vec<RefusedTwin>) -> AnyView {
    view! {
        <section>
            <h2>"Tickets that two have listed"</h2>
            {if twins.is_empty() {
                view! { <p>"No ticket was refused because another listing has it."</p> }.into_any()
            } else {
                view! {
                    <p>"The second one was refused. Which of the two sellers has the ticket, a code alone does not tell."</p>
                    <table class="invariants">
                        <thead>
                            <tr><th scope="col">"Refused"</th><th scope="col">"Has it"</th><th scope="col">"Times"</th><th scope="col">"Last"</th></tr>
                        </thead>
                        <tbody>{twins.into_iter().map(refused_twin).collect_view()}</tbody>
                    </table>
                }
                .into_any()
            }}
        </section>
    }
    .into_any()
}

fn refused_twin(twin: RefusedTwin) -> AnyView {
    let RefusedTwin { title, refused, other, times, last } = twin;
    view! {
        <tr>
            <th scope="row"><bdi>{title}</bdi> ": " {twin_listing(refused)}</th>
            <td>{twin_listing(other)}</td>
            <td>{times}</td>
            <td><TimestampView at=last/></td>
        </tr>
    }
    .into_any()
}

fn twin_listing(TwinListing { listing, seller }: TwinListing) -> AnyView {
    let of = seller.map_or_else(|| "of a deleted account".to_owned(), |seller| format!("of {seller}"));
    view! { <a href=format!("/tickets/{listing}")>"listing"</a> " " {of} }.into_any()
}
