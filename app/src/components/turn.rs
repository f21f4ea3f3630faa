//! Telling whoever waited in line that it is their turn.

use domain::line::Turn;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{MomentView, Session};

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

fn notice(turn: Turn) -> AnyView {
    let Turn { order, title, until } = turn;
    let address = format!("/orders/{order}");
    let path = use_location().pathname;
    let is_there = {
        let address = address.clone();
        move || path.get() == address
    };
    view! {
        <Show when=move || !is_there()>
            <p class="notice turn-notice" role="status">
                "It is your turn: " <strong>{title.clone()}</strong> " is locked for you until " <MomentView at=until.clone()/> ". "
                <a href=address.clone()>"Pay now"</a>
            </p>
        </Show>
    }
    .into_any()
}
