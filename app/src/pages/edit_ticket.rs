//! `/tickets/:id/edit`.

use domain::{
    Code, TicketId,
    tickets::{ListingInput, TicketView},
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{id_in_path, ticket::why_not_editable};
use crate::{
    api::{EditTicket, ShowTicket, get},
    components::{Call, CallForm, Failure, FormProblem, ListingFields, Session, Submit, focus_first_problem, loaded},
};

/// The form that changes a listing.
#[component]
pub(crate) fn EditTicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<TicketId>();
    let ticket = Resource::new_blocking(
        move || id.get(),
        move |id| async move {
            // Whoever may sign in as the seller is asked to, rather than told off.
            if session.await?.is_none() {
                return Err(Code::NotSignedIn.into());
            }
            let ticket = get(ShowTicket { ticket: id.ok_or(Code::TicketNotFound)? }).await?;
            if ticket.is_mine { Ok(ticket) } else { Err(Code::NotYourTicket.into()) }
        },
    );
    let edit = Call::to::<EditTicket>();
    let failure = edit.failure();
    focus_first_problem(edit);
    loaded(ticket, move |ticket| form(ticket, edit, failure))
}

fn form(ticket: TicketView, edit: Call, failure: Failure) -> AnyView {
    let address = format!("/tickets/{}", ticket.card.id);
    if let Some(reason) = why_not_editable(&ticket.card.availability) {
        return view! {
            <Title text="Edit listing"/>
            <section class="sheet">
                <h1>"This listing cannot change now"</h1>
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
            <FormProblem failure/>
            <CallForm call=edit>
                <input type="hidden" name="ticket" value=card.id.to_string()/>
                <input type="hidden" name="version" value=version/>
                <ListingFields listing failure/>
                <Submit label="Save changes" busy=edit.is_busy()/>
            </CallForm>
            <p class="aside"><a href=address>"Back without saving"</a></p>
        </section>
    }
    .into_any()
}
