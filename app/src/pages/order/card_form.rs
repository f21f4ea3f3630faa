//! The card form: Stripe's form, the pay button and their messages.

use futures::channel::mpsc::unbounded;
use leptos::{html::Div, prelude::*, task::spawn_local_scoped_with_cancellation};

use super::{
    checkout::{Checkout, CheckoutState, run_checkout},
    reactive_order::ReactiveOrder,
};
use crate::{browser, components::dynamic};

/// The card form and its button. Stripe's script draws the form, so it needs JavaScript. The rest of
/// the page does not.
#[component]
pub(super) fn CheckoutForm(order: ReactiveOrder) -> impl IntoView {
    let checkout = Checkout {
        order,
        state: RwSignal::new(CheckoutState::Loading),
        message: RwSignal::new(None),
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
    let no_script = format!(
        "<p class=\"notice\">The card form needs JavaScript. Turn it on and load this page again: {} for you until {}.</p>",
        if view.tickets.count == 1 { "the ticket stays reserved" } else { "the tickets stay reserved" },
        view.expires_at.text,
    );
    let (state, message) = (checkout.state, checkout.message);
    let pay_sender = sender.clone();
    view! {
        <noscript inner_html=no_script></noscript>
        <div class="needs-script">
            {dynamic(move || message.get().map(|text| view! { <div class="notice notice-error" role="alert"><p>{text}</p></div> }.into_any()).into_any())}
            <div class="card-container" class:card-container-open=move || state.with(CheckoutState::has_form)>
                <div class="card-form" class:card-form-busy=move || state.with(CheckoutState::is_paying) node_ref=checkout.container></div>
                <p class="progress" role="status">{dynamic(move || state.with(CheckoutState::progress).into_any())}</p>
            </div>
            {dynamic(move || {
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
            <button
                type="button"
                class="btn btn-primary btn-full"
                disabled=move || state.get() != CheckoutState::Ready
                aria-busy=move || state.with(CheckoutState::is_paying).then_some("true")
                on:click=move |_| drop(pay_sender.unbounded_send(()))
            >
                {pay}
            </button>
            <p class="small">"Your card details go straight to Stripe. We never see them. You are charged only if you get what is reserved."</p>
        </div>
    }
    .into_any()
}
