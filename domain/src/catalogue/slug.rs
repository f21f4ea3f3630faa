//! The addresses of the pages of events and venues: words for people, and digits that name the one that is meant.

use model::{EventId, VenueId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::fold::folded;
use crate::{text::without_ignorable, tickets::event_time};

/// How many digits of the id stand in the address, from its end. They are random.
const DIGITS: usize = 12;
/// The longest words of an address, in bytes.
const WORDS_MAX_BYTES: usize = 80;

/// `sigur-ros-berlin-2027-02-14-0123456789ab`: title, city and date as they are read, and the event's digits. A title or
/// city without a Latin letter is left out.
pub(crate) fn slug(id: EventId, title: &str, city: &str, starts_at: OffsetDateTime, time_zone: &str) -> String {
    let local = event_time::view(starts_at, time_zone).local;
    let date = local.split('T').next().unwrap_or_default();
    format!("{}{date}-{}", words([title, city]), digits(id.as_uuid()))
}

/// `tempodrom-berlin-0123456789ab`: name and city, and the venue's digits.
pub(super) fn venue_slug(id: VenueId, name: &str, city: &str) -> String {
    format!("{}{}", words([name, city]), digits(id.as_uuid()))
}

/// The words of names, each followed by a hyphen.
fn words(names: [&str; 2]) -> String {
    let mut words = String::new();
    for word in names.iter().flat_map(|name| words_of(name)) {
        if words.len() + word.len() > WORDS_MAX_BYTES {
            break;
        }
        words.push_str(&word);
        words.push('-');
    }
    words
}

/// The digits in an address, whatever stands in front of them.
pub(crate) fn digits_in(slug: &str) -> Option<&str> {
    let digits = slug.rsplit('-').next()?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == DIGITS && digits.bytes().all(is_digit)).then_some(digits)
}

fn digits(id: Uuid) -> String {
    let id = id.simple().to_string();
    id[id.len() - DIGITS..].to_owned()
}

/// The words of a name in ASCII. A word with another letter is left out.
fn words_of(name: &str) -> Vec<String> {
    let words = folded(&without_ignorable(name));
    let words = words.split_whitespace().map(|word| word.chars().map(latin).collect::<String>());
    words.filter(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric())).collect()
}

/// A Latin letter that is no letter with an accent, as people write it where their keyboard lacks it.
pub(super) fn latin(c: char) -> String {
    match c {
        'ß' => "ss".into(),
        'æ' => "ae".into(),
        'œ' => "oe".into(),
        'þ' => "th".into(),
        'ø' => "o".into(),
        'ł' => "l".into(),
        'đ' | 'ð' => "d".into(),
        'ı' => "i".into(),
        _ => c.into(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn address_has_words_date_and_digits() {
        let id = "0190d1d0-0000-7000-8000-0123456789ab".parse().expect("an id");
        let of = |title: &str, city: &str| slug(id, title, city, datetime!(2027-02-14 23:30 UTC), "Europe/Berlin");
        assert_eq!(of("Sigur Rós", "Łódź"), "sigur-ros-lodz-2027-02-15-0123456789ab");
        assert_eq!(of("AC/DC & Friends!", "Straße"), "acdc-friends-strasse-2027-02-15-0123456789ab");
        assert_eq!(of("東京ドーム", "東京"), "2027-02-15-0123456789ab");
        assert_eq!(of("!!!", "../..//?#"), "2027-02-15-0123456789ab");
        assert!(of(&"ab ".repeat(60), "Berlin").len() <= WORDS_MAX_BYTES + 30);
        assert_eq!(digits_in(&of("Sigur Rós", "Berlin")), Some("0123456789ab"));
    }

    #[test]
    fn digits_are_found_behind_any_words() {
        for (slug, digits) in [
            ("0123456789ab", Some("0123456789ab")),
            ("an-old-title-0123456789ab", Some("0123456789ab")),
            ("é-0123456789ab", Some("0123456789ab")),
            ("0123456789AB", None),
            ("0123456789a", None),
            ("x-", None),
            ("", None),
            ("a-0123456789é", None),
        ] {
            assert_eq!(digits_in(slug), digits, "{slug}");
        }
    }
}
