//! The result of an order that has ended.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use model::orders::{OrderStatus, OrderView, Refund, TicketNow};

use super::reactive_order::ReactiveOrder;
use crate::{browser, components::TimestampView};

/// What happened to the order, the money and the ticket.
#[component]
pub(super) fn Ending(order: ReactiveOrder) -> impl IntoView {
    browser::effect(move || {
        if !order.is_decided_untracked() {
            spawn_local_scoped_with_cancellation(order.poll_until_decided());
        }
    });
    move || {
        let view = order.get();
        let (heading, text) = text(&view);
        view! {
            <section class="sheet ending" aria-live="polite">
                <h2>{heading}</h2>
                <p class="lead">{text}</p>
                {next_step(view)}
            </section>
        }
        .into_any()
    }
}

/// The heading and the text.
fn text(order: &OrderView) -> (&'static str, String) {
    let price = order.price;
    if order.refund == Some(Refund::Failed) {
        return (
            "Your refund is delayed",
            format!(
                "We could not return {price} to your card yet. We try again every hour, and check it by hand if that fails."
            ),
        );
    }
    if order.refund == Some(Refund::Started) && order.status != OrderStatus::RefundPending {
        return (
            "Your refund is on its way",
            format!(
                "You were charged {price}, but the ticket was no longer available. All of it goes back to your card."
            ),
        );
    }
    if order.refund == Some(Refund::Done) && order.status != OrderStatus::Refunded {
        return (
            "Your refund is paid",
            format!(
                "You were charged {price}, but the ticket was no longer available. All of it went back to your card."
            ),
        );
    }
    match order.status {
        // The page shows the card form for open orders.
        OrderStatus::Created | OrderStatus::AwaitingPayment => {
            ("Your ticket is reserved", "Pay to complete your order.".to_owned())
        }
        OrderStatus::Complete => {
            ("The ticket is yours", format!("You paid {price}, with no fees. Enjoy the event."))
        }
        OrderStatus::RefundPending => (
            "Your refund is on its way",
            format!("All of {price} goes back to your card. Banks take a few days to show it."),
        ),
        OrderStatus::Refunded => ("Your refund is paid", format!("All of {price} went back to your card.")),
        OrderStatus::Cancelled if order.ended_by_declines => (
            "Your card was declined",
            format!(
                "Your card was declined {} times, so we let the ticket go. You were not charged.",
                order.declined_attempts
            ),
        ),
        OrderStatus::Cancelled => ("You ended the order", "You were not charged.".to_owned()),
        OrderStatus::Expired if order.is_undecided => (
            "Time is up",
            "If you paid in the last second, we are checking your payment: either the ticket is yours or you are not charged. Stay on this page."
                .to_owned(),
        ),
        OrderStatus::Expired => {
            ("Time is up", "You did not pay in time. You were not charged.".to_owned())
        }
    }
}

/// What the buyer can do next.
fn next_step(order: OrderView) -> AnyView {
    let ticket = format!("/tickets/{}", order.ticket.id);
    match order.status {
        OrderStatus::Complete => {
            view! { <p class="small">"Ordered on " <TimestampView at=order.created_at/></p> }.into_any()
        }
        _ if order.is_undecided => ().into_any(),
        _ => ticket_link(order.ticket_now, ticket),
    }
}

/// Whether the buyer can still get the ticket.
fn ticket_link(ticket_now: Option<TicketNow>, ticket: String) -> AnyView {
    match ticket_now {
        Some(TicketNow::Free) => view! {
            <p>"The ticket is back on sale."</p>
            <p class="actions"><a class="btn btn-primary" href=ticket>"Back to the ticket"</a></p>
        }
        .into_any(),
        Some(TicketNow::Held) => view! {
            <p>"It is reserved for someone else. If they do not buy it, the first on the waitlist gets it."</p>
            <p class="actions"><a class="btn btn-primary" href=ticket>"Back to the ticket"</a> <a class="btn" href="/">"Find another ticket"</a></p>
        }
        .into_any(),
        Some(TicketNow::Gone) | None => view! {
            <p>"The ticket is no longer on sale."</p>
            <p class="actions"><a class="btn" href="/">"Find another ticket"</a></p>
        }
        .into_any(),
    }
}
