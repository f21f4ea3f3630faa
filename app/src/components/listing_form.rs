//! The fields of a listing, for a new one and for editing one.

use std::iter;

use leptos::prelude::*;
use model::{
    Money,
    error::Field,
    tickets::{Category, ListingInput, SplitRule, limits},
};

use super::{Failure, TextField, TimeZoneField, fields::SelectField};

/// Every field of a listing, filled with `listing`.
#[component]
pub(crate) fn ListingFields(
    /// The initial values.
    listing: ListingInput,
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    let ListingInput { title, category, venue, city, starts_at, section, row, seat, quantity, split, price, .. } =
        listing;
    let place = |label, name, field, value: String| {
        view! { <TextField label name field failure value optional=true max_chars=limits::PLACE_MAX/> }.into_any()
    };
    let quantities = ["1".to_owned(), limits::LISTING_MAX.to_string(), "1".to_owned()];
    view! {
        <fieldset class="fields">
            <legend>"The event"</legend>
            <TextField label="Event" name="title" field=Field::Title failure value=title max_chars=limits::TITLE_MAX
                hint="As printed on the ticket."/>
            <div class="fields-row">
                <CategoryField value=category failure/>
                <TextField label="City" name="city" field=Field::City failure value=city max_chars=limits::CITY_MAX/>
            </div>
            <TextField label="Venue" name="venue" field=Field::Venue failure value=venue max_chars=limits::VENUE_MAX/>
            <div class="fields-row">
                <TextField label="Date and time" name="starts_at" field=Field::StartsAt failure kind="datetime-local" value=starts_at
                    hint="Local time at the venue."/>
                <TimeZoneField failure/>
            </div>
        </fieldset>
        <fieldset class="fields">
            <legend>"The seats"</legend>
            <p class="hint">"Optional. Leave out what your tickets do not show. All empty means general admission."</p>
            <div class="fields-row">
                {place("Section", "section", Field::Section, section)}
                {place("Row", "row", Field::Row, row)}
            </div>
            <TextField label="Seat" name="seat" field=Field::Seat failure value=seat optional=true max_chars=limits::SEATS_MAX
                hint="One, or several: 12-15, or 12, 14."/>
            <div class="fields-row">
                <TextField label="Number of tickets" name="quantity" field=Field::Quantity failure kind="number" value=quantity
                    optional=true range=quantities hint="Empty for one ticket, or if you have named the seats."/>
                <SplitField value=split failure/>
            </div>
        </fieldset>
        <fieldset class="fields">
            <legend>"Your price"</legend>
            <PriceField value=price failure/>
        </fieldset>
    }
}

#[component]
fn CategoryField(value: String, failure: Failure) -> impl IntoView {
    let category = |category: &Category| (category.code().to_owned(), category.label().to_owned());
    let choices = iter::once((String::new(), "Choose…".to_owned())).chain(Category::ALL.iter().map(category)).collect();
    view! { <SelectField label="Category" name="category" field=Field::Category failure choices value/> }.into_any()
}

#[component]
fn SplitField(value: String, failure: Failure) -> impl IntoView {
    let choices = SplitRule::ALL.iter().map(|rule| (rule.code().to_owned(), rule.label().to_owned())).collect();
    view! {
        <SelectField label="Sell them" name="split" field=Field::Split failure choices value
            hint="If you have several: how many a buyer may take."/>
    }
    .into_any()
}

/// The price, with its bounds in the hint and for the browser to check.
#[component]
fn PriceField(value: String, failure: Failure) -> impl IntoView {
    let (min, max) = (Money::MIN_PRICE, Money::MAX_PRICE);
    let range = [min.to_input(), max.to_input(), Money::usd(1).to_input()];
    let hint = format!("For each ticket, in US dollars, from {min} to {max}. The buyer pays exactly this price.");
    view! { <TextField label="Price" name="price" field=Field::Price failure kind="number" value range hint/> }
        .into_any()
}
