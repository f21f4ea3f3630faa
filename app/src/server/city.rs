//! The city that a reader has last searched in, for their home page.

use cookie::time::Duration;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::cookie::{own_cookie, policy, sent_cookie, set_cookie};

const NAME: &str = "gittix-city";
const MAX_AGE: Duration = Duration::days(180);
/// The longest name that is read, in bytes.
const MAX_BYTES: usize = 320;

/// Keeps the city in this browser.
pub(crate) fn keep_city(city: &str) {
    set_cookie(&own_cookie(policy(), NAME, &utf8_percent_encode(city, NON_ALPHANUMERIC).to_string(), MAX_AGE));
}

/// The city that was kept.
pub(crate) fn last_city() -> Option<String> {
    let sent = sent_cookie(NAME)?;
    let city = percent_decode_str(&sent).decode_utf8().ok()?;
    (!city.is_empty() && city.len() <= MAX_BYTES && !city.contains(char::is_control)).then(|| city.into_owned())
}
