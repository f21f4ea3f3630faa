//! The result of an order that has ended.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use model::orders::{ListingNow, LockAgain, OrderStatus, OrderTickets, OrderView, Refund};

use super::reactive_order::ReactiveOrder;
use crate::{
    browser,
    components::{FormAction, FormError, ServerForm, SubmitButton, TimestampView, hidden, words},
    paths::tickets_page,
};

/// What happened to the order, the money and the tickets.
#[component]
pub(super) fn Ending(
    order: ReactiveOrder,
    /// What reserves the tickets again.
    again: FormAction,
) -> impl IntoView {
    browser::effect(move || {
        if !order.is_decided_untracked() {
            spawn_local_scoped_with_cancellation(order.poll_until_decided());
        }
    });
    let ending = words(move || {
        let view = order.get();
        let (heading, text) = text(&view);
        let dispute = view.dispute.clone().map(|dispute| view! { <p class="lead">{dispute}</p> }.into_any());
        view! {
            <section class="sheet ending">
                <h2>{heading}</h2>
                <p class="lead">{text}</p>
                {dispute}
                {next_step(view, again)}
            </section>
        }
        .into_any()
    });
    view! {
        <FormError failure=again.failure()/>
        {ending}
    }
    .into_any()
}

/// What a screen reader says when an open order has ended.
pub(super) fn spoken_ending(order: ReactiveOrder) -> AnyView {
    let (heading, text) = text(&order.get());
    view! { <span>{heading} ". " {text}</span> }.into_any()
}

/// The heading and the text.
fn text(order: &OrderView) -> (&'static str, String) {
    let price = order.price;
    let is_one = order.tickets.count == 1;
    let (tickets, were) = if is_one { ("ticket", "was") } else { ("tickets", "were") };
    if let Some(taken) = order.wrong_amount {
        return (
            "We are checking your payment",
            format!(
                "{taken} of {price} was taken from your card, so the order could not be completed and the {tickets} {were} released. \
                 We look into it by hand and pay you back. You do not have to do anything."
            ),
        );
    }
    if order.refund == Some(Refund::Failed) {
        return (
            "Your refund is delayed",
            "We could not return the money to your card yet. We try again every hour, and pay you back in another way if that fails."
                .to_owned(),
        );
    }
    if order.refund == Some(Refund::Started) && order.status != OrderStatus::RefundPending {
        return (
            "Your refund is on its way",
            format!(
                "You were charged {price}, but the {tickets} {were} no longer available. All of it goes back to your card."
            ),
        );
    }
    if order.refund == Some(Refund::Done) && order.status != OrderStatus::Refunded {
        return (
            "Your refund is paid",
            format!(
                "You were charged {price}, but the {tickets} {were} no longer available. All of it went back to your card."
            ),
        );
    }
    match order.status {
        // The page shows the card form for open orders.
        OrderStatus::Created | OrderStatus::AwaitingPayment => (
            if is_one { "Your ticket is reserved" } else { "Your tickets are reserved" },
            "Pay to complete your order.".to_owned(),
        ),
        OrderStatus::Complete => (
            if is_one { "The ticket is yours" } else { "The tickets are yours" },
            format!("You paid {price}, with no fees. Enjoy the event."),
        ),
        OrderStatus::PartlyRefunded => (
            if is_one { "The ticket is yours" } else { "The tickets are yours" },
            match order.refunded {
                Some(refunded) => format!("You paid {price}, and {refunded} of it was paid back to you."),
                None => format!("You paid {price}, and a part of it was paid back to you."),
            },
        ),
        OrderStatus::RefundPending => (
            "Your refund is on its way",
            format!("You paid {price}. Your money goes back to your card. Banks take a few days to show it."),
        ),
        OrderStatus::Refunded => ("Your refund is paid", format!("All of {price} was paid back to you.")),
        OrderStatus::Cancelled if order.ended_by_declines => (
            "Your card was declined",
            format!(
                "Your card was declined {} times, so we let the {tickets} go. You were not charged.",
                order.declined_attempts
            ),
        ),
        OrderStatus::Cancelled => ("You ended the order", "You were not charged.".to_owned()),
        OrderStatus::Expired if order.is_undecided => (
            "Time is up",
            format!(
                "If you paid in the last second, we are checking your payment: either the {tickets} {} yours or you are not charged. Stay on this page.",
                if is_one { "is" } else { "are" }
            ),
        ),
        OrderStatus::Expired if order.tickets.is_cancelled => {
            ("Your event is cancelled", "Your order has ended. You were not charged.".to_owned())
        }
        OrderStatus::Expired => ("Time is up", "You did not pay in time. You were not charged.".to_owned()),
    }
}

/// What the buyer can do next.
fn next_step(order: OrderView, again: FormAction) -> AnyView {
    match order.status {
        OrderStatus::Complete | OrderStatus::PartlyRefunded => view! {
            <p class="actions"><a class="btn btn-primary" href=tickets_page(order.id)>"Your tickets"</a></p>
            <p class="small">"Ordered on " <TimestampView at=order.created_at/></p>
        }
        .into_any(),
        _ if order.is_undecided => ().into_any(),
        _ => match order.again {
            Some(request) => reserve_again(&order.tickets, &request, again),
            None => listing_link(order.listing_now, &order.tickets),
        },
    }
}

/// The form that reserves the tickets again, or as many others.
fn reserve_again(tickets: &OrderTickets, request: &LockAgain, again: FormAction) -> AnyView {
    let (listing, back) = to_listing(tickets);
    let note = match (request.tickets.is_empty(), tickets.count) {
        (false, 1) => "The ticket is back on sale.",
        (false, _) => "The tickets are back on sale.",
        (true, 1) => "This ticket is gone, but another one of the listing is on sale.",
        (true, _) => "Not all of these tickets are on sale, but as many of the listing are.",
    };
    let mut fields = vec![
        hidden("ticket", tickets.listing.to_string()),
        hidden("version", request.version.to_string()),
        hidden("price_cents", request.price.cents().to_string()),
        hidden("count", tickets.count.to_string()),
    ];
    fields.extend(request.tickets.iter().map(|ticket| hidden("tickets[]", ticket.to_string())));
    view! {
        <p>{note}</p>
        <div class="actions">
            <ServerForm action=again>
                {fields}
                <SubmitButton label="Reserve again" busy=again.is_busy() class="btn btn-primary"/>
            </ServerForm>
            <a class="btn" href=listing>{back}</a>
        </div>
    }
    .into_any()
}

/// The address of the listing, and the words of the link to it.
fn to_listing(tickets: &OrderTickets) -> (String, &'static str) {
    let words = if tickets.count == 1 { "Back to the ticket" } else { "Back to the tickets" };
    (format!("/tickets/{}", tickets.listing), words)
}

/// Whether the buyer can still get the tickets.
fn listing_link(listing_now: Option<ListingNow>, tickets: &OrderTickets) -> AnyView {
    let is_one = tickets.count == 1;
    let (listing, back) = to_listing(tickets);
    match listing_now {
        Some(ListingNow::Free) => view! {
            <p>{if is_one { "The ticket is back on sale." } else { "The tickets are back on sale." }}</p>
            <p class="actions"><a class="btn btn-primary" href=listing>{back}</a></p>
        }
        .into_any(),
        Some(ListingNow::Held) => view! {
            <p>
                {if is_one {
                    "It is reserved for someone else. If they do not buy it, the first on the waitlist gets it."
                } else {
                    "They are reserved for someone else. If they are not bought, the first on the waitlist gets them."
                }}
            </p>
            <p class="actions"><a class="btn btn-primary" href=listing>{back}</a> <a class="btn" href="/">"Find another ticket"</a></p>
        }
        .into_any(),
        Some(ListingNow::Gone) | None => view! {
            <p>{if is_one { "The ticket is no longer on sale." } else { "This many tickets are no longer on sale there." }}</p>
            <p class="actions"><a class="btn" href="/">"Find another ticket"</a></p>
        }
        .into_any(),
    }
}
