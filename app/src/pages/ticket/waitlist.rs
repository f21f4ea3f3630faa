//! The waitlist of a locked ticket.

use leptos::prelude::*;
use model::TicketId;

use crate::components::{FormAction, ServerForm, SubmitButton};

/// The button that joins the waitlist, for a signed-in reader.
pub(super) fn join(ticket: TicketId, waiting: Signal<i64>, join: FormAction) -> AnyView {
    view! {
        <ServerForm action=join>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <SubmitButton label="Join the waitlist" busy=join.is_busy()/>
        </ServerForm>
        <p class="small">
            "Someone is paying right now. If they do not finish in time, the first on the waitlist gets the ticket. "
            {move || waiting_count(waiting.get())}
        </p>
    }
    .into_any()
}

/// The same button for a reader who is not signed in. It is a form that leads to sign-in and back.
pub(super) fn join_after_sign_in(ticket: TicketId, waiting: Signal<i64>) -> AnyView {
    view! {
        <form action="/signin" method="get">
            <input type="hidden" name="next" value=format!("/tickets/{ticket}")/>
            <button type="submit" class="btn btn-primary btn-full">"Join the waitlist"</button>
        </form>
        <p class="small">
            "Someone is paying right now. Sign in to join the waitlist: if they do not finish in time, the first on it gets the ticket. "
            {move || waiting_count(waiting.get())}
        </p>
    }
    .into_any()
}

/// The number of people on the waitlist, in words.
pub(super) fn waiting_count(waiting: i64) -> Option<String> {
    match waiting {
        0 => None,
        1 => Some("One person is on the waitlist.".to_owned()),
        _ => Some(format!("{waiting} people are on the waitlist.")),
    }
}

/// The reader's position, and the button that leaves the waitlist.
pub(super) fn on_waitlist(ticket: TicketId, position: Signal<i64>, leave: FormAction) -> AnyView {
    view! {
        <p aria-live="polite"><strong>"You are number " {move || position.get()} " on the waitlist"</strong></p>
        <p class="small">
            "When it is your turn, we reserve the ticket for you and tell you on every page. If you already hold as many tickets as you can at one time, your turn goes to the next person."
        </p>
        <ServerForm action=leave>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <SubmitButton label="Leave the waitlist" busy=leave.is_busy() class="btn btn-full"/>
        </ServerForm>
    }
    .into_any()
}
