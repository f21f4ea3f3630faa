//! `/orders/:id`: from the lock to its end.

mod card_form;
mod countdown;
mod ending;
mod live;
mod payment;

use domain::{
    Code, OrderId,
    orders::{OrderTicket, OrderView},
};
use leptos::prelude::*;
use leptos_meta::Title;

use self::{card_form::CardDesk, countdown::Countdown, ending::Ending, live::LiveOrder};
use super::{id_in_path, orders::status_class};
use crate::{
    api::{CancelOrder, ShowOrder, get},
    components::{Call, CallForm, EventTimeView, FormProblem, MomentView, Submit, Timeline, loaded},
};

/// One order: what it is for, the time that is left, the card form, and how it ended.
#[component]
pub(crate) fn OrderPage() -> impl IntoView {
    let id = id_in_path::<OrderId>();
    let order = Resource::new_blocking(
        move || id.get(),
        |id| async move { get(ShowOrder { order: id.ok_or(Code::OrderNotFound)? }).await },
    );
    let cancel = Call::to::<CancelOrder>();
    loaded(order, move |order| panel(order, cancel))
}

fn panel(order: OrderView, cancel: Call) -> AnyView {
    let OrderTicket { title, venue, city, starts, place, .. } = order.ticket.clone();
    let price = order.price.to_string();
    let live = LiveOrder::new(order);
    let status = live.status();
    Effect::new(move || {
        live.welcome_back();
        live.follow_ticket();
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
                    <div><dt>"Place"</dt><dd>{place}</dd></div>
                </dl>
            </div>
            <div class="ticket-stub">
                <p class="price price-large">{price}</p>
                <div aria-live="polite">{move || view! { <p class=status_class(status.get())>{status.get().label()}</p> }}</div>
            </div>
        </article>
        <Show when=move || live.is_open() fallback=move || view! { <Ending live/> }>
            <Countdown live/>
            <section class="sheet" aria-labelledby="pay-heading">
                <h2 id="pay-heading">"Pay by card"</h2>
                <CardDesk live/>
                <CancelForm live cancel/>
            </section>
        </Show>
        <section class="sheet" aria-labelledby="happened-heading">
            <h2 id="happened-heading">"What happened"</h2>
            {move || view! { <Timeline entries=live.get().timeline/> }}
        </section>
        <p class="back"><a href="/orders">"Back to your orders"</a></p>
    }
    .into_any()
}

#[component]
fn CancelForm(live: LiveOrder, cancel: Call) -> impl IntoView {
    let order = live.id();
    let is_cancelling = cancel.is_busy();
    let until = live.expires_at();
    view! {
        <FormProblem failure=cancel.failure()/>
        <CallForm call=cancel>
            <input type="hidden" name="order" value=order.to_string()/>
            <p class="small">
                "The ticket stays locked for you until " <MomentView at=until/>
                ". If you do not want it any more, let somebody else have it."
            </p>
            <Submit label="Cancel order" busy=is_cancelling blocked=live.is_paying.into() class="btn btn-quiet"/>
        </CallForm>
    }
    .into_any()
}
