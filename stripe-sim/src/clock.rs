//! The simulator's clock.

use std::time::SystemTime;

use time::OffsetDateTime;

/// Seconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    OffsetDateTime::from(SystemTime::now()).unix_timestamp()
}

/// The year and month (1 to 12) of a time in UTC.
pub(crate) fn year_and_month(now: i64) -> (i64, i64) {
    let time = OffsetDateTime::from_unix_timestamp(now).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    (time.year().into(), u8::from(time.month()).into())
}
