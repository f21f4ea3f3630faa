//! The time of an event, written and read as the local time of its venue.

use jiff::{civil, fmt::strtime, tz::TimeZone};
use model::{Code, EventTime, error::Field};
use time::{Duration, OffsetDateTime};

/// How far in the future an event may be.
const HORIZON: Duration = Duration::days(5 * 366);

/// An instant, with the time zone that it was entered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartTime {
    pub(crate) at: OffsetDateTime,
    /// The time on the clocks there.
    pub(crate) local: civil::DateTime,
    /// The IANA name, in its canonical spelling.
    pub(crate) time_zone: String,
}

/// Parses the fields of the form. `now` is the database's clock. Every IANA name and alias is known.
///
/// When the clocks go back, a local time occurs twice: the first one is meant.
pub(crate) fn parse(local: &str, time_zone: &str, now: OffsetDateTime) -> Result<StartTime, (Field, Code)> {
    let zone = match time_zone.trim() {
        "" => return Err((Field::TimeZone, Code::TimeZoneNeeded)),
        name => TimeZone::get(name).map_err(|_| (Field::TimeZone, Code::InvalidTimeZone))?,
    };
    let (local, at) = parse_local(local, &zone).map_err(|code| (Field::StartsAt, code))?;
    let at = within_reach(at, now).map_err(|code| (Field::StartsAt, code))?;
    // `Etc/Unknown` is a zone without a name.
    let time_zone = zone.iana_name().ok_or((Field::TimeZone, Code::InvalidTimeZone))?.to_owned();
    Ok(StartTime { at, local, time_zone })
}

fn parse_local(local: &str, zone: &TimeZone) -> Result<(civil::DateTime, OffsetDateTime), Code> {
    if local.trim().is_empty() {
        return Err(Code::Required);
    }
    // As browsers write it. A date alone would be midnight, and an offset or a zone after the time would be ignored.
    let (_, clock) = local.trim().split_once('T').ok_or(Code::InvalidDate)?;
    if !clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.') {
        return Err(Code::InvalidDate);
    }
    let local: civil::DateTime = local.trim().parse().map_err(|_| Code::InvalidDate)?;
    let instant = zone.to_ambiguous_timestamp(local);
    if matches!(instant.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
        return Err(Code::NoSuchTime);
    }
    let instant = instant.compatible().map_err(|_| Code::InvalidDate)?;
    // The form has no fraction of a second, and a column of the database has no nanoseconds.
    let local = local.with().subsec_nanosecond(0).build().map_err(|_| Code::InvalidDate)?;
    let at = OffsetDateTime::from_unix_timestamp(instant.as_second()).map_err(|_| Code::InvalidDate)?;
    Ok((local, at))
}

fn within_reach(at: OffsetDateTime, now: OffsetDateTime) -> Result<OffsetDateTime, Code> {
    if at <= now {
        Err(Code::EventInPast)
    } else if at > now + HORIZON {
        Err(Code::EventTooFar)
    } else {
        Ok(at)
    }
}

/// The text for a page.
pub(crate) fn view(at: OffsetDateTime, time_zone: &str) -> EventTime {
    // The name was valid when it was stored. If a later table lacks it, UTC still gives the instant.
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let local = jiff::Timestamp::from_second(at.unix_timestamp()).unwrap_or_default().to_zoned_datetime(zone);
    let say = |format: &str| strtime::format(format, &local).unwrap_or_default();
    EventTime {
        text: say("%a %-d %b %Y, %H:%M %Z"),
        iso: say("%Y-%m-%dT%H:%M:%S%:z"),
        local: say("%Y-%m-%dT%H:%M"),
        time_zone: time_zone.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

    #[test]
    fn parse_reads_local_time_of_the_venue() {
        let summer = parse("2026-07-10T20:00", "Europe/Berlin", NOW).expect("a valid time");
        assert_eq!(summer.at, datetime!(2026-07-10 18:00 UTC));
        let winter = parse("2026-12-10T20:00", " america/new_york ", NOW).expect("a valid time");
        assert_eq!((winter.at, winter.time_zone.as_str()), (datetime!(2026-12-11 01:00 UTC), "America/New_York"));
        assert_eq!(
            parse("2026-12-10T20:00:30", "UTC", NOW).expect("seconds are valid").at,
            datetime!(2026-12-10 20:00:30 UTC)
        );
    }

    #[test]
    fn view_shows_the_parsed_time() {
        let starts = parse("2026-12-31T20:00", "Europe/Berlin", NOW).expect("a valid time");
        let shown = view(starts.at, &starts.time_zone);
        assert_eq!(shown.text, "Thu 31 Dec 2026, 20:00 CET");
        assert_eq!(shown.iso, "2026-12-31T20:00:00+01:00");
        assert_eq!((shown.local.as_str(), shown.time_zone.as_str()), ("2026-12-31T20:00", "Europe/Berlin"));
    }

    #[test]
    fn parse_handles_clock_changes() {
        // Berlin, 28 March 2027: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
        assert_eq!(parse("2027-03-28T02:30", "Europe/Berlin", NOW), Err((Field::StartsAt, Code::NoSuchTime)));
        assert_eq!(
            parse("2026-10-25T02:30", "Europe/Berlin", NOW).expect("the first of the two").at,
            datetime!(2026-10-25 00:30 UTC)
        );
    }

    #[test]
    fn parse_names_the_wrong_field() {
        let cases = [
            ("", "UTC", Field::StartsAt, Code::Required),
            ("tomorrow", "UTC", Field::StartsAt, Code::InvalidDate),
            ("2026-13-01T20:00", "UTC", Field::StartsAt, Code::InvalidDate),
            ("2026-02-30T20:00", "UTC", Field::StartsAt, Code::InvalidDate),
            ("2026-12-31", "UTC", Field::StartsAt, Code::InvalidDate),
            ("2026-12-31T20:00+05:00", "UTC", Field::StartsAt, Code::InvalidDate),
            ("2026-12-31T20:00[Asia/Tokyo]", "UTC", Field::StartsAt, Code::InvalidDate),
            ("2026-07-01T12:00", "UTC", Field::StartsAt, Code::EventInPast),
            ("1999-07-01T12:00", "UTC", Field::StartsAt, Code::EventInPast),
            ("2036-07-01T12:00", "UTC", Field::StartsAt, Code::EventTooFar),
            ("2026-12-10T20:00", "Mars/Olympus", Field::TimeZone, Code::InvalidTimeZone),
            ("2026-12-10T20:00", "Etc/Unknown", Field::TimeZone, Code::InvalidTimeZone),
            ("2026-12-10T20:00", " ", Field::TimeZone, Code::TimeZoneNeeded),
        ];
        for (local, zone, field, code) in cases {
            assert_eq!(parse(local, zone, NOW), Err((field, code)), "{local:?} in {zone:?}");
        }
    }

    #[test]
    fn every_time_zone_of_the_form_exists() {
        for name in model::tickets::TIME_ZONES {
            assert!(TimeZone::get(name).is_ok(), "{name}");
        }
    }
}
