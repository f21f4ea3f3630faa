//! The news as a mail tells it.

use std::collections::HashMap;

use model::{EventId, ListingId};
use platform::mail::{Mailer, Message};

use super::news::{Change, NewsRow};
use crate::{
    catalogue::slug::slug,
    mail::{
        content::Off,
        templates::{self, EventNews},
    },
    tickets::{event_time, row::ListingRow},
};

/// The page where a user changes and stops what they watch.
const PAGE: &str = "/watching";

/// The mail with the news about those listings that are still on sale. None if there are none.
pub(super) fn write(
    mailer: &Mailer,
    rows: &[NewsRow],
    listings: &HashMap<ListingId, ListingRow>,
    off: Off,
) -> Option<Message> {
    let mut told: Vec<(&ListingRow, Change)> = Vec::new();
    for row in rows {
        // A listing may be news for the watch of its event and for its own.
        let Some(listing) = listings.get(&row.listing) else { continue };
        if told.iter().all(|(other, _)| other.id != listing.id) {
            told.push((listing, row.change(listing.price())));
        }
    }
    told.sort_by_key(|(listing, _)| (listing.starts_at, listing.event_id, listing.price_cents, listing.id));
    let mut events: Vec<(EventId, EventNews)> = Vec::new();
    for (listing, change) in told {
        let line = line(listing, change, mailer.page(&format!("/tickets/{}", listing.id)));
        match events.last_mut() {
            Some((id, event)) if *id == listing.event_id => event.lines.push(line),
            _ => events.push((listing.event_id, event(mailer, listing, line))),
        }
    }
    let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
    (!events.is_empty()).then(|| templates::watch_news(events, &mailer.page(PAGE), off))
}

fn event(mailer: &Mailer, listing: &ListingRow, line: (String, String)) -> EventNews {
    let ListingRow { title, city, venue, starts_at, time_zone, .. } = listing;
    let address = slug(listing.event_id, title, city, *starts_at, time_zone);
    EventNews {
        title: title.clone(),
        cheapest: listing.price(),
        about: format!("{}, {venue}, {city}", event_time::view(*starts_at, time_zone).text),
        link: mailer.page(&format!("/events/{address}")),
        lines: vec![line],
    }
}

/// `New: 2 tickets for $45.00 each, Section A · Row 3 · Seats 12-13`, and the address of the listing.
fn line(listing: &ListingRow, change: Change, link: String) -> (String, String) {
    let (price, place) = (listing.price(), listing.place());
    let tickets = match listing.free_count() {
        1 => format!("1 ticket for {price}"),
        free => format!("{free} tickets for {price} each"),
    };
    (told(change, &tickets, &place), link)
}

fn told(change: Change, tickets: &str, place: &str) -> String {
    match change {
        Change::Listed => format!("New: {tickets}, {place}"),
        Change::Cheaper { before } => format!("Cheaper: {tickets}, before {before}, {place}"),
        Change::BackOnSale => format!("On sale again: {tickets}, {place}"),
    }
}

#[cfg(test)]
mod tests {
    use model::Money;

    use super::*;

    #[test]
    fn each_change_has_its_words() {
        let told = |change| told(change, "1 ticket for $45.00", "Seat 12");
        assert_eq!(told(Change::Listed), "New: 1 ticket for $45.00, Seat 12");
        let before = Money::usd(4950);
        assert_eq!(told(Change::Cheaper { before }), "Cheaper: 1 ticket for $45.00, before $49.50, Seat 12");
        assert_eq!(told(Change::BackOnSale), "On sale again: 1 ticket for $45.00, Seat 12");
    }
}
