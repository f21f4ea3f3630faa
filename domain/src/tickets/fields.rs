//! The fields of a listing, parsed from the form.

use model::{
    AppError, Code, Money,
    error::{Field, Problems},
    text::parse_line,
    tickets::{Category, ListingInput, SplitRule, limits, parse_seats, write_seats},
};
use time::OffsetDateTime;

use super::event_time::{self, StartTime};

/// A valid listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) title: String,
    pub(crate) category: Category,
    pub(crate) venue: String,
    pub(crate) city: String,
    pub(crate) starts: StartTime,
    pub(crate) section: String,
    pub(crate) row: String,
    /// One for each ticket; empty with general admission.
    pub(crate) seats: Vec<String>,
    pub(crate) split: SplitRule,
    pub(crate) price: Money,
}

impl Listing {
    /// Parses the form, and collects an error for every wrong field. `time_zone` is the venue's, if the venue is
    /// known; otherwise the form has to name it. `now` is the database's clock.
    pub(crate) fn parse(input: &ListingInput, time_zone: Option<&str>, now: OffsetDateTime) -> Result<Self, AppError> {
        let mut problems = Problems::default();
        let title = problems.take(Field::Title, parse_line(&input.title, 1, limits::TITLE_MAX));
        let category = problems.take(Field::Category, Category::parse(&input.category));
        let venue = problems.take(Field::Venue, parse_line(&input.venue, 1, limits::VENUE_MAX));
        let city = problems.take(Field::City, parse_line(&input.city, 1, limits::CITY_MAX));
        let starts = match event_time::parse(&input.starts_at, time_zone.unwrap_or(&input.time_zone), now) {
            Ok(starts) => Some(starts),
            Err((field, code)) => problems.take(field, Err(code)),
        };
        let section = problems.take(Field::Section, parse_line(&input.section, 0, limits::PLACE_MAX));
        let row = problems.take(Field::Row, parse_line(&input.row, 0, limits::PLACE_MAX));
        let seats = match problems.take(Field::Seat, parse_seats(&input.seat)) {
            Some(seats) => problems.take(Field::Quantity, counted(seats, &input.quantity)),
            None => None,
        };
        let split = problems.take(Field::Split, SplitRule::parse(&input.split));
        let price = problems.take(Field::Price, Money::parse_price(&input.price));
        match (title, category, venue, city, starts, section, row, seats, split, price) {
            (
                Some(title),
                Some(category),
                Some(venue),
                Some(city),
                Some(starts),
                Some(section),
                Some(row),
                Some(seats),
                Some(split),
                Some(price),
            ) => Ok(Self { title, category, venue, city, starts, section, row, seats, split, price }),
            _ => Err(problems.into_error()),
        }
    }

    /// The same listing with its start on the clocks of another time zone: the venue was made meanwhile, by another
    /// user, who chose that one.
    pub(crate) fn in_zone(self, input: &ListingInput, time_zone: &str, now: OffsetDateTime) -> Result<Self, AppError> {
        let starts = event_time::parse(&input.starts_at, time_zone, now);
        let starts = starts.map_err(|(field, code)| AppError::field(field, code))?;
        Ok(Self { starts, ..self })
    }
}

/// The seat of each ticket. Without seats, `quantity` says how many tickets there are, or else there is one.
fn counted(seats: Vec<String>, quantity: &str) -> Result<Vec<String>, Code> {
    let quantity = match quantity.trim() {
        "" => None,
        text => Some(text.parse::<usize>().map_err(|_| Code::InvalidQuantity)?),
    };
    match quantity {
        Some(0) => Err(Code::InvalidQuantity),
        Some(count) if count > limits::LISTING_MAX => Err(Code::TooManyTickets),
        Some(count) if !seats.is_empty() && count != seats.len() => Err(Code::InvalidQuantity),
        _ if !seats.is_empty() => Ok(seats),
        count => Ok(vec![String::new(); count.unwrap_or(1)]),
    }
}

/// The seats or standing places as text. A page may break the line between its parts, but not within a part: a "Seat"
/// at the end of a line would be separated from its number.
pub(crate) fn place(section: &str, row: &str, seats: &[&str]) -> String {
    let is_one = seats.len() == 1;
    let seats = write_seats(seats.iter().copied());
    let parts = [("Section", section), ("Row", row), (if is_one { "Seat" } else { "Seats" }, &seats)];
    let known: Vec<String> = parts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}\u{a0}{}", value.replace(", ", ",\u{a0}")))
        .collect();
    if known.is_empty() { "General admission".to_owned() } else { known.join(" · ") }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::testing;

    const NOW: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

    #[test]
    fn parse_reads_a_form() {
        let input = ListingInput { title: "  Sigur  Rós ".into(), section: String::new(), ..testing::listing_input() };
        let listing = Listing::parse(&input, None, NOW).expect("a fine form");
        assert_eq!(
            (listing.title.as_str(), listing.section.as_str(), listing.price),
            ("Sigur Rós", "", Money::usd(4950))
        );
    }

    #[test]
    fn parse_names_every_wrong_field() {
        let error = Listing::parse(&ListingInput::default(), None, NOW).expect_err("an empty form");
        let found: Vec<_> =
            error.errors().iter().map(|problem| (problem.field.expect("a field"), problem.code)).collect();
        assert_eq!(
            found,
            [
                (Field::Title, Code::Required),
                (Field::Category, Code::InvalidCategory),
                (Field::Venue, Code::Required),
                (Field::City, Code::Required),
                (Field::TimeZone, Code::TimeZoneNeeded),
                (Field::Price, Code::InvalidPrice),
            ]
        );
        let long = "x".repeat(200);
        let input = ListingInput {
            title: long.clone(),
            venue: long.clone(),
            city: long.clone(),
            section: long.clone(),
            row: long.clone(),
            seat: long,
            ..testing::listing_input()
        };
        let error = Listing::parse(&input, None, NOW).expect_err("everything is too long");
        assert!(
            error.errors().len() == 6 && error.errors().iter().all(|problem| problem.code == Code::TooLong),
            "{error:?}"
        );
    }

    #[test]
    fn place_describes_the_seat() {
        assert_eq!(place("A", "3", &["12"]), "Section\u{a0}A · Row\u{a0}3 · Seat\u{a0}12");
        assert_eq!(place("", "", &["12", "13", "A7"]), "Seats\u{a0}12-13,\u{a0}A7");
        assert_eq!(place("", "", &["", ""]), "General admission");
    }

    #[test]
    fn tickets_are_counted_by_seats_or_by_number() {
        let count = |seats: &str, quantity: &str| {
            let input = ListingInput { seat: seats.into(), quantity: quantity.into(), ..testing::listing_input() };
            Listing::parse(&input, None, NOW).map(|listing| listing.seats.len()).map_err(|error| error.code())
        };
        assert_eq!(count("12-14", ""), Ok(3));
        assert_eq!(count("12-14", "3"), Ok(3));
        assert_eq!(count("12-14", "2"), Err(Code::InvalidQuantity));
        assert_eq!(count("", ""), Ok(1));
        assert_eq!(count("", "100"), Ok(100));
        assert_eq!(count("", "101"), Err(Code::TooManyTickets));
        for wrong in ["0", "-1", "two", "1.5"] {
            assert_eq!(count("", wrong), Err(Code::InvalidQuantity), "{wrong}");
        }
    }

    #[test]
    fn known_venue_decides_the_time_zone() {
        let input = ListingInput { time_zone: "Asia/Tokyo".into(), ..testing::listing_input() };
        let listing = Listing::parse(&input, Some("Europe/Berlin"), NOW).expect("a fine form");
        assert_eq!(listing.starts.time_zone, "Europe/Berlin");
    }
}
