//! `/orders/:id/tickets`: the buyer opens what they have bought, and shows it at the gate.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, OrderId,
    delivery::{FileToLoad, MyDelivery, OpenTicket},
};

use super::id_in_path;
use crate::{
    api::{OpenTickets, ShowDelivery, get},
    components::{
        FormAction, FormError, PageData, ServerForm, Session, SubmitButton, TimestampView, async_page, hidden, tickets,
    },
    paths::ticket_file,
};

/// The tickets of an order: closed at first, then each with its code.
#[component]
pub(crate) fn OrderTicketsPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<OrderId>();
    let open = FormAction::new::<OpenTickets>();
    let delivery = PageData::new(
        move || (id.get(), open.refusals().get()),
        move |(id, _)| async move {
            if session.get().await?.is_none() {
                return Err(Code::NotSignedIn.into());
            }
            get(ShowDelivery { order: id.ok_or(Code::OrderNotFound)? }).await
        },
    );
    async_page(delivery, move |delivery| details(delivery, open))
}

fn details(delivery: MyDelivery, open: FormAction) -> AnyView {
    let MyDelivery { order, title, when_and_where, opened, tickets, files, missing, promised_until } = delivery;
    let missing = missing_note(missing, promised_until);
    let content = match opened {
        Some(at) => view! {
            <p class="small screen-only">"Opened first on " <TimestampView at/> ". The seller sees when, and never what."</p>
            {missing}
            {tickets.into_iter().map(ticket).collect_view()}
            {file_list(order, files)}
            <p class="small screen-only">"Turn up the brightness at the gate. This page prints with one ticket on each sheet."</p>
        }
        .into_any(),
        None => view! {
            {missing}
            {closed(order, open)}
        }
        .into_any(),
    };
    view! {
        <Title text=format!("Tickets: {title}")/>
        <section class="sheet gate">
            <p class="kicker screen-only">"Your tickets"</p>
            <h1 dir="auto">{title}</h1>
            <p>{when_and_where}</p>
            {content}
        </section>
        <p class="back screen-only"><a href=format!("/orders/{order}")>"Back to the order"</a></p>
    }
    .into_any()
}

/// What the seller still owes.
fn missing_note(missing: usize, promised_until: Option<String>) -> Option<AnyView> {
    if missing == 0 {
        return None;
    }
    let until = promised_until.map(|until| {
        format!(" It is promised by {until}. If it is not there by then, you get your money back by itself.")
    });
    Some(
        view! { <p class="notice">{format!("The seller has not handed in {} yet.", tickets(missing))} {until}</p> }
            .into_any(),
    )
}

fn closed(order: OrderId, open: FormAction) -> AnyView {
    view! {
        <FormError failure=open.failure()/>
        <p class="lead">"Opening is noted in the history of the order, and the seller sees when. Open your tickets when you need them."</p>
        <ServerForm action=open>
            {hidden("order", order.to_string())}
            <SubmitButton label="Open tickets" busy=open.is_busy()/>
        </ServerForm>
    }
    .into_any()
}

fn ticket(ticket: OpenTicket) -> AnyView {
    let OpenTicket { place, picture, kind, text, is_in_hand, is_passed_on } = ticket;
    let note = if is_passed_on {
        Some("You have put this ticket on sale again.")
    } else if !is_in_hand {
        Some("Not handed in yet.")
    } else if picture.is_none() {
        Some("This ticket has no code that we can draw. Show the file below.")
    } else {
        None
    };
    view! {
        <section class="gate-ticket">
            <h2>{place}</h2>
            {note.map(|note| view! { <p>{note}</p> }.into_any())}
            // Drawn by the server, of modules alone: nothing in it was typed.
            {picture.map(|picture| view! { <div class="gate-code" role="img" aria-label=kind inner_html=picture></div> }.into_any())}
            {text.map(|text| view! { <p class="gate-text"><bdi>{text}</bdi></p> }.into_any())}
        </section>
    }
    .into_any()
}

fn file_list(order: OrderId, files: Vec<FileToLoad>) -> Option<AnyView> {
    if files.is_empty() {
        return None;
    }
    let row = |FileToLoad { id, summary }: FileToLoad| {
        view! { <li><a class="btn" rel="external" download href=ticket_file(order, id)>{format!("Download: {summary}")}</a></li> }
            .into_any()
    };
    Some(
        view! {
            <section class="screen-only" aria-labelledby="files-heading">
                <h2 id="files-heading">"As the seller handed it in"</h2>
                <ul role="list">{files.into_iter().map(row).collect_view()}</ul>
            </section>
        }
        .into_any(),
    )
}
