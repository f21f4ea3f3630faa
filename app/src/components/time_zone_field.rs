//! The time zone field.

use std::iter;

use leptos::{html::Select, prelude::*};
use model::{AppError, error::Field, tickets::time_zones};

use super::{Failure, fields::SelectField};
use crate::browser;

/// A select of time zones. Only the server knows whether the venue is new, so the field is hidden until the server
/// asks for it. It then starts with the browser's zone, which only the browser knows, unless the user has chosen one.
///
/// A hidden field is empty: a zone that the user does not see could be wrong. Without JavaScript the field is
/// shown from the start, which saves a page load.
#[component]
pub(crate) fn TimeZoneField(
    /// The initial value: what was chosen before, if it was asked for.
    value: String,
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    let select = NodeRef::<Select>::new();
    // Once it is shown, it stays: the next refusal may be about another field.
    let was_asked = !value.is_empty();
    let is_asked = Memo::new(move |before| {
        was_asked || before == Some(&true) || failure.with(|error| error.as_ref().is_some_and(asks))
    });
    browser::effect(move || {
        let Some(select) = select.get().filter(|_| is_asked.get()) else { return };
        if let Some(own) = browser::time_zone().filter(|_| select.value().is_empty()) {
            select.set_value(&own);
            // Browsers report some zones by names that are not in the list. The server accepts every IANA name.
            if select.value().is_empty() {
                browser::add_option(&select, &own, &display_name(&own));
                select.set_value(&own);
            }
        }
    });
    let mut zones: Vec<_> = time_zones().map(|zone| (display_name(&zone), zone)).collect();
    zones.sort();
    let zones = zones.into_iter().map(|(label, zone)| (zone, label));
    let choices = iter::once((String::new(), "Choose…".to_owned())).chain(zones).collect();
    view! {
        <div class="if-asked" class:is-asked=move || is_asked.get()>
            <SelectField field=Field::TimeZone failure choices value optional=true
                hint="Only for a venue that is new to GitTix: its own time zone, not yours." node=select/>
        </div>
    }
    .into_any()
}

/// Whether the server asks for the time zone.
fn asks(error: &AppError) -> bool {
    error.message_for(Field::TimeZone).is_some()
}

/// `America/New_York` becomes `New York (America)`: in a select people find a choice by its first letters.
fn display_name(zone: &str) -> String {
    let zone = zone.replace('_', " ");
    match zone.rsplit_once('/') {
        Some((region, city)) => format!("{city} ({})", region.replace('/', ", ")),
        None => zone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_name_begins_with_the_city() {
        assert_eq!(display_name("Europe/London"), "London (Europe)");
        assert_eq!(display_name("America/Argentina/Buenos_Aires"), "Buenos Aires (America, Argentina)");
        assert_eq!(display_name("UTC"), "UTC");
    }
}
