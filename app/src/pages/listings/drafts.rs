//! The drafts of listings.

use leptos::prelude::*;
use model::tickets::DraftView;

use crate::{
    components::{FormAction, ServerForm, SubmitButton, TimestampView, hidden},
    paths::{MY_DRAFTS, draft_page},
};

/// The drafts, newest first.
pub(super) fn drafts(drafts: Vec<DraftView>, discard: FormAction) -> AnyView {
    view! { <ul class="tickets" role="list">{drafts.into_iter().map(|draft| row(draft, discard)).collect_view()}</ul> }
        .into_any()
}

fn row(draft: DraftView, discard: FormAction) -> AnyView {
    let (address, name) = (draft_page(draft.id), draft.name().to_owned());
    let place = [draft.venue.clone(), draft.city.clone()].into_iter().filter(|text| !text.is_empty());
    let place = place.collect::<Vec<_>>().join(", ");
    // A screen reader lists links and buttons by their names only.
    let (continue_name, discard_name) = (format!("Continue {name}"), format!("Discard draft of {name}"));
    view! {
        <li class="ticket ticket-small ticket-whole">
            <div class="ticket-body">
                <h2 class="ticket-title" dir="auto">{name}</h2>
                {(!place.is_empty()).then(|| view! { <p class="ticket-where"><bdi>{place}</bdi></p> }.into_any())}
                <p class="ticket-where">"Saved " <TimestampView at=draft.saved/></p>
                <div class="ticket-actions">
                    <a class="btn btn-sm" href=address aria-label=continue_name>"Continue"</a>
                    <ServerForm action=discard>
                        {hidden("draft", draft.id.to_string())}
                        {hidden("next", MY_DRAFTS.to_owned())}
                        <SubmitButton label="Discard draft" name=discard_name busy=discard.is_busy() class="btn btn-sm btn-quiet"/>
                    </ServerForm>
                </div>
            </div>
        </li>
    }
    .into_any()
}
