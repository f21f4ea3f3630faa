//! Timestamps for pages: the server formats the text.

use model::Timestamp;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

/// A time of day: `20:15 UTC`.
#[must_use]
pub fn time_of_day(at: OffsetDateTime) -> Timestamp {
    with_text(at, format_description!(version = 2, "[hour]:[minute] UTC"))
}

/// A date with its time of day: `3 Jul 2026, 20:15 UTC`.
#[must_use]
pub fn date_and_time(at: OffsetDateTime) -> Timestamp {
    with_text(at, format_description!(version = 2, "[day padding:none] [month repr:short] [year], [hour]:[minute] UTC"))
}

/// A date with its time of day, to the second: `3 Jul 2026, 20:15:09 UTC`.
#[must_use]
pub fn date_and_time_to_the_second(at: OffsetDateTime) -> Timestamp {
    with_text(
        at,
        format_description!(version = 2, "[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC"),
    )
}

/// Microseconds since 1970: the order of what was read.
#[must_use]
pub fn unix_us(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

fn with_text(at: OffsetDateTime, words: &[time::format_description::FormatItem<'_>]) -> Timestamp {
    let at = at.to_offset(UtcOffset::UTC);
    Timestamp {
        unix_ms: i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX),
        // Neither can fail: the year has four digits and the descriptions are constant.
        iso: at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default(),
        text: at.format(words).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{date_and_time, date_and_time_to_the_second, time_of_day};

    #[test]
    fn text_is_utc_for_any_offset() {
        let moment = time_of_day(datetime!(2026-07-03 22:15:09.5 +2));
        assert_eq!(moment.text, "20:15 UTC");
        assert_eq!(moment.iso, "2026-07-03T20:15:09Z");
        assert_eq!(moment.unix_ms, 1_783_109_709_500);
        assert_eq!(date_and_time(datetime!(2026-07-03 22:15 +2)).text, "3 Jul 2026, 20:15 UTC");
        let to_the_second = date_and_time_to_the_second(datetime!(2026-07-03 22:15:09.5 +2));
        assert_eq!(to_the_second.text, "3 Jul 2026, 20:15:09 UTC");
    }
}
