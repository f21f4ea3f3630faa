//! `GET /orders/{order}/calendar`, `GET /gifts/{gift}/calendar`: the event of a ticket as an iCalendar file (RFC 5545).

use std::error::Error;

use app::server::RequestIdentity;
use axum::{
    Extension,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::delivery::{
    calendar::{CalendarEntry, calendar},
    gifts::received,
};
use icalendar::{Calendar, Component, Event, EventLike, Property};
use model::{AppError, Code, GiftId, OrderId};
use time::{UtcDateTime, macros::format_description};

use crate::{
    errors::{ErrorResponse, logged},
    state::SharedState,
};

/// Sends the file to the order's buyer.
pub(crate) async fn of_order(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
    Path(order): Path<String>,
) -> Result<Response, ErrorResponse> {
    let buyer = identity.user.ok_or(Code::NotSignedIn)?.id;
    let order: OrderId = order.parse().map_err(|_| Code::OrderNotFound)?;
    answer(calendar(&state.backend, buyer, order).await)
}

/// Sends the file to the recipient of a gift.
pub(crate) async fn of_gift(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
    Path(gift): Path<String>,
) -> Result<Response, ErrorResponse> {
    let user = identity.user.ok_or(Code::NotSignedIn)?;
    let gift: GiftId = gift.parse().map_err(|_| Code::GiftNotFound)?;
    answer(received::calendar(&state.backend, &user, gift).await)
}

fn answer<E: Error + Into<AppError> + 'static>(entry: Result<CalendarEntry, E>) -> Result<Response, ErrorResponse> {
    let entry = entry.map_err(logged("a calendar entry was not made"))?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="gittix.ics""#),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, file(&entry)).into_response())
}

/// The time is in UTC: every calendar shows it on the clock of its device, which is the venue's when its owner is there.
/// A local time would need the zone's rules in the file.
fn file(entry: &CalendarEntry) -> String {
    let starts = UtcDateTime::from(entry.starts_at)
        .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
        .unwrap_or_default();
    let mut event = Event::new();
    event
        .uid(&format!("{}@gittix", entry.uid))
        .summary(&entry.title)
        .location(&entry.location)
        .description(&entry.description)
        .url(&entry.page)
        .add_property("DTSTART", starts);
    // `Calendar::new` has a `PRODID` of the library's own, and a file has one.
    let mut calendar = Calendar::empty();
    for (name, value) in [("VERSION", "2.0"), ("PRODID", "-//GitTix//Tickets//EN")] {
        calendar.append_property(Property::new(name, value));
    }
    calendar.push(event);
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn text_is_escaped_and_lines_are_short() {
        let entry = CalendarEntry {
            uid: "0190".into(),
            title: "Rain; or, Árið\r\nBEGIN:VALARM".into(),
            location: "Harpa, Reykjavík".into(),
            description: "Begins Friday.\nYour tickets: https://tickets.example/orders/0190d1d0-0000-7000-8000-000000000001/tickets".into(),
            page: "https://tickets.example/orders/0190/tickets".into(),
            starts_at: datetime!(2027-03-05 20:30 +2),
        };
        let file = file(&entry);
        let lines: Vec<&str> = file.split("\r\n").collect();
        for line in [
            "BEGIN:VCALENDAR",
            "PRODID:-//GitTix//Tickets//EN",
            "DTSTART:20270305T183000Z",
            "LOCATION:Harpa\\, Reykjavík",
            "UID:0190@gittix",
            "URL:https://tickets.example/orders/0190/tickets",
        ] {
            assert!(lines.contains(&line), "{line} in {file}");
        }
        assert!(!lines.contains(&"BEGIN:VALARM"), "{file}");
        assert!(lines.iter().all(|line| line.len() <= 75), "{file}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("PRODID")).count(), 1, "{file}");
    }
}
