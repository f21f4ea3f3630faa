//! The card form: Stripe's form, the pay button and their messages.

use futures::channel::mpsc::unbounded;
use leptos::{html::Div, prelude::*, task::spawn_local_scoped_with_cancellation};

use super::{
    checkout::{Checkout, CheckoutState, MESSAGE, declined_before, run_checkout},
    reactive_order::ReactiveOrder,
};
use crate::{
    browser,
    components::{TimestampView, words},
};

/// The card form and its button. Stripe's script draws the form, so it needs JavaScript. The rest of
/// the page does not.
#[component]
pub(super) fn CheckoutForm(order: ReactiveOrder) -> impl IntoView {
    let checkout = Checkout {
        order,
        state: RwSignal::new(CheckoutState::Loading),
        message: RwSignal::new(order.with_untracked(declined_before)),
        container: NodeRef::<Div>::new(),
    };
    let (sender, clicks) = unbounded();
    let clicks = StoredValue::new(Some(clicks));
    browser::effect(move || {
        if let Some(clicks) = clicks.try_update_value(Option::take).flatten() {
            spawn_local_scoped_with_cancellation(run_checkout(checkout, clicks));
        }
    });
    let view = order.get_untracked();
    let pay = format!("Pay {}", view.price);
    let stays = if view.tickets.count == 1 { "The ticket stays reserved" } else { "The tickets stay reserved" };
    let (state, message) = (checkout.state, checkout.message);
    let pay_sender = sender.clone();
    view! {
        <div class="notice without-script">
            <p>"The card form did not start. It needs JavaScript, and some browsers or extensions block a part of it."</p>
            <p>{stays} " for you until " <TimestampView at=view.expires_at.clone()/> ", and you have not been charged. Load this page again, or open it in another browser."</p>
        </div>
        <div class="checkout needs-script">
            {words(move || message.get().map(|text| view! { <div class="notice notice-error" role="alert" id=MESSAGE tabindex="-1"><p>{text}</p></div> }.into_any()).into_any())}
            <div class="card-container" class:card-container-open=move || state.with(CheckoutState::has_form)>
                <div class="card-form" class:card-form-busy=move || state.with(CheckoutState::is_paying) node_ref=checkout.container></div>
                <p class="progress" role="status">{words(move || view! { <span>{state.with(CheckoutState::progress)}</span> }.into_any())}</p>
            </div>
            {words(move || {
                let sender = sender.clone();
                state
                    .with(CheckoutState::error)
                    .map(|text| {
                        view! {
                            <div class="notice notice-error" role="alert">
                                <p>{text}</p>
                                // Sending fails only while the page is being left.
                                <button type="button" class="btn" on:click=move |_| drop(sender.unbounded_send(()))>"Try again"</button>
                            </div>
                        }
                        .into_any()
                    })
                    .into_any()
            })}
            // Not `disabled`: while the form is away, as after a declined card, Tab would go on to the button that cancels.
            <button
                type="button"
                class="btn btn-primary btn-full"
                aria-disabled=move || (state.get() != CheckoutState::Ready).then_some("true")
                aria-busy=move || state.with(CheckoutState::is_paying).then_some("true")
                on:click=move |_| {
                    if state.get_untracked() == CheckoutState::Ready {
                        drop(pay_sender.unbounded_send(()));
                    }
                }
            >
                {pay}
            </button>
            <p class="small">"Your card details go straight to Stripe. We never see them. You are charged only if you get what is reserved."</p>
        </div>
    }
    .into_any()
}
