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
    orders::{OrderTicket, OrderView},
};

use self::{card_form::CheckoutForm, countdown::Countdown, ending::Ending, reactive_order::ReactiveOrder};
use super::{id_in_path, orders::status_class};
use crate::{
    api::{CancelOrder, ShowOrder, get},
    browser,
    components::{
        EventTimeView, FormAction, FormError, PageData, ServerForm, SubmitButton, Timeline, TimestampView, async_page,
    },
};

/// One order: its ticket, the time left, the card form and the result.
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
    let OrderTicket { title, venue, city, starts, place, .. } = view.ticket.clone();
    let price = view.price.to_string();
    let order = ReactiveOrder::new(view);
    let status = order.status();
    browser::effect(move || {
        order.resume_after_redirect();
        order.subscribe_to_ticket();
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
                    <div><dt>"Seat"</dt><dd>{place}</dd></div>
                </dl>
            </div>
            <div class="ticket-stub">
                <p class="price price-large">{price}</p>
                <div aria-live="polite">{move || view! { <p class=status_class(status.get())>{status.get().label()}</p> }}</div>
            </div>
        </article>
        <Show when=move || order.is_open() fallback=move || view! { <Ending order/> }>
            <Countdown order/>
            <section class="sheet" aria-labelledby="pay-heading">
                <h2 id="pay-heading">"Pay by card"</h2>
                <CheckoutForm order/>
                <CancelForm order cancel/>
            </section>
        </Show>
        <section class="sheet" aria-labelledby="history-heading">
            <h2 id="history-heading">"Order history"</h2>
            {move || view! { <Timeline entries=order.get().timeline/> }}
        </section>
        <p class="back"><a href="/orders">"Back to your orders"</a></p>
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
            <input type="hidden" name="order" value=id.to_string()/>
            <p class="small">
                "Reserved for you until " <TimestampView at=until/>
                ". Changed your mind? Cancel, and someone else can buy it."
            </p>
            <SubmitButton label="Cancel order" busy=is_cancelling blocked=order.is_paying.into() class="btn btn-quiet"/>
        </ServerForm>
    }
    .into_any()
}
