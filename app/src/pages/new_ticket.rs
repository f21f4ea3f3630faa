//! `/tickets/new`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Code, tickets::ListingForm};

use super::in_query;
use crate::{
    api::{ListTicket, PrefillListing, get},
    components::{
        FormAction, FormError, ListingFields, PageData, ServerForm, Session, SubmitButton, async_page,
        focus_invalid_field,
    },
};

/// The form that puts a ticket on sale: for the event `?event=`, like the listing `?like=`, or for any event.
#[component]
pub(crate) fn NewTicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let (event, like) = (in_query("event"), in_query("like"));
    let source = move || (event.get().unwrap_or_default(), like.get().and_then(|id| id.parse().ok()));
    let form = PageData::new(source, move |(event, like)| async move {
        if session.get().await?.is_none() {
            return Err(Code::NotSignedIn.into());
        }
        if event.is_empty() && like.is_none() {
            return Ok(ListingForm::default());
        }
        get(PrefillListing { event, like }).await
    });
    let list = FormAction::new::<ListTicket>();
    let failure = list.failure();
    focus_invalid_field(list);
    async_page(form, move |ListingForm { listing, known }| {
        view! {
            <Title text="Sell a ticket"/>
            // `page.js` keeps what was typed until the listing is made.
            <section class="sheet keeps-draft">
                <h1>"Sell a ticket"</h1>
                <p class="lead">"Copy the details as they are printed on your tickets. You can edit the listing until someone starts to pay for it."</p>
                <FormError failure/>
                <ServerForm action=list>
                    <ListingFields listing failure known/>
                    <SubmitButton label="List ticket" busy=list.is_busy()/>
                </ServerForm>
            </section>
        }
        .into_any()
    })
}
