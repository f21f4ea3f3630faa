//! The seats of a listing, from the text that a seller types.

use std::collections::HashSet;

use model::{
    Code,
    error::Problem,
    tickets::limits::{LISTING_MAX, PLACE_MAX},
};
use unicode_normalization::UnicodeNormalization;

use crate::text::{parse_name, without_ignorable, without_invisible};

/// What stands between the ends of a range.
const DASHES: [char; 3] = ['-', '–', '—'];

/// Parses seats: a list, in which each part is one seat or a range of numbers. `12-14, 20, A7` is the
/// five seats 12, 13, 14, 20 and A7. An empty text is no seat.
///
/// # Errors
///
/// [`Code::InvalidSeats`] for a range that runs backwards, a seat named twice, and a part that may mean several,
/// [`Code::TooManyTickets`] for more than [`LISTING_MAX`] seats, and what [`parse_name`] finds wrong with one of them.
pub(crate) fn parse_seats(text: &str) -> Result<Vec<String>, Problem> {
    let mut seats = Vec::new();
    // A copied range has invisible signs around its numbers.
    let text = without_invisible(text);
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        match range(part) {
            Some((first, last)) if first > last => return Err(Code::InvalidSeats.into()),
            Some((first, last)) if last - first >= LISTING_MAX as u64 => return Err(Code::TooManyTickets.into()),
            Some((first, last)) => seats.extend((first..=last).map(|seat| seat.to_string())),
            None if is_unclear(part) => return Err(Code::InvalidSeats.into()),
            None => seats.push(parse_name(part, PLACE_MAX)?),
        }
        if seats.len() > LISTING_MAX {
            return Err(Code::TooManyTickets.into());
        }
    }
    let different: HashSet<String> = seats.iter().map(|seat| key(seat)).collect();
    if different.len() == seats.len() { Ok(seats) } else { Err(Code::InvalidSeats.into()) }
}

/// What two spellings of one seat have in common: `a7`, `A7` and `Ａ７` are one.
fn key(seat: &str) -> String {
    without_ignorable(seat).nfkc().flat_map(char::to_lowercase).collect()
}

/// Whether a part that is no range may mean several seats: `A1-A5`, `007-009`, `1-3-5`, `12-`, `12 13` or `12;13`.
fn is_unclear(part: &str) -> bool {
    let part = part.trim();
    let has_digit = |text: &&str| text.bytes().any(|byte| byte.is_ascii_digit());
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let names_several = part.split(DASHES).filter(has_digit).count() > 1;
    let numbers = part.split_whitespace().count();
    part.contains(';')
        || part.ends_with(DASHES)
        || names_several
        || (numbers > 1 && part.split_whitespace().all(is_number))
}

/// The two ends of a range of numbers. Seat names with other characters, like `A-7`, are no range.
fn range(part: &str) -> Option<(u64, u64)> {
    let (first, last) = part.split_once(DASHES)?;
    let number = |text: &str| {
        let text = text.trim();
        // With leading zeros, the numbers between would not be written as on the tickets.
        let is_number =
            text == "0" || !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    Some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use model::tickets::write_seats;
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Option<Code> {
        parse_seats(text).err().map(|problem| problem.code)
    }

    #[test]
    fn parse_reads_lists_and_ranges() {
        assert_eq!(parse_seats("12"), Ok(vec!["12".to_owned()]));
        assert_eq!(parse_seats(" 12-14, 20 ,A-7,"), Ok(["12", "13", "14", "20", "A-7"].map(str::to_owned).to_vec()));
        assert_eq!(parse_seats("  "), Ok(vec![]));
        assert_eq!(parse_seats("\u{200b}"), Ok(vec![]));
        assert_eq!(parse_seats("7–8"), Ok(vec!["7".to_owned(), "8".to_owned()]));
        assert_eq!(parse_seats("\u{202a}7\u{202c}-\u{200e}8"), Ok(vec!["7".to_owned(), "8".to_owned()]));
        assert_eq!(parse_seats("0—1"), Ok(vec!["0".to_owned(), "1".to_owned()]));
        assert_eq!(parse_seats("007, Box 4, 7/8"), Ok(["007", "Box 4", "7/8"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn parse_refuses_what_it_cannot_mean() {
        assert_eq!(code("14-12"), Some(Code::InvalidSeats));
        for text in
            ["12-14, 13", "A7, a7", "A7, Ａ７", "A7, A\u{200d}7", "A1-A5", "007-009", "1-3-5", "12-", "12;13", "12 13"]
        {
            assert_eq!(code(text), Some(Code::InvalidSeats), "{text}");
        }
        assert_eq!(code("1-101"), Some(Code::TooManyTickets));
        assert_eq!(code("0-18446744073709551615"), Some(Code::TooManyTickets));
        assert_eq!(code("1-60,101-160"), Some(Code::TooManyTickets));
        assert_eq!(code("a\u{0}b"), Some(Code::InvalidText));
        assert_eq!(code(&"x".repeat(21)), Some(Code::TooLong));
        assert_eq!(code("A, \u{301}"), Some(Code::Required));
    }

    proptest! {
        #[test]
        fn written_seats_read_back(seats in proptest::collection::btree_set("[0-9]{1,3}|[A-C][0-9]", 1..20)) {
            let seats: Vec<String> = seats.into_iter().collect();
            let text = write_seats(seats.iter().map(String::as_str));
            prop_assert_eq!(parse_seats(&text), Ok(seats));
        }
    }
}
