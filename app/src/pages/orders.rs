//! `/orders`: the user's tickets, waitlists and orders.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    OrderId,
    delivery::GiftSummary,
    orders::{MyTickets, OrderPage, OrderStatus, OrderTickets, OrderView},
    waitlist::WaitlistEntry,
};

use super::in_query;
use crate::{
    api::{MyOrders, get},
    components::{EventTimeView, MoreLink, PageData, TimestampView, async_page, event_news, tickets},
    paths::{gift_page, with_query},
};

/// What the user has to pay for, their next event, what comes after it, their waitlists, and the orders that have ended.
#[component]
pub(crate) fn OrdersPage() -> impl IntoView {
    let (after, later) = (in_query("after"), in_query("later"));
    let cursors = move || (cursor(after.get()), cursor(later.get()));
    let mine = PageData::new(cursors, |(after, later)| get(MyOrders { after, later }));
    async_page(mine, move |mine| {
        let content = match (cursor(after.get_untracked()), cursor(later.get_untracked())) {
            (Some(_), _) => later_page(ended_orders(mine.ended, true)),
            (None, Some(_)) => later_page(upcoming(mine.upcoming)),
            (None, None) => first_page(mine),
        };
        view! {
            <Title text="My tickets"/>
            <div class="page-head page-head-small"><h1>"My tickets"</h1></div>
            {content}
            <p class="back"><a href="/watching">"What you watch"</a></p>
        }
        .into_any()
    })
}

fn cursor(order: Option<String>) -> Option<OrderId> {
    order.and_then(|id| id.parse().ok())
}

fn later_page(list: AnyView) -> AnyView {
    view! {
        {list}
        <p class="back"><a href="/orders">"Back to the first page"</a></p>
    }
    .into_any()
}

fn first_page(MyTickets { open, upcoming: mut bought, starts_in, waitlists, ended, gifts }: MyTickets) -> AnyView {
    let next = (!bought.orders.is_empty()).then(|| bought.orders.remove(0));
    let is_empty = open.is_empty() && next.is_none() && gifts.is_empty();
    view! {
        {open_orders(open)}
        {is_empty.then(|| nothing_yet(!waitlists.is_empty(), !ended.orders.is_empty()))}
        {next.map(|order| next_event(order, starts_in.unwrap_or_default()))}
        {upcoming(bought)}
        {gift_list(gifts)}
        {waitlist_entries(waitlists)}
        {ended_orders(ended, false)}
    }
    .into_any()
}

/// Tickets that others give to the reader.
fn gift_list(gifts: Vec<GiftSummary>) -> Option<AnyView> {
    if gifts.is_empty() {
        return None;
    }
    let row = |GiftSummary { id, title, when_and_where, place, is_accepted }: GiftSummary| {
        let state = if is_accepted { "Yours" } else { "To be accepted" };
        view! {
            <li class="hand-in">
                <h3 dir="auto"><a href=gift_page(id)>{title}</a></h3>
                <p>{when_and_where}</p>
                <p>{place}</p>
                <p class="small">{state}</p>
            </li>
        }
        .into_any()
    };
    Some(
        view! {
            <section class="sheet part" aria-labelledby="gifts-heading">
                <h2 id="gifts-heading">"Given to you"</h2>
                <ul role="list">{gifts.into_iter().map(row).collect_view()}</ul>
            </section>
        }
        .into_any(),
    )
}

/// In the place of the tickets. A reader on a waitlist, or with past orders, is told nothing that these contradict.
fn nothing_yet(is_waiting: bool, has_ended: bool) -> AnyView {
    let heading =
        if is_waiting || has_ended { "No tickets for upcoming events" } else { "You have not bought a ticket yet" };
    let text = if is_waiting {
        "When it is your turn on a waitlist, the ticket is reserved for you while you pay."
    } else {
        "Choose one and it is reserved for you while you pay."
    };
    view! {
        <section class="empty">
            <h2>{heading}</h2>
            <p>{text}</p>
            <p class="actions"><a class="btn btn-primary" href="/">"See the tickets on sale"</a></p>
        </section>
    }
    .into_any()
}

/// Above all else, because they run out.
fn open_orders(orders: Vec<OrderView>) -> AnyView {
    let row = |order: OrderView| {
        let address = address(&order);
        let state = if order.status.is_open() {
            view! {
                <p class="status status-locked">"Reserved for you: pay by " <TimestampView at=order.expires_at.clone()/></p>
                <div class="ticket-actions"><a class="btn btn-primary" href=address>"Continue to payment"</a></div>
            }
            .into_any()
        } else {
            view! {
                <p class="status status-locked">"We are checking your payment"</p>
                <div class="ticket-actions"><a class="btn" href=address>"View order"</a></div>
            }
            .into_any()
        };
        let price = order.price.to_string();
        row(order, view! { <p class="price">{price}</p> {state} }.into_any())
    };
    part("Awaiting payment", orders.into_iter().map(row).collect(), None)
}

/// The ticket that the user needs next, across the page.
fn next_event(order: OrderView, starts_in: String) -> AnyView {
    let address = address(&order);
    let news = event_news(&order.tickets);
    let OrderTickets { count, title, venue, city, starts, place, .. } = order.tickets;
    view! {
        <ul class="tickets part" role="list" aria-label="Your next event">
            <li class="ticket ticket-large ticket-next">
                <div class="ticket-body">
                    <p class="kicker">"Your next event"</p>
                    <h2 class="ticket-title" dir="auto"><a href=address.clone()>{title}</a></h2>
                    <dl class="facts">
                        <div><dt>"When"</dt><dd><EventTimeView at=starts/> " " <span class="small">"local time in " <bdi>{city.clone()}</bdi></span></dd></div>
                        <div><dt>"Where"</dt><dd><bdi>{venue}</bdi> <br/> <bdi>{city}</bdi></dd></div>
                        <div><dt>{if count == 1 { "Seat" } else { "Seats" }}</dt><dd><bdi>{place}</bdi></dd></div>
                    </dl>
                    {news}
                </div>
                <div class="ticket-stub">
                    <p class="price price-large starts-in">{starts_in}</p>
                    <p class="ticket-place">{tickets(count)}</p>
                    <p class=status_class(order.status)>{order.status.label()}</p>
                    <div class="ticket-actions"><a class="btn btn-primary btn-full" href=address>"View order"</a></div>
                </div>
            </li>
        </ul>
    }
    .into_any()
}

fn upcoming(OrderPage { orders, next }: OrderPage) -> AnyView {
    let row = |order: OrderView| {
        let count = tickets(order.tickets.count);
        let status = order.status;
        row(order, view! { <p>{count}</p> <p class=status_class(status)>{status.label()}</p> }.into_any())
    };
    let more = next.map(|cursor| with_query("/orders", "later", &cursor.to_string()));
    part("Upcoming", orders.into_iter().map(row).collect(), more)
}

fn waitlist_entries(entries: Vec<WaitlistEntry>) -> AnyView {
    let row = |WaitlistEntry { listing, wanted, title, starts, position }: WaitlistEntry| {
        let several = (wanted > 1).then(|| format!(" for {}", tickets(wanted)));
        view! {
            <li class="ticket ticket-small">
                <div class="ticket-body">
                    <h3 class="ticket-title" dir="auto"><a href=format!("/tickets/{listing}")>{title}</a></h3>
                    <p class="ticket-when"><EventTimeView at=starts/></p>
                </div>
                <div class="ticket-stub">
                    <p class="status status-locked">"You are number " {position} " on the waitlist" {several}</p>
                </div>
            </li>
        }
        .into_any()
    };
    part("Your waitlists", entries.into_iter().map(row).collect(), None)
}

/// What is over, folded until the reader wants it.
fn ended_orders(OrderPage { orders, next }: OrderPage, is_unfolded: bool) -> AnyView {
    if orders.is_empty() {
        return is_unfolded.then(|| view! { <p>"There are no older orders."</p> }.into_any()).into_any();
    }
    let row = |order: OrderView| {
        let (price, status) = (order.price.to_string(), order.status);
        row(order, view! { <p class="price">{price}</p> <p class=status_class(status)>{status.label()}</p> }.into_any())
    };
    let next = next.map(|cursor| with_query("/orders", "after", &cursor.to_string()));
    view! {
        <details class="part" open=is_unfolded>
            <summary><h2>"Past and ended orders"</h2></summary>
            <ul class="tickets" role="list">{orders.into_iter().map(row).collect_view()}</ul>
            <MoreLink address=next label="Older orders"/>
        </details>
    }
    .into_any()
}

/// A list under its heading, or nothing.
fn part(heading: &'static str, rows: Vec<AnyView>, more: Option<String>) -> AnyView {
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="part">
            <h2>{heading}</h2>
            <ul class="tickets" role="list" aria-label=heading>{rows}</ul>
            <MoreLink address=more label="More upcoming tickets"/>
        </section>
    }
    .into_any()
}

/// An order in a list. The whole row is a link to its page.
fn row(order: OrderView, stub: AnyView) -> AnyView {
    let address = address(&order);
    let news = event_news(&order.tickets);
    let OrderTickets { count, title, venue, city, starts, place, .. } = order.tickets;
    let several = (count > 1).then(|| format!("{} · ", tickets(count)));
    view! {
        <li class="ticket ticket-small">
            <div class="ticket-body">
                <h3 class="ticket-title" dir="auto"><a href=address>{title}</a></h3>
                <p class="ticket-when"><EventTimeView at=starts/></p>
                <p class="ticket-where"><bdi>{venue}</bdi> ", " <bdi>{city}</bdi> " · " {several} <bdi>{place}</bdi></p>
                {news}
            </div>
            <div class="ticket-stub">{stub}</div>
        </li>
    }
    .into_any()
}

fn address(order: &OrderView) -> String {
    format!("/orders/{}", order.id)
}

/// The CSS classes of a status.
pub(super) fn status_class(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Created | OrderStatus::AwaitingPayment => "status status-locked",
        OrderStatus::Complete | OrderStatus::PartlyRefunded => "status status-done",
        OrderStatus::RefundPending | OrderStatus::Refunded | OrderStatus::Cancelled | OrderStatus::Expired => {
            "status status-gone"
        }
    }
}
