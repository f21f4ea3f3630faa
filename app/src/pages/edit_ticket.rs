//! `/tickets/:id/edit`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, ListingId, Money,
    tickets::{ListingInput, ListingView, TicketStatus, write_seats},
};

use super::{id_in_path, ticket::why_not_editable};
use crate::{
    api::{EditTicket, ShowTicket, get},
    components::{
        Failure, FormAction, FormError, ListingFields, PageData, ServerForm, Session, SubmitButton, async_page,
        focus_invalid_field, hidden,
    },
};

/// The form that edits a listing.
#[component]
pub(crate) fn EditTicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<ListingId>();
    let listing = PageData::new(
        move || id.get(),
        move |id| async move {
            // A reader who is not signed in may be the seller, so they are asked to sign in.
            if session.get().await?.is_none() {
                return Err(Code::NotSignedIn.into());
            }
            let listing = get(ShowTicket { ticket: id.ok_or(Code::TicketNotFound)? }).await?;
            if listing.is_mine { Ok(listing) } else { Err(Code::NotYourTicket.into()) }
        },
    );
    let edit = FormAction::new::<EditTicket>();
    let failure = edit.failure();
    focus_invalid_field(edit);
    async_page(listing, move |listing| form(listing, edit, failure))
}

fn form(view: ListingView, edit: FormAction, failure: Failure) -> AnyView {
    let address = format!("/tickets/{}", view.card.id);
    if let Some(reason) = why_not_editable(&view) {
        return view! {
            <Title text="Edit listing"/>
            <section class="sheet">
                <h1>"This listing cannot be edited now"</h1>
                <p class="lead">{reason}</p>
                <p class="actions"><a class="btn" href=address>"Back to the listing"</a></p>
            </section>
        }
        .into_any();
    }
    let ListingView { card, section, row, tickets, split, face_value, fall, version, .. } = view;
    // Withdrawn tickets stay withdrawn: the form is about those on sale.
    let on_sale: Vec<_> = tickets.iter().filter(|ticket| ticket.status == TicketStatus::OnSale).collect();
    let seat = write_seats(on_sale.iter().map(|ticket| ticket.seat.as_str()));
    let is_counted = seat.is_empty() && on_sale.len() > 1;
    let [fall_every, fall_by, fall_to] = <[String; 3]>::try_from(fall).unwrap_or_default();
    let listing = ListingInput {
        title: card.title,
        category: card.category.code().to_owned(),
        venue: card.venue,
        city: card.city,
        starts_at: card.starts.local,
        which_hour: String::new(),
        // The venue has its zone. For another venue, a new one, the form asks.
        time_zone: String::new(),
        section,
        row,
        seat,
        quantity: if is_counted { on_sale.len().to_string() } else { String::new() },
        split: split.code().to_owned(),
        price: card.price.to_input(),
        face_value: face_value.map(Money::to_input).unwrap_or_default(),
        fall_every,
        fall_by,
        fall_to,
    };
    view! {
        <Title text="Edit listing"/>
        <section class="sheet">
            <h1>"Edit listing"</h1>
            <FormError failure/>
            <ServerForm action=edit>
                {hidden("ticket", card.id.to_string())}
                {hidden("version", version.to_string())}
                <ListingFields listing failure known=None/>
                <SubmitButton label="Save changes" busy=edit.is_busy()/>
            </ServerForm>
            <p class="aside"><a href=address>"Back without saving"</a></p>
        </section>
    }
    .into_any()
}
