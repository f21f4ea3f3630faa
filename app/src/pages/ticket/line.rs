//! Waiting for a ticket that somebody else has locked.

use domain::{TicketId, line::Line};
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};

use super::Actions;
use crate::{
    api::show_ticket,
    browser::{is_visible, sleep_ms},
    components::{Call, CallForm, Submit},
};

/// How often the line is looked at, and for how long before the page leaves it to the reader: two hours.
const PAUSE_MS: i32 = 10_000;
const LOOKS: usize = 720;

/// What a signed-in reader can do about a ticket that somebody else holds.
pub(super) fn wait_for(ticket: TicketId, line: Line, actions: &Actions) -> AnyView {
    match line.my_place {
        Some(place) => {
            let (leave, is_stale) = (actions.leave, actions.is_stale);
            view! { <InLine ticket place leave is_stale/> }.into_any()
        }
        None => join(ticket, line.length, actions.join),
    }
}

fn join(ticket: TicketId, waiting: i64, join: Call) -> AnyView {
    view! {
        <CallForm call=join>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <Submit label="Join the line" busy=join.is_busy()/>
        </CallForm>
        <p class="small">"Somebody is paying for it. If they do not, the first in line has it next. " {how_many_wait(waiting)}</p>
    }
    .into_any()
}

/// A form, so that it is the same button, which leads to sign in and back.
pub(super) fn join_after_sign_in(ticket: TicketId, waiting: i64) -> AnyView {
    view! {
        <form action="/signin" method="get">
            <input type="hidden" name="next" value=format!("/tickets/{ticket}")/>
            <button type="submit" class="btn btn-primary btn-full">"Join the line"</button>
        </form>
        <p class="small">
            "Somebody is paying for it. Sign in to wait in line: if they do not, the first in it has it next. "
            {how_many_wait(waiting)}
        </p>
    }
    .into_any()
}

/// The line as others see it.
pub(super) fn how_many_wait(waiting: i64) -> Option<String> {
    match waiting {
        0 => None,
        1 => Some("One person waits already.".to_owned()),
        _ => Some(format!("{waiting} people wait already.")),
    }
}

/// The reader's place, kept up to date while the page is looked at. Without JavaScript it is
/// as old as the page.
#[component]
fn InLine(ticket: TicketId, place: i64, leave: Call, is_stale: RwSignal<u32>) -> impl IntoView {
    let place = RwSignal::new(place);
    Effect::new(move || spawn_local_scoped_with_cancellation(watch(ticket, place, is_stale)));
    view! {
        <p aria-live="polite"><strong>"You are number " {move || place.get()} " in line"</strong></p>
        <p class="small">
            "When it is your turn the ticket is locked for you, and every page says so. Have room for it among the tickets that you hold, or it goes to the next."
        </p>
        <CallForm call=leave>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <Submit label="Leave the line" busy=leave.is_busy() class="btn btn-full"/>
        </CallForm>
    }
    .into_any()
}

/// Looks at the line from time to time, until the reader's waiting is over one way or the other.
async fn watch(ticket: TicketId, place: RwSignal<i64>, is_stale: RwSignal<u32>) {
    for _ in 0..LOOKS {
        sleep_ms(PAUSE_MS).await;
        if !is_visible() {
            continue;
        }
        // Failing once is no reason to stop: the next look may do better.
        let Ok(ticket) = show_ticket(ticket).await else { continue };
        match ticket.line {
            Line { my_place: Some(now), is_my_turn: false, .. } => place.set(now),
            _ => return is_stale.update(|count| *count += 1),
        }
    }
}
