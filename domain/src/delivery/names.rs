//! What pages call files, codes and tickets.

use model::{delivery::Choice, inspection::CodeKind, tickets::write_seats};

/// Characters of a code that its seller sees, to tell it from others.
const TAIL: usize = 4;

/// The kind of a file, as its row has it.
pub(super) fn file_kind(kind: &str) -> &'static str {
    match kind {
        "pdf" => "PDF",
        "pass" => "Wallet pass",
        _ => "Picture",
    }
}

/// `PDF, 4 pages`.
pub(super) fn file(kind: &str, pages: i16) -> String {
    let name = file_kind(kind);
    if pages == 1 { name.to_owned() } else { format!("{name}, {pages} pages") }
}

/// The kind of a code, as its row has it. The column allows these alone.
pub(super) fn code_kind(kind: &str) -> Option<CodeKind> {
    CodeKind::ALL.into_iter().find(|known| known.to_string() == kind)
}

/// The end of a code, for its seller: never all of it.
pub(super) fn tail(code: &[u8]) -> String {
    let text: Vec<char> = String::from_utf8_lossy(code).chars().filter(char::is_ascii_graphic).collect();
    let shown = TAIL.min(text.len() / 2);
    text[text.len() - shown..].iter().collect()
}

/// `QR code …4711`.
pub(super) fn code(kind: &str, tail: &str) -> String {
    let kind = code_kind(kind).map_or("Code", CodeKind::label);
    if tail.is_empty() { kind.to_owned() } else { format!("{kind} …{tail}") }
}

/// What a file says of a place at the venue.
pub(super) struct Place<'a> {
    pub(super) section: Option<&'a str>,
    pub(super) row: Option<&'a str>,
    pub(super) seat: Option<&'a str>,
}

impl Place<'_> {
    /// `Section A, Row 3, Seat 12`; empty if nothing is known.
    fn words(&self) -> String {
        let parts = [("Section", self.section), ("Row", self.row), ("Seat", self.seat)];
        let known: Vec<_> =
            parts.iter().filter_map(|(name, value)| value.map(|value| format!("{name} {value}"))).collect();
        known.join(", ")
    }
}

/// A code to choose.
pub(super) fn choice(value: String, page: i16, pages: i16, code: &str, place: &Place<'_>) -> Choice {
    let page = if pages == 1 { String::new() } else { format!("Page {page}: ") };
    let place = place.words();
    let label = if place.is_empty() { format!("{page}{code}") } else { format!("{page}{code}, {place}") };
    Choice { value, label }
}

/// The name of a ticket among the others of its listing.
pub(super) fn ticket(place: usize, seat: &str) -> String {
    if seat.is_empty() { format!("Ticket {}", place + 1) } else { format!("Seat {}", write_seats([seat].into_iter())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_is_never_the_whole_code() {
        assert_eq!(tail(b"LH-4711-0042"), "0042");
        assert_eq!(tail(b"1234"), "34");
        assert_eq!(tail(b"1"), "");
        assert_eq!(tail(&[0, 1, 0xff]), "");
        assert_eq!(code("qr", "0042"), "QR code …0042");
        assert_eq!(code("data_matrix", ""), "Data Matrix code");
    }

    #[test]
    fn choice_says_where_the_code_stands() {
        let seat = Place { section: None, row: Some("C"), seat: Some("12") };
        assert_eq!(choice(String::new(), 2, 4, "QR code …0042", &seat).label, "Page 2: QR code …0042, Row C, Seat 12");
        let none = Place { section: None, row: None, seat: None };
        assert_eq!(choice(String::new(), 1, 1, "QR code …0042", &none).label, "QR code …0042");
        assert_eq!((file("pdf", 4), file("png", 1)), ("PDF, 4 pages".to_owned(), "Picture".to_owned()));
        assert_eq!((ticket(1, ""), ticket(1, "A7")), ("Ticket 2".to_owned(), "Seat A7".to_owned()));
    }
}
