//! The time zone field.

use std::iter;

use leptos::{html::Select, prelude::*};
use model::{AppError, error::Field, tickets::TIME_ZONES};

use super::{Failure, fields::SelectField};
use crate::browser;

/// A select of time zones. Only the server knows whether the venue is new, so the field is hidden until the server
/// asks for it. It then starts with the browser's zone, which only the browser knows, unless the user has chosen one.
///
/// A hidden field is empty: a zone that the user does not see could be wrong. Without JavaScript a refused form loses
/// what was typed, so there the field is shown from the start.
#[component]
pub(crate) fn TimeZoneField(
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    let select = NodeRef::<Select>::new();
    // Once it is shown, it stays: the next refusal may be about another field.
    let is_asked =
        Memo::new(move |before| before == Some(&true) || failure.with(|error| error.as_ref().is_some_and(asks)));
    browser::effect(move || {
        let Some(select) = select.get().filter(|_| is_asked.get()) else { return };
        if let Some(own) = browser::time_zone().filter(|_| select.value().is_empty()) {
            // Browsers report some zones by names that are not in the list. The server accepts every IANA name.
            if !TIME_ZONES.contains(&own.as_str()) {
                browser::add_option(&select, &own, &display_name(&own));
            }
            select.set_value(&own);
        }
    });
    let zones = TIME_ZONES.iter().map(|&zone| (zone.to_owned(), display_name(zone)));
    let choices = iter::once((String::new(), "Choose…".to_owned())).chain(zones).collect();
    view! {
        <div class="if-asked" class:is-asked=move || is_asked.get()>
            <SelectField label="Time zone" name="time_zone" field=Field::TimeZone failure choices value=String::new() optional=true
                hint="Only for a venue that is new to GitTix: its own time zone, not yours." node=select/>
        </div>
    }
    .into_any()
}

/// Whether the server asks for the time zone. A form without a readable venue lacks a zone, too, and may not need one.
fn asks(error: &AppError) -> bool {
    let is_wrong = |field| error.message_for(field).is_some();
    is_wrong(Field::TimeZone) && !is_wrong(Field::Venue) && !is_wrong(Field::City)
}

/// `America/New_York` becomes `America / New York`.
fn display_name(zone: &str) -> String {
    zone.replace('/', " / ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use model::{Code, error::Problem};

    use super::*;

    #[test]
    fn zone_is_asked_for_only_with_a_venue() {
        let error = |fields: &[Field]| {
            let problem = |&field| Problem { field: Some(field), ..Code::Required.into() };
            AppError::from_problems(fields.iter().map(problem).collect()).expect("problems")
        };
        assert!(asks(&error(&[Field::TimeZone])) && asks(&error(&[Field::Title, Field::TimeZone])));
        assert!(!asks(&error(&[Field::Title])) && !asks(&error(&[Field::City, Field::TimeZone])));
    }

    #[test]
    fn display_name_has_no_underscores() {
        assert_eq!(display_name("America/Argentina/Buenos_Aires"), "America / Argentina / Buenos Aires");
    }
}
