//! `/tickets/new`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Code, tickets::ListingInput};

use crate::{
    api::ListTicket,
    components::{
        FormAction, FormError, ListingFields, ServerForm, Session, SubmitButton, async_page, error_page,
        focus_invalid_field,
    },
};

/// The form that puts a ticket on sale.
#[component]
pub(crate) fn NewTicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let list = FormAction::new::<ListTicket>();
    let failure = list.failure();
    focus_invalid_field(list);
    let form = move || {
        view! {
            <Title text="Sell a ticket"/>
            <section class="sheet">
                <h1>"Sell a ticket"</h1>
                <p class="lead">"Copy the details as they are printed on your tickets. You can edit the listing until someone starts to pay for it."</p>
                <FormError failure/>
                <ServerForm action=list>
                    <ListingFields listing=ListingInput::default() failure/>
                    <SubmitButton label="List ticket" busy=list.is_busy()/>
                </ServerForm>
            </section>
        }
        .into_any()
    };
    async_page(session, move |user| if user.is_some() { form() } else { error_page(&Code::NotSignedIn.into()) })
}
