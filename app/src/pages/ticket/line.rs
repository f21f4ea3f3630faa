//! Waiting for a ticket that somebody else has locked.

use leptos::prelude::*;
use model::TicketId;

use crate::components::{Call, CallForm, Submit};

/// The way into the line, for a signed-in reader.
pub(super) fn join(ticket: TicketId, waiting: Signal<i64>, join: Call) -> AnyView {
    view! {
        <CallForm call=join>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <Submit label="Join the line" busy=join.is_busy()/>
        </CallForm>
        <p class="small">
            "Somebody is paying for it. If they do not, the first in line has it next. " {move || how_many_wait(waiting.get())}
        </p>
    }
    .into_any()
}

/// A form, so that it is the same button, which leads to sign in and back.
pub(super) fn join_after_sign_in(ticket: TicketId, waiting: Signal<i64>) -> AnyView {
    view! {
        <form action="/signin" method="get">
            <input type="hidden" name="next" value=format!("/tickets/{ticket}")/>
            <button type="submit" class="btn btn-primary btn-full">"Join the line"</button>
        </form>
        <p class="small">
            "Somebody is paying for it. Sign in to wait in line: if they do not, the first in it has it next. "
            {move || how_many_wait(waiting.get())}
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

/// The reader's place, and the way out of the line.
pub(super) fn in_line(ticket: TicketId, place: Signal<i64>, leave: Call) -> AnyView {
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
