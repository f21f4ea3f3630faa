//! The fields of a listing, for a new one and for editing one.

use std::iter;

use leptos::prelude::*;
use model::{
    AppError, Code, Money,
    error::Field,
    money::{Fee, PriceParts},
    tickets::{Category, FallInterval, KnownEvent, ListingInput, SplitRule, WhichHour},
};

use super::{EventTimeView, Failure, TextField, TimeZoneField, dynamic, fields::SelectField, hidden, words};
use crate::{browser, paths::event_page};

/// Every field of a listing, filled with `listing`.
#[component]
pub(crate) fn ListingFields(
    /// The initial values.
    listing: ListingInput,
    /// The last error of the form.
    failure: Failure,
    /// The event, if it is known: then its fields are not asked for.
    known: Option<KnownEvent>,
) -> impl IntoView {
    let ListingInput { section, row, seat, quantity, split, price, face_value, .. } = listing.clone();
    let falling = falling_price(&listing, failure);
    let place = |field, value| optional(field, failure, value, "text", "");
    let prices = known.as_ref().map(prices);
    let event = match known {
        Some(known) => known_event(listing, known),
        None => event_fields(listing, failure),
    };
    view! {
        <fieldset class="fields">
            <legend>"The event"</legend>
            {event}
        </fieldset>
        <fieldset class="fields">
            <legend>"The seats"</legend>
            <p class="hint">"Optional. Leave out what your tickets do not show. All empty means general admission."</p>
            <div class="fields-row">
                {place(Field::Section, section)}
                {place(Field::Row, row)}
            </div>
            {optional(Field::Seat, failure, seat, "text", "One, or several: 12-15, or 12, 14.")}
            <div class="fields-row">
                {optional(Field::Quantity, failure, quantity, "numeric", "Empty for one ticket, or if you have named the seats.")}
                <SplitField value=split failure/>
            </div>
        </fieldset>
        <fieldset class="fields">
            <legend>"Your price"</legend>
            {prices}
            <PriceField value=price failure/>
            {optional(Field::FaceValue, failure, face_value, "decimal", "The price printed on one ticket. Buyers see how yours compares. Some countries cap the price by it: then it is needed.")}
        </fieldset>
        {falling}
    }
}

/// A text field that may be empty. One piece of code for all of them: the browser would download it for each.
#[inline(never)]
fn optional(field: Field, failure: Failure, value: String, keyboard: &'static str, hint: &'static str) -> AnyView {
    view! { <TextField field failure keyboard value optional=true hint/> }.into_any()
}

/// How the price falls by itself. The fields of a listing whose price falls can end that.
fn falling_price(listing: &ListingInput, failure: Failure) -> AnyView {
    let ListingInput { fall_every, fall_by, fall_to, .. } = listing.clone();
    let never = if fall_every.is_empty() { "" } else { FallInterval::NEVER };
    let interval = |every: &FallInterval| (every.code(), every.words().to_owned());
    let choices =
        iter::once((never.to_owned(), "never".to_owned())).chain(FallInterval::ALL.iter().map(interval)).collect();
    view! {
        <fieldset class="fields">
            <legend>"A price that falls by itself"</legend>
            <p class="hint">"Optional. Everyone sees the steps. The first comes one interval after you save. None is made while a ticket is reserved, or once one is sold. If you change the price or this, the steps begin anew."</p>
            <SelectField field=Field::FallEvery failure choices value=fall_every optional=true/>
            <div class="fields-row">
                {optional(Field::FallBy, failure, fall_by, "decimal", "For each ticket, in US dollars.")}
                {optional(Field::FallTo, failure, fall_to, "decimal", "The lowest price that you take.")}
            </div>
        </fieldset>
    }
    .into_any()
}

fn event_fields(listing: ListingInput, failure: Failure) -> AnyView {
    let ListingInput { title, category, venue, city, starts_at, time_zone, which_hour, .. } = listing;
    view! {
        // `page.js` lists here the events that begin with what is typed, and a choice leads to the form for that event.
        <datalist id="suggestions"></datalist>
        <TextField field=Field::Title failure value=title hint="As printed on the ticket. Choose it if it is suggested: then you fill in seats and price only."/>
        <div class="fields-row">
            <CategoryField value=category failure/>
            <TextField field=Field::City failure value=city/>
        </div>
        <TextField field=Field::Venue failure value=venue/>
        <div class="fields-row">
            // Without a last value, browsers take years of six digits.
            <TextField field=Field::StartsAt failure kind="datetime-local" value=starts_at max="2099-12-31T23:59"
                hint="Local time at the venue."/>
            <TimeZoneField value=time_zone failure/>
        </div>
        {which_hour_field(which_hour, failure)}
    }
    .into_any()
}

/// An event that is known, and the fields that name it.
fn known_event(listing: ListingInput, known: KnownEvent) -> AnyView {
    let ListingInput { title, category, venue, city, starts_at, which_hour, time_zone, .. } = listing;
    let fields = [
        (Field::Title.name(), title.clone()),
        (Field::Category.name(), category),
        (Field::Venue.name(), venue.clone()),
        (Field::City.name(), city.clone()),
        (Field::StartsAt.name(), starts_at),
        ("which_hour", which_hour),
        (Field::TimeZone.name(), time_zone),
    ];
    view! {
        <div class="known-event">
            <p class="ticket-title" dir="auto"><a href=event_page(&known.slug)>{title}</a></p>
            <p class="ticket-when"><EventTimeView at=known.starts/></p>
            <p class="ticket-where"><bdi>{venue}</bdi> ", " <bdi>{city}</bdi></p>
            <p class="small"><a href="/tickets/new">"Sell for another event"</a></p>
        </div>
        {fields.map(|(name, value)| hidden(name, value)).collect_view()}
    }
    .into_any()
}

/// What others ask, and have got, for a ticket.
fn prices(known: &KnownEvent) -> AnyView {
    let listed = |prices: &[Money]| prices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let line = |label: &'static str, prices: &[Money]| {
        (!prices.is_empty()).then(|| view! { <p class="hint">{label} {listed(prices)} "."</p> }.into_any())
    };
    view! {
        {line("Cheapest on sale now: ", &known.cheapest)}
        {line("Sold last: ", &known.sold)}
    }
    .into_any()
}

/// The choice between the two hours of a night in which clocks go back. It is asked for by the server, and then stays: the
/// next refusal may be about another field.
fn which_hour_field(value: String, failure: Failure) -> AnyView {
    let comes_twice = |error: &AppError| error.errors().iter().any(|problem| problem.code == Code::TimeComesTwice);
    let was_asked = !value.is_empty();
    let is_asked = Memo::new(move |before| {
        was_asked || before == Some(&true) || failure.with(|error| error.as_ref().is_some_and(comes_twice))
    });
    dynamic(move || {
        let choice = |hour: &WhichHour| {
            view! { <option value=hour.code() selected=hour.code() == value>{hour.label()}</option> }.into_any()
        };
        is_asked
            .get()
            .then(|| {
                view! {
                    <div class="field">
                        <label for="which_hour">"Which hour"</label>
                        <select class="select" id="which_hour" name="which_hour" required>
                            <option value="">"Choose…"</option>
                            {WhichHour::ALL.iter().map(choice).collect_view()}
                        </select>
                    </div>
                }
                .into_any()
            })
            .into_any()
    })
}

#[component]
fn CategoryField(value: String, failure: Failure) -> impl IntoView {
    let category = |category: &Category| (category.code().to_owned(), category.label().to_owned());
    let choices = iter::once((String::new(), "Choose…".to_owned())).chain(Category::ALL.iter().map(category)).collect();
    view! { <SelectField field=Field::Category failure choices value/> }.into_any()
}

#[component]
fn SplitField(value: String, failure: Failure) -> impl IntoView {
    let choices = SplitRule::ALL.iter().map(|rule| (rule.code().to_owned(), rule.label().to_owned())).collect();
    view! {
        <SelectField field=Field::Split failure choices value optional=true
            hint="If you have several: how many a buyer may take."/>
    }
    .into_any()
}

/// The price, with its bounds in the hint, and below it what GitTix reads in it.
#[component]
fn PriceField(value: String, failure: Failure) -> impl IntoView {
    let (min, max) = (Money::MIN_PRICE, Money::MAX_PRICE);
    let hint = format!("For each ticket, in US dollars, from {min} to {max}.");
    let typed = RwSignal::new(value.clone());
    let read = move || typed.set(browser::field_value(Field::Price.name()));
    // The seller may have typed before hydration.
    browser::effect(read);
    let says_error =
        move || failure.with(|error| error.as_ref().is_some_and(|error| error.message_for(Field::Price).is_some()));
    let echo = move || {
        echo(&typed.get(), browser::fee(), says_error()).map(|text| view! { <span>{text}</span> }.into_any()).into_any()
    };
    view! {
        <div class="price-field" on:input=move |_| read()>
            <TextField field=Field::Price failure keyboard="decimal" value hint/>
            <p class="total" aria-live="polite">{words(echo)}</p>
        </div>
    }
    .into_any()
}

/// What the buyer will pay and the seller get, or why the price cannot be read, unless the field `says_error`.
fn echo(typed: &str, fee: Fee, says_error: bool) -> Option<String> {
    if typed.trim().is_empty() {
        return None;
    }
    match Money::parse_price(typed) {
        Ok(price) => {
            let PriceParts { seller, platform, .. } = fee.parts(price);
            Some(format!("The buyer pays {price} for each ticket. You get {seller} of it, and we keep {platform}."))
        }
        Err(problem) => (!says_error).then(|| problem.message()),
    }
}
