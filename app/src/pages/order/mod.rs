//! `/orders/:id`: one order.

mod card_form;
mod checkout;
mod countdown;
mod ending;
mod reactive_order;

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, OrderId,
    orders::{OrderEventKind, OrderTickets, OrderView},
};

use self::{
    card_form::CheckoutForm,
    countdown::Countdown,
    ending::{Ending, spoken_ending},
    reactive_order::ReactiveOrder,
};
use super::{id_in_path, orders::status_class};
use crate::{
    api::{CancelOrder, LockTicket, ShowOrder, get},
    browser,
    components::{
        BUYER, EventTimeView, FormAction, FormError, PAID, PageData, ServerForm, SubmitButton, Timeline, TimestampView,
        async_page, dynamic, event_news, hidden, price_lines, tickets, words,
    },
    paths::event_page,
};

/// One order: its tickets, the time left, the card form and the result.
#[component]
pub(crate) fn OrderPage() -> impl IntoView {
    let id = id_in_path::<OrderId>();
    let cancel = FormAction::new::<CancelOrder>();
    let again = FormAction::new::<LockTicket>();
    let order = PageData::new(
        // Where the tickets are refused, the page is out of date.
        move || (id.get(), again.refusals().get()),
        |(id, _)| async move { get(ShowOrder { order: id.ok_or(Code::OrderNotFound)? }).await },
    );
    async_page(order, move |order| details(order, cancel, again))
}

fn details(view: OrderView, cancel: FormAction, again: FormAction) -> AnyView {
    let news = event_news(&view.tickets);
    let OrderTickets { count, event, title, venue, city, starts, place, .. } = view.tickets.clone();
    let price = view.price.to_string();
    let order = ReactiveOrder::new(view);
    let status = order.status();
    let is_open = Memo::new(move |_| order.is_open());
    let was_open = is_open.get_untracked();
    browser::effect(move || {
        order.resume_after_redirect();
        order.subscribe_to_listing();
    });
    view! {
        <Title text=format!("Order: {title}")/>
        <article class="ticket ticket-large" class:ticket-brief=move || is_open.get()>
            <div class="ticket-body">
                <p class="kicker">"Your order"</p>
                <h1 class="ticket-title" dir="auto">{title}</h1>
                <dl class="facts">
                    <div><dt>"When"</dt><dd><EventTimeView at=starts/> " " <span class="small">"local time in " <bdi>{city.clone()}</bdi></span></dd></div>
                    <div><dt>"Where"</dt><dd><bdi>{venue}</bdi> <br/> <bdi>{city}</bdi></dd></div>
                    <div><dt>{if count == 1 { "Seat" } else { "Seats" }}</dt><dd>{place}</dd></div>
                </dl>
                {news}
            </div>
            <div class="ticket-stub">
                <p class="price price-large">{price}</p>
                {(count > 1).then(|| view! { <p class="ticket-place">{tickets(count)}</p> }.into_any())}
                {words(move || lines(&order.get()))}
                <div aria-live="polite">{words(move || view! { <p class=status_class(status.get())>{status.get().label()}</p> }.into_any())}</div>
            </div>
        </article>
        // The text of an ending comes with its section, and screen readers announce only what comes into a region.
        <p class="sr-only" role="status">{words(move || (was_open && !is_open.get()).then(|| spoken_ending(order)).into_any())}</p>
        {dynamic(move || if is_open.get() { payment(order, cancel) } else { view! { <Ending order again/> }.into_any() })}
        <section class="sheet" aria-labelledby="history-heading">
            <h2 id="history-heading">"Order history"</h2>
            {words(move || view! { <Timeline entries=order.get().timeline words=OrderEventKind::for_buyer/> }.into_any())}
        </section>
        {event.map(|event| view! { <p class="back"><a href=event_page(&event)>"All tickets for this event"</a></p> }.into_any())}
        <p class="back"><a href="/orders">"Back to your orders"</a></p>
    }
    .into_any()
}

/// What each side gets of the price, while that is to be paid and once it is.
fn lines(view: &OrderView) -> AnyView {
    let labels = if view.status.is_open() { BUYER } else { PAID };
    view.parts.map(|parts| price_lines(parts, labels)).into_any()
}

/// The time left, and what the buyer can do in it.
fn payment(order: ReactiveOrder, cancel: FormAction) -> AnyView {
    view! {
        <Countdown order/>
        <section class="sheet" aria-labelledby="pay-heading">
            <h2 id="pay-heading">"Pay by card"</h2>
            <CheckoutForm order/>
            <CancelForm order cancel/>
        </section>
    }
    .into_any()
}

#[component]
fn CancelForm(order: ReactiveOrder, cancel: FormAction) -> impl IntoView {
    let id = order.id();
    let is_cancelling = cancel.is_busy();
    let until = order.expires_at();
    view! {
        <FormError failure=cancel.failure()/>
        <ServerForm action=cancel>
            {hidden("order", id.to_string())}
            <p class="small">
                "Reserved for you until " <TimestampView at=until/>
                ". Changed your mind? Cancel, and someone else can buy."
            </p>
            <SubmitButton label="Cancel order" busy=is_cancelling blocked=order.is_paying.into() class="btn btn-quiet"/>
        </ServerForm>
    }
    .into_any()
}
