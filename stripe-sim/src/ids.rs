//! Identifiers and time, shaped as Stripe shapes them.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::distr::{Alphanumeric, SampleString};

/// Characters after the prefix of an object's id.
const ID_CHARS: usize = 24;
/// Characters after `_secret_` in a client secret.
const SECRET_CHARS: usize = 25;

/// A new object id, such as `pi_3PgafyB7WZ01zgkWSjxsAJo3`.
pub(crate) fn object_id(prefix: &str) -> String {
    format!("{prefix}_{}", random(ID_CHARS))
}

/// The secret with which a browser may act on one intent.
pub(crate) fn client_secret(intent: &str) -> String {
    format!("{intent}_secret_{}", random(SECRET_CHARS))
}

/// The id of one API call, sent back as `Request-Id`.
pub(crate) fn request_id() -> String {
    format!("req_{}", random(14))
}

fn random(chars: usize) -> String {
    Alphanumeric.sample_string(&mut rand::rng(), chars)
}

/// Seconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// The year and month of a time, after <https://howardhinnant.github.io/date_algorithms.html>.
pub(crate) fn year_and_month(now: i64) -> (i64, i64) {
    // Days since 1 March of year 0: leap days then fall at the end of a year.
    let days = now.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_change_where_the_calendar_says() {
        assert_eq!(year_and_month(0), (1970, 1));
        assert_eq!(year_and_month(951_782_400), (2000, 2)); // 29 February
        assert_eq!(year_and_month(951_868_800), (2000, 3));
        assert_eq!(year_and_month(1_798_761_599), (2026, 12));
        assert_eq!(year_and_month(1_798_761_600), (2027, 1));
    }

    #[test]
    fn ids_have_the_length_clients_check() {
        let id = object_id("pi");
        assert_eq!(id.len(), 3 + ID_CHARS);
        let secret = client_secret(&id);
        assert!(secret.starts_with(&format!("{id}_secret_")));
        assert_eq!(secret.len(), id.len() + "_secret_".len() + SECRET_CHARS);
    }
}
