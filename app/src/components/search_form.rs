//! The form that searches for events.

use leptos::prelude::*;

/// A search field. The form is sent as an ordinary `GET`, so that the search is in the address. The script of every page
/// fills the list of suggestions.
pub(crate) fn search_form(q: String, filters: Option<AnyView>) -> AnyView {
    view! {
        <form class="search" role="search" method="get" action="/search">
            <label class="sr-only" for="q">"Event, venue or city"</label>
            <input class="input" id="q" name="q" type="search" value=q placeholder="Event, venue or city" dir="auto" enterkeyhint="search" autocomplete="off"/>
            <datalist id="suggestions"></datalist>
            <button class="btn btn-primary" type="submit">"Search"</button>
            {filters}
        </form>
    }
    .into_any()
}
