//! `/tickets/new`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::Code;

use super::in_query;
use crate::{
    api::{ListTicket, NewListing, PrefillListing, SaveDraft, get},
    components::{
        FormAction, FormError, ListingFields, PageData, ServerForm, Session, SubmitButton, async_page,
        focus_invalid_field, hidden,
    },
};

/// The button that saves the form as a draft, and where `page.js` says whether it is saved.
const SAVE_DRAFT: &str = r#"<button type="submit" class="btn btn-sm" formaction="/rpc/save_draft" formnovalidate>Save draft</button><p id="draft-state" class="small" role="status"></p>"#;

/// The form that puts a ticket on sale: for the event `?event=`, like the listing `?like=`, as it was left in `?draft=`, or
/// for any event.
#[component]
pub(crate) fn NewTicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let (event, like, draft) = (in_query("event"), in_query("like"), in_query("draft"));
    let source = move || {
        (event.get().unwrap_or_default(), like.get().and_then(|id| id.parse().ok()), draft.get().unwrap_or_default())
    };
    let form = PageData::new(source, move |(event, like, draft)| async move {
        if session.get().await?.is_none() {
            return Err(Code::NotSignedIn.into());
        }
        get(PrefillListing { event, like, draft }).await
    });
    // Without a script, either button of the form leads back to it with its error.
    let list = FormAction::new::<ListTicket>().or::<SaveDraft>();
    let failure = list.failure();
    focus_invalid_field(list);
    async_page(form, move |NewListing { listing, known, draft, about_drafts }| {
        let slug = known.as_ref().map(|known| known.slug.clone()).unwrap_or_default();
        view! {
            <Title text="Sell a ticket"/>
            <div class="draft-offers" inner_html=about_drafts></div>
            // `page.js` keeps what is typed, and saves it as a draft.
            <section class="sheet keeps-draft">
                <h1>"Sell a ticket"</h1>
                <p class="lead">"Copy the details as they are printed on your tickets. You can edit the listing until someone starts to pay for it."</p>
                <FormError failure/>
                <ServerForm action=list>
                    <input type="hidden" name="draft" value=draft data-kept=""/>
                    {hidden("event", slug)}
                    <ListingFields listing failure known/>
                    <SubmitButton label="List ticket" busy=list.is_busy()/>
                    <div class="draft-save" inner_html=SAVE_DRAFT></div>
                </ServerForm>
            </section>
        }
        .into_any()
    })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::server_fn::ServerFn;

    use super::*;

    #[test]
    fn button_sends_the_form_to_its_server_function() {
        assert!(SAVE_DRAFT.contains(&format!("formaction=\"{}\"", SaveDraft::PATH)), "{SAVE_DRAFT}");
    }
}
