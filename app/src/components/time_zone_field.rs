//! The choice of a time zone.

use domain::{
    error::Field,
    tickets::{DEFAULT_TIME_ZONE, TIME_ZONES},
};
use leptos::{html::Select, prelude::*};

use super::{Failure, fields::FieldError};
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
    let error = Memo::new(move |_| {
        failure.with(|failure| failure.as_ref().and_then(|error| error.message_for(Field::TimeZone)))
    });
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
    view! {
        <div class="field">
            <label for="time_zone">"Time zone"</label>
            <select
                class="select"
                id="time_zone"
                name="time_zone"
                required
                node_ref=select
                aria-describedby="time_zone-hint time_zone-error"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
            >
                {unlisted.map(|zone| view! { <option value=zone.clone() selected>{spoken(&zone)}</option> })}
                {TIME_ZONES
                    .iter()
                    .map(|zone| view! { <option value=*zone selected=*zone == chosen>{spoken(zone)}</option> })
                    .collect_view()}
            </select>
            <p class="hint" id="time_zone-hint">"Where the venue is."</p>
            <FieldError id="time_zone-error".to_owned() error=error/>
        </div>
    }
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
