//! `/balance`: the seller's balance.

use leptos::prelude::*;
use leptos_meta::Title;
use model::ledger::{BalanceView, EntryView};

use super::in_query;
use crate::{
    api::{MyBalance, get},
    components::{MoreLink, PageData, TimestampView, async_page},
    paths::with_query,
};

/// The balance, and its sales and refunds, newest first.
#[component]
pub(crate) fn BalancePage() -> impl IntoView {
    let before = in_query("before");
    let account =
        PageData::new(move || before.get().and_then(|id| id.parse::<i64>().ok()), |before| get(MyBalance { before }));
    async_page(account, |BalanceView { balance, entries, next }| {
        let next = next.map(|cursor| with_query("/balance", "before", &cursor.to_string()));
        view! {
            <Title text="Balance"/>
            <div class="page-head">
                <h1>"Balance"</h1>
                <p class="price price-large">{balance.to_string()}</p>
            </div>
            {entry_list(entries)}
            <MoreLink address=next label="Older entries"/>
            <p class="back"><a href="/listings">"Back to your listings"</a></p>
        }
        .into_any()
    })
}

fn entry_list(entries: Vec<EntryView>) -> AnyView {
    if entries.is_empty() {
        return view! {
            <section class="empty">
                <h2>"You have not sold a ticket yet"</h2>
                <p>"Money from your sales appears here."</p>
            </section>
        }
        .into_any();
    }
    view! { <ul class="tickets" role="list">{entries.into_iter().map(row).collect_view()}</ul> }.into_any()
}

fn row(EntryView { kind, title, amount, at }: EntryView) -> AnyView {
    view! {
        <li class="ticket">
            <div class="ticket-body">
                <h2 class="ticket-title">{title}</h2>
                <p class="ticket-where">{kind.label()} " · " <TimestampView at/></p>
            </div>
            <div class="ticket-stub">
                <p class="price">{amount.to_string()}</p>
            </div>
        </li>
    }
    .into_any()
}
