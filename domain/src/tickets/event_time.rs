//! The time of an event, written and read as the local time of its venue.

use jiff::{
    ZonedDateTime, civil,
    fmt::strtime,
    tz::{AmbiguousOffset, TimeZone},
};
use model::{Code, EventTime, error::Field, tickets::WhichHour};
use time::{Duration, OffsetDateTime};

/// How far in the future an event may be.
const HORIZON: Duration = Duration::days(5 * 366);

/// Hours from the start of an event until it counts as over. No one enters when an event ends.
pub(crate) const OVER_AFTER_HOURS: i32 = 12;

/// An instant, with the time zone that it was entered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartTime {
    pub(crate) at: OffsetDateTime,
    /// The time on the clocks there.
    pub(crate) local: civil::DateTime,
    /// Whether it is the second time that the clocks show this.
    pub(crate) is_second_hour: bool,
    /// The IANA name, in its canonical spelling.
    pub(crate) time_zone: String,
}

/// Parses the fields of the form. `now` is the database's clock. Every IANA name and alias is known.
///
/// When the clocks go back, a local time comes twice: then `which_hour` says which is meant.
pub(crate) fn parse(
    local: &str,
    which_hour: &str,
    time_zone: &str,
    now: OffsetDateTime,
) -> Result<StartTime, (Field, Code)> {
    let zone = match time_zone.trim() {
        "" => return Err((Field::TimeZone, Code::TimeZoneNeeded)),
        name => TimeZone::get(name).map_err(|_| (Field::TimeZone, Code::InvalidTimeZone))?,
    };
    let of_start = |code| (Field::StartsAt, code);
    let local = parse_local(local).map_err(of_start)?;
    let (at, is_second_hour) = instant(local, WhichHour::parse(which_hour), &zone).map_err(of_start)?;
    let at = within_reach(at, now).map_err(of_start)?;
    // `Etc/Unknown` is a zone without a name.
    let time_zone = zone.iana_name().ok_or((Field::TimeZone, Code::InvalidTimeZone))?.to_owned();
    Ok(StartTime { at, local, is_second_hour, time_zone })
}

fn parse_local(text: &str) -> Result<civil::DateTime, Code> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Code::Required);
    }
    // As browsers write it. A date alone would be midnight, and an offset or a zone after the time would be ignored.
    let (date, clock) = text.split_once('T').ok_or(Code::InvalidDate)?;
    if !clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.') {
        return Err(Code::InvalidDate);
    }
    // A year that goes on while the time is typed: no calendar here has it, and it is a date all the same.
    let year = date.trim_start_matches('+').split('-').next().map(str::parse::<u64>);
    if matches!(year, Some(Ok(10_000..))) {
        return Err(Code::EventTooFar);
    }
    let local: civil::DateTime = text.parse().map_err(|_| Code::InvalidDate)?;
    // The form has no fraction of a second, and a column of the database has no nanoseconds.
    local.with().subsec_nanosecond(0).build().map_err(|_| Code::InvalidDate)
}

/// The instant of a time on the clocks, and whether it is the second that these show so.
fn instant(
    local: civil::DateTime,
    which_hour: Option<WhichHour>,
    zone: &TimeZone,
) -> Result<(OffsetDateTime, bool), Code> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let (instant, is_second_hour) = match (ambiguous.offset(), which_hour) {
        (AmbiguousOffset::Unambiguous { .. }, _) => (ambiguous.unambiguous(), false),
        (AmbiguousOffset::Gap { .. }, _) => return Err(Code::NoSuchTime),
        (AmbiguousOffset::Fold { .. }, None) => return Err(Code::TimeComesTwice),
        (AmbiguousOffset::Fold { .. }, Some(WhichHour::First)) => (ambiguous.earlier(), false),
        (AmbiguousOffset::Fold { .. }, Some(WhichHour::Second)) => (ambiguous.later(), true),
    };
    // The last days of 9999 are no instant in every zone.
    let instant = instant.map_err(|_| Code::EventTooFar)?;
    let at = OffsetDateTime::from_unix_timestamp(instant.as_second()).map_err(|_| Code::InvalidDate)?;
    Ok((at, is_second_hour))
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

/// How far the start of an event is away, for people. The days are those of the venue's calendar.
pub(crate) fn starts_in(at: OffsetDateTime, now: OffsetDateTime, time_zone: &str) -> String {
    let left = at - now;
    if left <= Duration::ZERO {
        return "it has started".to_owned();
    }
    if left <= Duration::minutes(59) {
        return in_some((left.whole_seconds() + 59) / 60, "minute");
    }
    if left < Duration::hours(12) {
        return in_some((left.whole_minutes() + 30) / 60, "hour");
    }
    let date = |at| zoned(at, time_zone).date();
    match date(now).until(date(at)).map(|days| days.get_days()).unwrap_or_default() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => in_some(days.into(), "day"),
    }
}

fn in_some(count: i64, unit: &str) -> String {
    if count == 1 { format!("in 1 {unit}") } else { format!("in {count} {unit}s") }
}

/// The text for a page.
pub(crate) fn view(at: OffsetDateTime, time_zone: &str) -> EventTime {
    let local = zoned(at, time_zone);
    let say = |format: &str| strtime::format(format, &local).unwrap_or_default();
    EventTime {
        text: say("%a %-d %b %Y, %H:%M"),
        iso: say("%Y-%m-%dT%H:%M:%S%:z"),
        local: say("%Y-%m-%dT%H:%M"),
        time_zone: time_zone.to_owned(),
    }
}

fn zoned(at: OffsetDateTime, time_zone: &str) -> ZonedDateTime {
    // The name was valid when it was stored. If a later table lacks it, UTC still gives the instant.
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    jiff::Timestamp::from_second(at.unix_timestamp()).unwrap_or_default().to_zoned_datetime(zone)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

    fn parse(local: &str, time_zone: &str, now: OffsetDateTime) -> Result<StartTime, (Field, Code)> {
        super::parse(local, "", time_zone, now)
    }

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
        assert_eq!(shown.text, "Thu 31 Dec 2026, 20:00");
        assert_eq!(shown.iso, "2026-12-31T20:00:00+01:00");
        assert_eq!((shown.local.as_str(), shown.time_zone.as_str()), ("2026-12-31T20:00", "Europe/Berlin"));
    }

    #[test]
    fn days_until_the_start_are_those_of_the_venue() {
        let cases = [
            (datetime!(2026-06-30 23:00 UTC), "it has started"),
            (NOW, "it has started"),
            (datetime!(2026-07-01 12:00:01 UTC), "in 1 minute"),
            (datetime!(2026-07-01 12:59 UTC), "in 59 minutes"),
            (datetime!(2026-07-01 12:59:01 UTC), "in 1 hour"),
            (datetime!(2026-07-01 14:29 UTC), "in 2 hours"),
            // Past midnight, and yet soon.
            (datetime!(2026-07-01 22:30 UTC), "in 11 hours"),
            (datetime!(2026-07-02 18:00 UTC), "tomorrow"),
            (datetime!(2026-07-03 00:00 UTC), "in 2 days"),
            (datetime!(2026-08-02 18:00 UTC), "in 32 days"),
        ];
        for (at, words) in cases {
            assert_eq!(starts_in(at, NOW, "Europe/Berlin"), words, "{at}");
        }
        // The same instant is on another day elsewhere.
        let evening = datetime!(2026-07-02 23:00 UTC);
        assert_eq!(starts_in(evening, NOW, "Europe/Berlin"), "in 2 days");
        assert_eq!(starts_in(evening, NOW, "America/New_York"), "tomorrow");
        assert_eq!(starts_in(datetime!(2026-07-01 23:30 UTC), datetime!(2026-07-01 05:00 UTC), "UTC"), "today");
    }

    #[test]
    fn parse_handles_clock_changes() {
        // Berlin, 28 March 2027: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
        assert_eq!(parse("2027-03-28T02:30", "Europe/Berlin", NOW), Err((Field::StartsAt, Code::NoSuchTime)));
        let autumn = |which_hour: &str| {
            let parsed = super::parse("2026-10-25T02:30", which_hour, "Europe/Berlin", NOW);
            parsed.map(|starts| (starts.at, starts.is_second_hour))
        };
        assert_eq!(autumn("first"), Ok((datetime!(2026-10-25 00:30 UTC), false)));
        assert_eq!(autumn("second"), Ok((datetime!(2026-10-25 01:30 UTC), true)));
        for unclear in ["", "third"] {
            assert_eq!(autumn(unclear), Err((Field::StartsAt, Code::TimeComesTwice)), "{unclear}");
        }
        // Lord Howe Island goes back by half an hour, and an hour that comes once needs no choice.
        let island = super::parse("2027-04-04T01:45", "second", "Australia/Lord_Howe", NOW).expect("the second");
        assert_eq!(island.at, datetime!(2027-04-03 15:15 UTC));
        let clear = super::parse("2026-10-25T03:30", "second", "Europe/Berlin", NOW).expect("comes once");
        assert_eq!((clear.at, clear.is_second_hour), (datetime!(2026-10-25 02:30 UTC), false));
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
            ("9999-12-31T23:59", "UTC", Field::StartsAt, Code::EventTooFar),
            ("20261-12-31T20:00", "UTC", Field::StartsAt, Code::EventTooFar),
            ("+122026-12-31T20:00", "UTC", Field::StartsAt, Code::EventTooFar),
            ("202608-12-31T20:00", "UTC", Field::StartsAt, Code::EventTooFar),
            ("-2026-12-31T20:00", "UTC", Field::StartsAt, Code::InvalidDate),
            ("0008-12-31T20:00", "UTC", Field::StartsAt, Code::EventInPast),
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
        for name in model::tickets::time_zones() {
            assert!(TimeZone::get(&name).is_ok(), "{name}");
        }
    }
}
