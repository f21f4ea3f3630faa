//! `/tickets/:id/edit`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, TicketId,
    tickets::{ListingInput, TicketView},
};

use super::{id_in_path, ticket::why_not_editable};
use crate::{
    api::{EditTicket, ShowTicket, get},
    components::{
        Failure, FormAction, FormError, ListingFields, PageData, ServerForm, Session, SubmitButton, async_page,
        focus_invalid_field,
    },
};

/// The form that edits a listing.
#[component]
pub(crate) fn EditTicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<TicketId>();
    let ticket = PageData::new(
        move || id.get(),
        move |id| async move {
            // A reader who is not signed in may be the seller, so they are asked to sign in.
            if session.get().await?.is_none() {
                return Err(Code::NotSignedIn.into());
            }
            let ticket = get(ShowTicket { ticket: id.ok_or(Code::TicketNotFound)? }).await?;
            if ticket.is_mine { Ok(ticket) } else { Err(Code::NotYourTicket.into()) }
        },
    );
    let edit = FormAction::new::<EditTicket>();
    let failure = edit.failure();
    focus_invalid_field(edit);
    async_page(ticket, move |ticket| form(ticket, edit, failure))
}

fn form(ticket: TicketView, edit: FormAction, failure: Failure) -> AnyView {
    let address = format!("/tickets/{}", ticket.card.id);
    if let Some(reason) = why_not_editable(&ticket.card.availability) {
        return view! {
            <Title text="Edit listing"/>
            <section class="sheet">
                <h1>"This listing cannot be edited now"</h1>
                <p class="lead">{reason}</p>
                <p class="actions"><a class="btn" href=address>"Back to the ticket"</a></p>
            </section>
        }
        .into_any();
    }
    let TicketView { card, section, row, seat, version, .. } = ticket;
    let listing = ListingInput {
        title: card.title,
        category: card.category.code().to_owned(),
        venue: card.venue,
        city: card.city,
        starts_at: card.starts.local,
        time_zone: card.starts.time_zone,
        section,
        row,
        seat,
        price: card.price.to_input(),
    };
    view! {
        <Title text="Edit listing"/>
        <section class="sheet">
            <h1>"Edit listing"</h1>
            <FormError failure/>
            <ServerForm action=edit>
                <input type="hidden" name="ticket" value=card.id.to_string()/>
                <input type="hidden" name="version" value=version/>
                <ListingFields listing failure/>
                <SubmitButton label="Save changes" busy=edit.is_busy()/>
            </ServerForm>
            <p class="aside"><a href=address>"Back without saving"</a></p>
        </section>
    }
    .into_any()
}
