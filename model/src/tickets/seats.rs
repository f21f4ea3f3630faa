//! The seats of a listing, as text.

/// Writes seats as a seller types them: `12-14, 20`. `domain` reads the same seats out of that text.
#[must_use]
pub fn write_seats<'a>(seats: impl IntoIterator<Item = &'a str>) -> String {
    let mut parts: Vec<(String, Option<(u64, u64)>)> = Vec::new();
    for seat in seats.into_iter().filter(|seat| !seat.is_empty()) {
        // A number with leading zeros would lose them in a range.
        let number = seat.parse::<u64>().ok().filter(|number| number.to_string() == seat);
        match (parts.last_mut(), number) {
            (Some((text, Some((first, last)))), Some(number)) if last.checked_add(1) == Some(number) => {
                *last = number;
                *text = format!("{first}-{number}");
            }
            _ => parts.push((seat.to_owned(), number.map(|number| (number, number)))),
        }
    }
    parts.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_joins_neighbours() {
        assert_eq!(write_seats(["12", "13", "14", "20", "A7"]), "12-14, 20, A7");
        assert_eq!(write_seats(["007", "008"]), "007, 008");
        assert_eq!(write_seats([""]), "");
        assert_eq!(write_seats(["18446744073709551615", "0"]), "18446744073709551615, 0");
    }
}
