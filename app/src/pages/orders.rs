//! `/orders`: the user's orders and waitlists.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    OrderId,
    orders::{OrderPage, OrderStatus, OrderView},
    waitlist::WaitlistEntry,
};

use super::in_query;
use crate::{
    api::{MyOrders, MyWaitlists, get},
    components::{EventTimeView, MoreLink, PageData, TimestampView, async_page, tickets},
    paths::with_query,
};

/// The user's waitlists, then their orders, newest first.
#[component]
pub(crate) fn OrdersPage() -> impl IntoView {
    let after = in_query("after");
    let orders = PageData::new(
        move || after.get().and_then(|id| id.parse::<OrderId>().ok()),
        |after| async move {
            let page = get(MyOrders { after }).await?;
            let waitlists = if after.is_none() { get(MyWaitlists {}).await? } else { Vec::new() };
            Ok((waitlists, page))
        },
    );
    async_page(orders, |(waitlists, page)| {
        view! {
            <Title text="My orders"/>
            <div class="page-head"><h1>"My orders"</h1></div>
            {waitlist_entries(waitlists)}
            {order_list(page)}
        }
        .into_any()
    })
}

fn waitlist_entries(entries: Vec<WaitlistEntry>) -> AnyView {
    if entries.is_empty() {
        return ().into_any();
    }
    let row = |WaitlistEntry { listing, wanted, title, starts, position }: WaitlistEntry| {
        let several = (wanted > 1).then(|| format!(" for {}", tickets(wanted)));
        view! {
            <li class="ticket">
                <div class="ticket-body">
                    <h2 class="ticket-title"><a href=format!("/tickets/{listing}")>{title}</a></h2>
                    <p class="ticket-when"><EventTimeView at=starts/></p>
                </div>
                <div class="ticket-stub">
                    <p class="status status-locked">"You are number " {position} " on the waitlist" {several}</p>
                </div>
            </li>
        }
    };
    view! { <ul class="tickets" aria-label="Your waitlists">{entries.into_iter().map(row).collect_view()}</ul> }
        .into_any()
}

fn order_list(OrderPage { orders, next }: OrderPage) -> AnyView {
    if orders.is_empty() {
        return view! {
            <section class="empty">
                <h2>"You have not bought a ticket yet"</h2>
                <p>"Choose one and it is reserved for you while you pay."</p>
                <p class="actions"><a class="btn btn-primary" href="/">"See the tickets on sale"</a></p>
            </section>
        }
        .into_any();
    }
    let next = next.map(|cursor| with_query("/orders", "after", &cursor.to_string()));
    view! {
        <ul class="tickets">{orders.into_iter().map(row).collect_view()}</ul>
        <MoreLink address=next label="Older orders"/>
    }
    .into_any()
}

fn row(order: OrderView) -> AnyView {
    let OrderView { id, status, tickets: bought, price, expires_at, .. } = order;
    let several = (bought.count > 1).then(|| format!("{} · ", tickets(bought.count)));
    let until = status
        .is_open()
        .then(|| view! { <p class="ticket-place">"Pay by " <TimestampView at=expires_at/></p> }.into_any());
    view! {
        <li class="ticket">
            <div class="ticket-body">
                <h2 class="ticket-title"><a href=format!("/orders/{id}")>{bought.title}</a></h2>
                <p class="ticket-when"><EventTimeView at=bought.starts/></p>
                <p class="ticket-where">{bought.venue} ", " {bought.city} " · " {several} {bought.place}</p>
            </div>
            <div class="ticket-stub">
                <p class="price">{price.to_string()}</p>
                <p class=status_class(status)>{status.label()}</p>
                {until}
            </div>
        </li>
    }
    .into_any()
}

/// The CSS classes of a status.
pub(super) fn status_class(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Created | OrderStatus::AwaitingPayment => "status status-locked",
        OrderStatus::Complete => "status status-done",
        OrderStatus::RefundPending | OrderStatus::Refunded | OrderStatus::Cancelled | OrderStatus::Expired => {
            "status status-gone"
        }
    }
}
