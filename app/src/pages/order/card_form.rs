//! Where the card is entered: Stripe's form, the button, and what they report.

use futures::channel::mpsc::unbounded;
use leptos::{html::Div, prelude::*, task::spawn_local_scoped_with_cancellation};

use super::{
    live::LiveOrder,
    payment::{Desk, Stage, serve},
};

/// The card form and its button. Stripe's script draws the form inside, so it needs
/// JavaScript; the rest of the page does not.
#[component]
pub(super) fn CardDesk(live: LiveOrder) -> impl IntoView {
    let desk =
        Desk { live, stage: RwSignal::new(Stage::Opening), notice: RwSignal::new(None), place: NodeRef::<Div>::new() };
    let (press, presses) = unbounded();
    let presses = StoredValue::new(Some(presses));
    Effect::new(move || {
        if let Some(presses) = presses.try_update_value(Option::take).flatten() {
            spawn_local_scoped_with_cancellation(serve(desk, presses));
        }
    });
    let order = live.get_untracked();
    let pay = format!("Pay {}", order.price);
    let no_script = format!(
        "<p class=\"notice\">The card form needs JavaScript. Turn it on and load this page again: the ticket stays locked for you until {}.</p>",
        order.expires_at.text,
    );
    let (stage, notice) = (desk.stage, desk.notice);
    let press_pay = press.clone();
    view! {
        <noscript inner_html=no_script></noscript>
        <div class="needs-script">
            {move || notice.get().map(|words| view! { <div class="notice notice-error" role="alert"><p>{words}</p></div> })}
            <div class="card-place" class:card-place-kept=move || stage.with(Stage::keeps_place)>
                <div class="card-form" class:card-form-busy=move || stage.with(Stage::is_paying) node_ref=desk.place></div>
                <p class="progress" role="status">{move || stage.with(Stage::words)}</p>
            </div>
            {move || {
                let press = press.clone();
                stage
                    .with(Stage::trouble)
                    .map(|words| {
                        view! {
                            <div class="notice notice-error" role="alert">
                                <p>{words}</p>
                                // A failed send means that the page is being left.
                                <button type="button" class="btn" on:click=move |_| drop(press.unbounded_send(()))>"Try again"</button>
                            </div>
                        }
                    })
            }}
            <button
                type="button"
                class="btn btn-primary btn-full"
                disabled=move || stage.get() != Stage::Ready
                aria-busy=move || stage.with(Stage::is_paying).then_some("true")
                on:click=move |_| drop(press_pay.unbounded_send(()))
            >
                {pay}
            </button>
            <p class="small">"Your card goes straight to Stripe; we never see its number. It is charged only if you get the ticket."</p>
        </div>
    }
    .into_any()
}
