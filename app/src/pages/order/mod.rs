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
    orders::{OrderTickets, OrderView},
};

use self::{card_form::CheckoutForm, countdown::Countdown, ending::Ending, reactive_order::ReactiveOrder};
use super::{id_in_path, orders::status_class};
use crate::{
    api::{CancelOrder, ShowOrder, get},
    browser,
    components::{
        EventTimeView, FormAction, FormError, PageData, ServerForm, SubmitButton, Timeline, TimestampView, async_page,
        dynamic, hidden, tickets,
    },
};

/// One order: its tickets, the time left, the card form and the result.
#[component]
pub(crate) fn OrderPage() -> impl IntoView {
    let id = id_in_path::<OrderId>();
    let order = PageData::new(
        move || id.get(),
        |id| async move { get(ShowOrder { order: id.ok_or(Code::OrderNotFound)? }).await },
    );
    let cancel = FormAction::new::<CancelOrder>();
    async_page(order, move |order| details(order, cancel))
}

fn details(view: OrderView, cancel: FormAction) -> AnyView {
    let OrderTickets { count, title, venue, city, starts, place, .. } = view.tickets.clone();
    let price = view.price.to_string();
    let order = ReactiveOrder::new(view);
    let status = order.status();
    let is_open = Memo::new(move |_| order.is_open());
    browser::effect(move || {
        order.resume_after_redirect();
        order.subscribe_to_listing();
    });
    view! {
        <Title text=format!("Order: {title}")/>
        <article class="ticket ticket-large">
            <div class="ticket-body">
                <p class="kicker">"Your order"</p>
                <h1 class="ticket-title">{title}</h1>
                <dl class="facts">
                    <div><dt>"When"</dt><dd><EventTimeView at=starts/></dd></div>
                    <div><dt>"Where"</dt><dd>{venue} <br/> {city}</dd></div>
                    <div><dt>{if count == 1 { "Seat" } else { "Seats" }}</dt><dd>{place}</dd></div>
                </dl>
            </div>
            <div class="ticket-stub">
                <p class="price price-large">{price}</p>
                {(count > 1).then(|| view! { <p class="ticket-place">{tickets(count)}</p> }.into_any())}
                <div aria-live="polite">{dynamic(move || view! { <p class=status_class(status.get())>{status.get().label()}</p> }.into_any())}</div>
            </div>
        </article>
        {dynamic(move || if is_open.get() { payment(order, cancel) } else { view! { <Ending order/> }.into_any() })}
        <section class="sheet" aria-labelledby="history-heading">
            <h2 id="history-heading">"Order history"</h2>
            {dynamic(move || view! { <Timeline entries=order.get().timeline/> }.into_any())}
        </section>
        <p class="back"><a href="/orders">"Back to your orders"</a></p>
    }
    .into_any()
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
