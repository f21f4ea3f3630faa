//! Telling whoever waited in line that it is their turn.

use domain::line::Turn;
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use leptos_router::hooks::use_location;

use super::{MomentView, Session};
use crate::api::current_user;

/// A line above every page while a ticket that the reader waited for is locked for them.
#[component]
pub(crate) fn TurnNotice(
    /// Who reads.
    session: Session,
) -> impl IntoView {
    view! {
        <Transition>
            {move || Suspend::new(async move { session.0.await.ok().flatten().and_then(|user| user.turn).map(notice) })}
        </Transition>
    }
    .into_any()
}

/// The line, until the reader has paid or their time is up. Whoever has a turn is asked after it on
/// every page that they go on to; nobody else is.
fn notice(turn: Turn) -> AnyView {
    let turn = RwSignal::new(Some(turn));
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let here = path.get();
        if before.is_some_and(|before| before != here) {
            spawn_local_scoped_with_cancellation(async move {
                if let Ok(user) = current_user().await {
                    turn.set(user.and_then(|user| user.turn));
                }
            });
        }
        here
    });
    // On the order's own page there is nothing to tell.
    let elsewhere = move || turn.get().filter(|turn| path.get() != address(turn));
    view! { {move || elsewhere().map(|turn| view! { <TurnLine turn/> })} }.into_any()
}

#[component]
fn TurnLine(turn: Turn) -> impl IntoView {
    let address = address(&turn);
    view! {
        <p class="notice turn-notice" role="status">
            "It is your turn: " <strong>{turn.title}</strong> " is locked for you until " <MomentView at=turn.until/> ". "
            <a href=address>"Pay now"</a>
        </p>
    }
    .into_any()
}

fn address(turn: &Turn) -> String {
    format!("/orders/{}", turn.order)
}
