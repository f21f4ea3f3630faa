//! The choice of a time zone.

use leptos::{html::Select, prelude::*};
use model::{
    error::Field,
    tickets::{DEFAULT_TIME_ZONE, TIME_ZONES},
};

use super::{Failure, fields::SelectField};
use crate::browser;

/// A select of time zones. A new listing starts with the browser's own, which only the
/// browser knows, so it is set after hydration and only where nobody has chosen yet.
#[component]
pub(crate) fn TimeZoneField(
    /// The listing's zone; empty with a new listing.
    value: String,
    /// Of the form's action.
    failure: Failure,
) -> impl IntoView {
    let select = NodeRef::<Select>::new();
    let is_new = value.is_empty();
    let chosen = if is_new { DEFAULT_TIME_ZONE.to_owned() } else { value };
    Effect::new(move || {
        let Some(select) = select.get() else { return };
        let untouched = is_new && select.value() == DEFAULT_TIME_ZONE;
        if let Some(own) = browser::time_zone().filter(|own| untouched && TIME_ZONES.contains(&own.as_str())) {
            select.set_value(&own);
        }
    });
    // The server takes every IANA name, so an edited listing may hold one that is not offered.
    let unlisted = (!TIME_ZONES.contains(&chosen.as_str())).then(|| chosen.clone());
    let choices = unlisted.into_iter().chain(TIME_ZONES.iter().map(|&zone| zone.to_owned()));
    let choices = choices.map(|zone| (zone.clone(), spoken(&zone))).collect();
    view! {
        <SelectField label="Time zone" name="time_zone" field=Field::TimeZone failure choices value=chosen
            hint="Where the venue is." node=select/>
    }
    .into_any()
}

/// `America/New_York` as people write it: `America / New York`.
fn spoken(zone: &str) -> String {
    zone.replace('/', " / ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_of_places() {
        assert_eq!(spoken("America/Argentina/Buenos_Aires"), "America / Argentina / Buenos Aires");
        assert!(TIME_ZONES.contains(&DEFAULT_TIME_ZONE));
    }
}
