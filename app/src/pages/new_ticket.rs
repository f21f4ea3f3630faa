//! `/tickets/new`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Code, tickets::ListingInput};

use crate::{
    api::ListTicket,
    components::{Call, CallForm, FormProblem, ListingFields, Session, Submit, focus_first_problem, loaded, trouble},
};

/// The form that puts a ticket on sale.
#[component]
pub(crate) fn NewTicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let list = Call::to::<ListTicket>();
    let failure = list.failure();
    focus_first_problem(list);
    let form = move || {
        view! {
            <Title text="Sell a ticket"/>
            <section class="sheet">
                <h1>"Sell a ticket"</h1>
                <p class="lead">"Copy it from the ticket. You can change the listing until somebody is paying for it."</p>
                <FormProblem failure/>
                <CallForm call=list>
                    <ListingFields listing=ListingInput::default() failure/>
                    <Submit label="List ticket" busy=list.is_busy()/>
                </CallForm>
            </section>
        }
        .into_any()
    };
    loaded(session, move |user| if user.is_some() { form() } else { trouble(&Code::NotSignedIn.into()) })
}
