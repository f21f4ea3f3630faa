//! The button that watches a listing.

use leptos::prelude::*;
use model::{
    ListingId,
    tickets::{Availability, ListingView},
};

use crate::components::{FormAction, ServerForm, SubmitButton, hidden};

/// The button, for a reader of a listing of another user that can still be bought. A reader who is not signed in is led to
/// sign-in and back.
pub(super) fn watch(listing: &ListingView, is_signed_in: bool, action: FormAction) -> AnyView {
    let is_over = !matches!(listing.card.availability, Availability::OnSale | Availability::LockedUntil(_));
    if listing.is_mine || is_over {
        return ().into_any();
    }
    let form = if is_signed_in { form(listing.card.id, action) } else { after_sign_in(listing.card.id) };
    view! {
        {form}
        <p class="small">"We mail you when its price drops or it is on sale again."</p>
    }
    .into_any()
}

fn form(listing: ListingId, action: FormAction) -> AnyView {
    view! {
        <ServerForm action=action>
            {hidden("ticket", listing.to_string())}
            <SubmitButton label="Watch listing" busy=action.is_busy() class="btn btn-full"/>
        </ServerForm>
    }
    .into_any()
}

fn after_sign_in(listing: ListingId) -> AnyView {
    view! {
        <form action="/signin" method="get">
            <input type="hidden" name="next" value=format!("/tickets/{listing}")/>
            <button type="submit" class="btn btn-full">"Watch listing"</button>
        </form>
    }
    .into_any()
}
