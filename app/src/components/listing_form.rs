//! The fields of a listing, for listing a ticket and for editing one.

use domain::{
    error::Field,
    tickets::{Category, ListingInput, limits},
};
use leptos::prelude::*;

use super::{Failure, TextField, TimeZoneField, fields::FieldError};

/// Every field of a listing, filled with `listing`.
#[component]
pub(crate) fn ListingFields(
    /// What the fields hold at first.
    listing: ListingInput,
    /// Of the form's action.
    failure: Failure,
) -> impl IntoView {
    let ListingInput { title, category, venue, city, starts_at, time_zone, section, row, seat, price } = listing;
    let place = |label, name, field, value: String| {
        view! { <TextField label name field failure value optional=true max_chars=limits::PLACE_MAX/> }.into_any()
    };
    view! {
        <fieldset class="fields">
            <legend>"The event"</legend>
            <TextField label="Event" name="title" field=Field::Title failure value=title max_chars=limits::TITLE_MAX
                hint="As it is printed on the ticket."/>
            <div class="fields-row">
                <CategoryField value=category failure/>
                <TextField label="City" name="city" field=Field::City failure value=city max_chars=limits::CITY_MAX/>
            </div>
            <TextField label="Venue" name="venue" field=Field::Venue failure value=venue max_chars=limits::VENUE_MAX/>
            <div class="fields-row">
                <TextField label="Date and time" name="starts_at" field=Field::StartsAt failure kind="datetime-local" value=starts_at
                    hint="By the clock at the venue."/>
                <TimeZoneField value=time_zone failure/>
            </div>
        </fieldset>
        <fieldset class="fields">
            <legend>"The place"</legend>
            <p class="hint">"All optional: leave empty what the ticket does not name. With all three empty it is general admission."</p>
            <div class="fields-row fields-thirds">
                {place("Section", "section", Field::Section, section)}
                {place("Row", "row", Field::Row, row)}
                {place("Seat", "seat", Field::Seat, seat)}
            </div>
        </fieldset>
        <fieldset class="fields">
            <legend>"What you ask for it"</legend>
            <TextField label="Price" name="price" field=Field::Price failure kind="number" value=price range=["0.50", "100000", "0.01"]
                hint="In US dollars, from $0.50 to $100,000. The buyer pays exactly this."/>
        </fieldset>
    }
}

#[component]
fn CategoryField(value: String, failure: Failure) -> impl IntoView {
    let error = Memo::new(move |_| {
        failure.with(|failure| failure.as_ref().and_then(|error| error.message_for(Field::Category)))
    });
    view! {
        <div class="field">
            <label for="category">"Category"</label>
            <select
                class="select"
                id="category"
                name="category"
                required
                aria-describedby="category-error"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
            >
                <option value="" selected=value.is_empty()>"Choose…"</option>
                {Category::ALL
                    .into_iter()
                    .map(|category| view! { <option value=category.code() selected=category.code() == value>{category.label()}</option> })
                    .collect_view()}
            </select>
            <FieldError id="category-error".to_owned() error=error/>
        </div>
    }
}
