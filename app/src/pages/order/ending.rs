//! How an order ended.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use model::orders::{OrderStatus, OrderView, Refund, TicketNow};

use super::live::LiveOrder;
use crate::components::MomentView;

/// What became of the order, of the money and of the ticket.
#[component]
pub(super) fn Ending(live: LiveOrder) -> impl IntoView {
    Effect::new(move || {
        if !live.is_decided_untracked() {
            spawn_local_scoped_with_cancellation(live.see_decision());
        }
    });
    move || {
        let order = live.get();
        let (heading, what) = words(&order);
        view! {
            <section class="sheet ending" aria-live="polite">
                <h2>{heading}</h2>
                <p class="lead">{what}</p>
                {after(order)}
            </section>
        }
        .into_any()
    }
}

/// Heading and sentence.
fn words(order: &OrderView) -> (&'static str, String) {
    let price = order.price;
    if order.refund == Some(Refund::Failed) {
        return (
            "Your money is not back yet",
            format!(
                "{price} has not gone back to your card so far. We try again every hour, and look into it if that does not help."
            ),
        );
    }
    if order.refund == Some(Refund::Started) && order.status != OrderStatus::RefundPending {
        return (
            "Your money is on its way back",
            format!("{price} was taken, but the ticket was no longer free. All of it goes back to your card."),
        );
    }
    if order.refund == Some(Refund::Done) && order.status != OrderStatus::Refunded {
        return (
            "You have your money back",
            format!("{price} was taken, but the ticket was no longer free. All of it went back to your card."),
        );
    }
    match order.status {
        // Open orders are shown with the card form instead.
        OrderStatus::Created | OrderStatus::AwaitingPayment => {
            ("Your ticket is locked", "It waits for your payment.".to_owned())
        }
        OrderStatus::Complete => {
            ("The ticket is yours", format!("Your card was charged {price}, and nothing on top. Enjoy the event."))
        }
        OrderStatus::RefundPending => (
            "Your money is on its way back",
            format!("All of {price} goes back to your card. Banks take a few days to show it."),
        ),
        OrderStatus::Refunded => ("You have your money back", format!("All of {price} went back to your card.")),
        OrderStatus::Cancelled if order.ended_by_declines => (
            "The card was declined",
            format!("None of the {} tries went through. No money was taken.", order.declined_attempts),
        ),
        OrderStatus::Cancelled => ("You gave the ticket up", "No money was taken.".to_owned()),
        OrderStatus::Expired if order.is_undecided => (
            "The lock has ended",
            "If you sent your card at the last moment, it is being looked up what became of it: either the ticket is yours, or no money is taken. The answer will be on this page."
                .to_owned(),
        ),
        OrderStatus::Expired => {
            ("The lock has ended", "The order was not paid in time. No money was taken.".to_owned())
        }
    }
}

/// What to do next.
fn after(order: OrderView) -> AnyView {
    let ticket = format!("/tickets/{}", order.ticket.id);
    match order.status {
        OrderStatus::Complete => {
            view! { <p class="small">"Ordered at " <MomentView at=order.created_at/></p> }.into_any()
        }
        _ if order.is_undecided => ().into_any(),
        _ => what_now(order.ticket_now, ticket),
    }
}

/// Whether the ticket can be had after all.
fn what_now(ticket_now: Option<TicketNow>, ticket: String) -> AnyView {
    match ticket_now {
        Some(TicketNow::Free) => view! {
            <p>"The ticket is free again."</p>
            <p class="actions"><a class="btn btn-primary" href=ticket>"See the ticket again"</a></p>
        }
        .into_any(),
        Some(TicketNow::Held) => view! {
            <p>"Somebody else has it locked. If they do not buy it, the first in line gets it."</p>
            <p class="actions"><a class="btn btn-primary" href=ticket>"See the ticket again"</a> <a class="btn" href="/">"Find another"</a></p>
        }
        .into_any(),
        Some(TicketNow::Gone) | None => view! {
            <p>"The ticket is no longer on offer."</p>
            <p class="actions"><a class="btn" href="/">"Find another"</a></p>
        }
        .into_any(),
    }
}
