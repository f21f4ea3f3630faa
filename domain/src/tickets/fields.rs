//! The fields of a listing, parsed from the form.

use model::{
    AppError, Code, Money,
    error::{Field, Problem, Problems},
    tickets::{Category, Fall, FallInterval, ListingInput, SplitRule, limits, write_seats},
};
use time::OffsetDateTime;

use super::{
    event_time::{self, StartTime},
    seats::parse_seats,
};
use crate::text::{parse_line, parse_name};

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
    /// The price that is printed on one ticket.
    pub(crate) face_value: Option<Money>,
    /// How the price falls by itself, if it does.
    pub(crate) fall: Option<Fall>,
}

impl Listing {
    /// Parses the form, and collects an error for every wrong field. `time_zone` is the venue's, if the venue is
    /// known; otherwise the form has to name it. `now` is the database's clock.
    pub(crate) fn parse(input: &ListingInput, time_zone: Option<&str>, now: OffsetDateTime) -> Result<Self, AppError> {
        let mut problems = Problems::default();
        let title = problems.take(Field::Title, parse_name(&input.title, limits::TITLE_MAX));
        let category = problems.take(Field::Category, Category::parse(&input.category));
        let venue = problems.take(Field::Venue, parse_name(&input.venue, limits::VENUE_MAX));
        let city = problems.take(Field::City, parse_name(&input.city, limits::CITY_MAX));
        let has_place = venue.is_some() && city.is_some();
        let zone = match time_zone {
            Some(zone) => zone,
            // Without a venue it is not known whether a zone is needed. Any zone shows whether the date is one.
            None if !has_place && input.time_zone.trim().is_empty() => "UTC",
            None => &input.time_zone,
        };
        let starts = match start_time(input, zone, now) {
            Ok(starts) => Some(starts),
            Err((field, code)) => problems.take(field, Err::<StartTime, _>(code)),
        };
        let section = problems.take(Field::Section, parse_line(&input.section, limits::PLACE_MAX));
        let row = problems.take(Field::Row, parse_line(&input.row, limits::PLACE_MAX));
        let seats = match problems.take(Field::Seat, parse_seats(&input.seat)) {
            Some(seats) => problems.take(Field::Quantity, counted(seats, &input.quantity)),
            None => None,
        };
        let split = problems.take(Field::Split, SplitRule::parse(&input.split));
        let price = problems.take(Field::Price, Money::parse_price(&input.price));
        let face_value = problems.take(Field::FaceValue, face_value(&input.face_value));
        let fall = fall(input, price, &mut problems).ok();
        match (title, category, venue, city, starts, section, row, seats, split, price, face_value, fall) {
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
                Some(face_value),
                Some(fall),
            ) => Ok(Self { title, category, venue, city, starts, section, row, seats, split, price, face_value, fall }),
            _ => Err(problems.into_error()),
        }
    }

    /// The same listing with its start on the clocks of another time zone: the venue was made meanwhile, by another
    /// user, who chose that one.
    pub(crate) fn in_zone(self, input: &ListingInput, time_zone: &str, now: OffsetDateTime) -> Result<Self, AppError> {
        let starts = start_time(input, time_zone, now);
        let starts = starts.map_err(|(field, code)| AppError::field(field, code))?;
        Ok(Self { starts, ..self })
    }
}

fn start_time(input: &ListingInput, time_zone: &str, now: OffsetDateTime) -> Result<StartTime, (Field, Code)> {
    event_time::parse(&input.starts_at, &input.which_hour, time_zone, now)
}

/// The price that is printed on one ticket. An empty field is none.
fn face_value(text: &str) -> Result<Option<Money>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { Money::parse_price(text).map(Some) }
}

/// How the price falls, if it does. An error is among the `problems`. A price that is not valid is compared with nothing.
fn fall(input: &ListingInput, price: Option<Money>, problems: &mut Problems) -> Result<Option<Fall>, ()> {
    let ListingInput { fall_every, fall_by, fall_to, .. } = input;
    let every = fall_every.trim();
    let is_filled = [fall_by, fall_to].iter().any(|text| !text.trim().is_empty());
    if every == FallInterval::NEVER || (every.is_empty() && !is_filled) {
        return Ok(None);
    }
    let every = problems.take(Field::FallEvery, FallInterval::parse(every));
    let step = problems.take(Field::FallBy, Money::parse_price(fall_by));
    let below = |floor: Money| match price {
        Some(price) if floor.cents() >= price.cents() => Err(Code::FloorNotBelowPrice.into()),
        _ => Ok(floor),
    };
    let floor = problems.take(Field::FallTo, Money::parse_price(fall_to).and_then(below));
    match (step, floor, every) {
        (Some(step), Some(floor), Some(every)) => Ok(Some(Fall { step, floor, every })),
        _ => Err(()),
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

/// How a price compares with the face value, for buyers. A price above it is told in percent, rounded up: the page never
/// says less than it is.
pub(crate) fn beside_face_value(price: Money, face_value: Money) -> String {
    let (price, face) = (price.cents(), face_value.cents());
    match face - price {
        0 => "At face value".to_owned(),
        less @ 1.. => format!("{} below face value", Money::usd(less)),
        _ => {
            let more = price - face;
            let percent = (more * 100 + face - 1) / face;
            format!("{percent}% above face value of {face_value}")
        }
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
                (Field::StartsAt, Code::Required),
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
        assert_eq!(error.message_for(Field::Title).as_deref(), Some("Use at most 120 characters."));
        assert_eq!(error.message_for(Field::Seat).as_deref(), Some("Use at most 20 characters."));
    }

    #[test]
    fn face_value_is_optional_and_read_like_the_price() {
        let read = |text: &str| {
            let input = ListingInput { face_value: text.into(), ..testing::listing_input() };
            Listing::parse(&input, None, NOW).map(|listing| listing.face_value)
        };
        assert_eq!(read(" "), Ok(None));
        assert_eq!(read("1.234,50 USD"), Ok(Some(Money::usd(123_450))));
        assert_eq!(read("free"), Err(AppError::field(Field::FaceValue, Code::InvalidPrice)));
    }

    #[test]
    fn falling_price_is_read_whole_or_not_at_all() {
        let read = |every: &str, by: &str, to: &str| {
            let (fall_every, fall_by, fall_to) = (every.into(), by.into(), to.into());
            let input = ListingInput { fall_every, fall_by, fall_to, ..testing::listing_input() };
            Listing::parse(&input, None, NOW).map(|listing| listing.fall)
        };
        let fall = Fall { step: Money::usd(500), floor: Money::usd(4000), every: FallInterval::Day };
        assert_eq!(read("24", "5", "$40"), Ok(Some(fall)));
        assert_eq!(read("", " ", ""), Ok(None));
        assert_eq!(read(FallInterval::NEVER, "5", "40"), Ok(None), "the form of a listing whose price falls ends it");
        assert_eq!(read("", "5", "40"), Err(AppError::field(Field::FallEvery, Code::InvalidInterval)));
        for floor in ["49.50", "60"] {
            assert_eq!(read("24", "5", floor), Err(AppError::field(Field::FallTo, Code::FloorNotBelowPrice)));
        }
        let problems = read("24", "", "").expect_err("two amounts are missing");
        let fields: Vec<_> = problems.errors().iter().map(|problem| (problem.field, problem.code)).collect();
        assert_eq!(fields, [Field::FallBy, Field::FallTo].map(|field| (Some(field), Code::InvalidPrice)));
    }

    #[test]
    fn price_is_compared_with_the_face_value() {
        let compare = |price, face| beside_face_value(Money::usd(price), Money::usd(face));
        assert_eq!(compare(5000, 6000), "$10.00 below face value");
        assert_eq!(compare(5000, 5000), "At face value");
        assert_eq!(compare(5600, 5000), "12% above face value of $50.00");
        assert_eq!(compare(5001, 5000), "1% above face value of $50.00", "never less than it is");
        assert_eq!(compare(10_000_000, 50), "19999900% above face value of $0.50");
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
