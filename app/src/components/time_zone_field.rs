//! The time zone field.

use leptos::{html::Select, prelude::*};
use model::{
    error::Field,
    tickets::{DEFAULT_TIME_ZONE, TIME_ZONES},
};

use super::{Failure, fields::SelectField};
use crate::browser;

/// A select of time zones. A new listing starts with the browser's zone, which only the browser knows.
/// So it is set after hydration, and only if the user has not chosen a zone yet.
#[component]
pub(crate) fn TimeZoneField(
    /// The listing's zone. Empty for a new listing.
    value: String,
    /// The last error of the form.
    failure: Failure,
) -> impl IntoView {
    let select = NodeRef::<Select>::new();
    let is_new = value.is_empty();
    let chosen = if is_new { DEFAULT_TIME_ZONE.to_owned() } else { value };
    browser::effect(move || {
        let Some(select) = select.get() else { return };
        let untouched = is_new && select.value() == DEFAULT_TIME_ZONE;
        if let Some(own) = browser::time_zone().filter(|own| untouched && TIME_ZONES.contains(&own.as_str())) {
            select.set_value(&own);
        }
    });
    // The server accepts every IANA name, so a listing may have a zone that is not in the list.
    let unlisted = (!TIME_ZONES.contains(&chosen.as_str())).then(|| chosen.clone());
    let choices = unlisted.into_iter().chain(TIME_ZONES.iter().map(|&zone| zone.to_owned()));
    let choices = choices.map(|zone| (zone.clone(), display_name(&zone))).collect();
    view! {
        <SelectField label="Time zone" name="time_zone" field=Field::TimeZone failure choices value=chosen
            hint="The venue’s time zone, not yours." node=select/>
    }
    .into_any()
}

/// `America/New_York` becomes `America / New York`.
fn display_name(zone: &str) -> String {
    zone.replace('/', " / ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_name_has_no_underscores() {
        assert_eq!(display_name("America/Argentina/Buenos_Aires"), "America / Argentina / Buenos Aires");
        assert!(TIME_ZONES.contains(&DEFAULT_TIME_ZONE));
    }
}
