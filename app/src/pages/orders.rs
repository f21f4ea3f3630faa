//! `/orders`: what the user buys.

use domain::{
    OrderId,
    line::Waiting,
    orders::{OrderPage, OrderStatus, OrderView},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::in_query;
use crate::{
    api::{MyLines, MyOrders, get},
    components::{EventTimeView, MomentView, MoreLink, loaded},
    paths::with_query,
};

/// What the user waits for, and their orders, newest first.
#[component]
pub(crate) fn OrdersPage() -> impl IntoView {
    let after = in_query("after");
    let orders = Resource::new_blocking(
        move || after.get().and_then(|id| id.parse::<OrderId>().ok()),
        |after| async move {
            let page = get(MyOrders { after }).await?;
            let lines = if after.is_none() { get(MyLines {}).await? } else { Vec::new() };
            Ok((lines, page))
        },
    );
    loaded(orders, |(lines, page)| {
        view! {
            <Title text="My orders"/>
            <div class="page-head"><h1>"My orders"</h1></div>
            {queue(lines)}
            {shelf(page)}
        }
        .into_any()
    })
}

fn queue(lines: Vec<Waiting>) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let row = |Waiting { ticket, title, starts, place }: Waiting| {
        view! {
            <li class="ticket">
                <div class="ticket-body">
                    <h2 class="ticket-title"><a href=format!("/tickets/{ticket}")>{title}</a></h2>
                    <p class="ticket-when"><EventTimeView at=starts/></p>
                </div>
                <div class="ticket-stub">
                    <p class="status status-locked">"You are number " {place} " in line"</p>
                </div>
            </li>
        }
    };
    view! { <ul class="tickets" aria-label="Lines you stand in">{lines.into_iter().map(row).collect_view()}</ul> }
        .into_any()
}

fn shelf(OrderPage { orders, next }: OrderPage) -> AnyView {
    if orders.is_empty() {
        return view! {
            <section class="empty">
                <h2>"You have not bought a ticket yet"</h2>
                <p>"Choose one, and it is locked for you while you pay."</p>
                <p class="actions"><a class="btn btn-primary" href="/">"See what is on sale"</a></p>
            </section>
        }
        .into_any();
    }
    let next = next.map(|cursor| with_query("/orders", "after", &cursor.to_string()));
    view! {
        <ul class="tickets">{orders.into_iter().map(row).collect_view()}</ul>
        <MoreLink address=next words="Older orders"/>
    }
    .into_any()
}

fn row(order: OrderView) -> AnyView {
    let OrderView { id, status, ticket, price, expires_at, .. } = order;
    let until = status.is_open().then(|| view! { <p class="ticket-place">"Pay by " <MomentView at=expires_at/></p> });
    view! {
        <li class="ticket">
            <div class="ticket-body">
                <h2 class="ticket-title"><a href=format!("/orders/{id}")>{ticket.title}</a></h2>
                <p class="ticket-when"><EventTimeView at=ticket.starts/></p>
                <p class="ticket-where">{ticket.venue} ", " {ticket.city} " · " {ticket.place}</p>
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

/// The looks of a status.
pub(super) fn status_class(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Created | OrderStatus::AwaitingPayment => "status status-locked",
        OrderStatus::Complete => "status status-done",
        OrderStatus::RefundPending | OrderStatus::Refunded | OrderStatus::Cancelled | OrderStatus::Expired => {
            "status status-gone"
        }
    }
}
