//! Words of a text that look like a seat: a label in one of a few languages, and what follows it.
//!
//! A guess that the seller confirms.

use model::inspection::SeatWords;

/// More seats than this on a page are not seats.
const SEATS: usize = 20;
/// A longer word is no number of a row or seat.
const WORD_BYTES: usize = 12;

const SECTION: [&str; 12] = [
    "section",
    "sec",
    "block",
    "blk",
    "sektor",
    "secteur",
    "sector",
    "stand",
    "tribune",
    "grandstand",
    "vak",
    "bereich",
];
const ROW: [&str; 8] = ["row", "reihe", "rang", "rij", "fila", "rad", "rangée", "rząd"];
const SEAT: [&str; 10] = ["seat", "platz", "place", "stoel", "asiento", "sitz", "siège", "posto", "plats", "miejsce"];

enum Label {
    Section,
    Row,
    Seat,
}

/// The seats that a text names, in its order. A section and a row stand for the seats after them, until they change.
pub(crate) fn of(text: &str) -> Vec<SeatWords> {
    let mut found: Vec<SeatWords> = Vec::new();
    let mut current = SeatWords::default();
    let mut is_told = true;
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some(label) = label(word) else { continue };
        let Some(value) = words.peek().and_then(|word| value(word)) else { continue };
        match label {
            Label::Section => current = SeatWords { section: Some(value), ..SeatWords::default() },
            Label::Row => current = SeatWords { section: current.section.take(), row: Some(value), seat: None },
            Label::Seat => current.seat = Some(value),
        }
        is_told = current.seat.is_some();
        if is_told && !found.contains(&current) && found.len() < SEATS {
            found.push(current.clone());
        }
    }
    if !is_told && found.len() < SEATS {
        found.push(current);
    }
    found
}

fn label(word: &str) -> Option<Label> {
    let word = word.trim_end_matches([':', '.', '#']).to_lowercase();
    let is_in = |labels: &[&str]| labels.contains(&word.as_str());
    match () {
        () if is_in(&SECTION) => Some(Label::Section),
        () if is_in(&ROW) => Some(Label::Row),
        () if is_in(&SEAT) => Some(Label::Seat),
        () => None,
    }
}

/// A number, or one to three capital letters: `12`, `F`, `BB`, `104A`. Other words follow a label by chance.
fn value(word: &str) -> Option<String> {
    let word = word.trim_matches([',', ';', ':', '.', '(', ')']);
    let is_number = word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(|c| c.is_alphanumeric() || c == '-');
    let is_letters = (1..=3).contains(&word.chars().count()) && word.chars().all(char::is_uppercase);
    ((is_number || is_letters) && word.len() <= WORD_BYTES).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[track_caller]
    fn check(text: &str, seats: &[(&str, &str, &str)]) {
        let found = of(text);
        let found: Vec<_> = found
            .iter()
            .map(|words| [&words.section, &words.row, &words.seat].map(|word| word.as_deref().unwrap_or("-")))
            .map(|[section, row, seat]| (section, row, seat))
            .collect();
        assert_eq!(found, seats);
    }

    #[test]
    fn labels_name_what_follows() {
        check("Section 104  Row F  Seat 12", &[("104", "F", "12")]);
        check("Block: 21\nReihe 8, Platz 101\nPlatz 102", &[("21", "8", "101"), ("21", "8", "102")]);
        check("Orchestre, rang B, place 14", &[("-", "B", "14")]);
        check("Row 3 Seat 41 Row 4 Seat 2", &[("-", "3", "41"), ("-", "4", "2")]);
        check("Row 9", &[("-", "9", "-")]);
    }

    #[test]
    fn other_words_are_no_seats() {
        check("Take your seat before the show. The place to be: row after row of stand up comedy.", &[]);
        check("", &[]);
    }

    #[test]
    fn there_is_a_greatest_number_of_seats() {
        let text: Vec<_> = (0..1000).map(|number| format!("Seat {number}")).collect();
        assert_eq!(of(&text.join(" ")).len(), super::SEATS);
    }
}
