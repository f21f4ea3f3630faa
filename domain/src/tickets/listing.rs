//! The fields of a listing, parsed from the form.

use model::{
    AppError, Money,
    error::{Field, Problems},
    text::parse_line,
    tickets::{Category, ListingInput, limits},
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
    pub(crate) seat: String,
    pub(crate) price: Money,
}

impl Listing {
    /// Parses the form, and collects an error for every wrong field. `now` is the database's clock.
    pub(crate) fn parse(input: &ListingInput, now: OffsetDateTime) -> Result<Self, AppError> {
        let mut problems = Problems::default();
        let title = problems.take(Field::Title, parse_line(&input.title, 1, limits::TITLE_MAX));
        let category = problems.take(Field::Category, Category::parse(&input.category));
        let venue = problems.take(Field::Venue, parse_line(&input.venue, 1, limits::VENUE_MAX));
        let city = problems.take(Field::City, parse_line(&input.city, 1, limits::CITY_MAX));
        let starts = match event_time::parse(&input.starts_at, &input.time_zone, now) {
            Ok(starts) => Some(starts),
            Err((field, code)) => problems.take(field, Err(code)),
        };
        let section = problems.take(Field::Section, parse_line(&input.section, 0, limits::PLACE_MAX));
        let row = problems.take(Field::Row, parse_line(&input.row, 0, limits::PLACE_MAX));
        let seat = problems.take(Field::Seat, parse_line(&input.seat, 0, limits::PLACE_MAX));
        let price = problems.take(Field::Price, Money::parse_price(&input.price));
        match (title, category, venue, city, starts, section, row, seat, price) {
            (
                Some(title),
                Some(category),
                Some(venue),
                Some(city),
                Some(starts),
                Some(section),
                Some(row),
                Some(seat),
                Some(price),
            ) => Ok(Self { title, category, venue, city, starts, section, row, seat, price }),
            _ => Err(problems.into_error()),
        }
    }
}

/// The seat or standing place as text. A page may break the line between its parts, but not within a
/// part: a "Seat" at the end of a line would be separated from its number.
pub(crate) fn place(section: &str, row: &str, seat: &str) -> String {
    let parts = [("Section", section), ("Row", row), ("Seat", seat)];
    let known: Vec<String> = parts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}\u{a0}{value}"))
        .collect();
    if known.is_empty() { "General admission".to_owned() } else { known.join(" · ") }
}

#[cfg(test)]
mod tests {
    use model::Code;
    use time::macros::datetime;

    use super::*;
    use crate::testing;

    const NOW: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);

    #[test]
    fn parse_reads_a_form() {
        let input = ListingInput { title: "  Sigur  Rós ".into(), section: String::new(), ..testing::listing_input() };
        let listing = Listing::parse(&input, NOW).expect("a fine form");
        assert_eq!(
            (listing.title.as_str(), listing.section.as_str(), listing.price),
            ("Sigur Rós", "", Money::usd(4950))
        );
    }

    #[test]
    fn parse_names_every_wrong_field() {
        let error = Listing::parse(&ListingInput::default(), NOW).expect_err("an empty form");
        let found: Vec<_> =
            error.errors().iter().map(|problem| (problem.field.expect("a field"), problem.code)).collect();
        assert_eq!(
            found,
            [
                (Field::Title, Code::Required),
                (Field::Category, Code::InvalidCategory),
                (Field::Venue, Code::Required),
                (Field::City, Code::Required),
                (Field::TimeZone, Code::InvalidTimeZone),
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
        let error = Listing::parse(&input, NOW).expect_err("everything is too long");
        assert!(
            error.errors().len() == 6 && error.errors().iter().all(|problem| problem.code == Code::TooLong),
            "{error:?}"
        );
    }

    #[test]
    fn place_describes_the_seat() {
        assert_eq!(place("A", "3", "12"), "Section\u{a0}A · Row\u{a0}3 · Seat\u{a0}12");
        assert_eq!(place("", "", "12"), "Seat\u{a0}12");
        assert_eq!(place("", "", ""), "General admission");
    }
}
