//! A point in time on its way to the browser.

use serde::{Deserialize, Serialize};

/// A point in time as a page needs it: to count with, and to show.
///
/// The browser has no time-zone table and its clock may be wrong, so the server
/// writes the words. Both sides then render the same text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC.
    pub unix_ms: i64,
    /// RFC 3339, for `<time datetime>`.
    pub iso: String,
    /// For people: `20:15 UTC`, or with its date where that helps.
    pub text: String,
}

#[cfg(feature = "server")]
mod server {
    use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

    use super::Moment;

    impl Moment {
        /// A time of day: `20:15 UTC`.
        #[must_use]
        pub fn time_of_day(at: OffsetDateTime) -> Self {
            Self::with_text(at, format_description!(version = 2, "[hour]:[minute] UTC"))
        }

        /// A date with its time of day: `3 Jul 2026, 20:15 UTC`.
        #[must_use]
        pub fn date_and_time(at: OffsetDateTime) -> Self {
            Self::with_text(
                at,
                format_description!(version = 2, "[day padding:none] [month repr:short] [year], [hour]:[minute] UTC"),
            )
        }

        /// A date with its time of day, to the second: `3 Jul 2026, 20:15:09 UTC`.
        #[must_use]
        pub fn date_and_time_to_the_second(at: OffsetDateTime) -> Self {
            Self::with_text(
                at,
                format_description!(
                    version = 2,
                    "[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC"
                ),
            )
        }

        fn with_text(at: OffsetDateTime, words: &[time::format_description::FormatItem<'_>]) -> Self {
            let at = at.to_offset(UtcOffset::UTC);
            Self {
                unix_ms: i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX),
                // Neither can fail: the year is four digits and the descriptions are constant.
                iso: at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default(),
                text: at.format(words).unwrap_or_default(),
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use time::macros::datetime;

    use super::Moment;

    #[test]
    fn says_utc_whatever_the_offset() {
        let moment = Moment::time_of_day(datetime!(2026-07-03 22:15:09.5 +2));
        assert_eq!(moment.text, "20:15 UTC");
        assert_eq!(moment.iso, "2026-07-03T20:15:09Z");
        assert_eq!(moment.unix_ms, 1_783_109_709_500);
        assert_eq!(Moment::date_and_time(datetime!(2026-07-03 22:15 +2)).text, "3 Jul 2026, 20:15 UTC");
        let to_the_second = Moment::date_and_time_to_the_second(datetime!(2026-07-03 22:15:09.5 +2));
        assert_eq!(to_the_second.text, "3 Jul 2026, 20:15:09 UTC");
    }
}
