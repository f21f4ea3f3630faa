//! The listings of the demo, drawn from a seed: the same every time, save for their dates.

use std::{collections::HashMap, ops::RangeInclusive};

use model::tickets::{ListingInput, SplitRule};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use time::{Duration, OffsetDateTime, macros::format_description};

use super::events::{CITIES, EVENTS, Event, SELLERS};

const SEED: u64 = 15;
/// How many listings there are.
#[cfg(test)]
pub(super) const LISTINGS: i64 = 394;
/// The prices, in per cent of the face value, and where the rule of the country allows 120 % at most.
const PRICES: RangeInclusive<i64> = 70..=155;
const CAPPED_PRICES: RangeInclusive<i64> = 70..=118;
const CAPPED_ZONE: &str = "Europe/Amsterdam";

/// The first listing of every so many events has its price lowered: of events and sellers that all differ.
const LOWERED_EVERY: usize = 7;
/// By how many percent, in turn.
const LOWERED_BY: [i64; 3] = [10, 15, 20];

/// A listing of the demo.
pub(super) struct DemoListing {
    pub(super) input: ListingInput,
    /// By how many percent its price is lowered once all is listed.
    pub(super) lowered_by: Option<i64>,
}

/// Each seller's listings.
pub(super) fn listings(today: OffsetDateTime) -> HashMap<&'static str, Vec<DemoListing>> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    for (n, event) in EVENTS.iter().enumerate() {
        for nth in 0..event.listings {
            // The first listings go round, so that every seller has some.
            let seller = if nth == 0 { SELLERS[n % SELLERS.len()] } else { *pick(&mut rng, &SELLERS) };
            let is_lowered = nth == 0 && n % LOWERED_EVERY == LOWERED_EVERY / 2;
            let lowered_by = is_lowered.then_some(LOWERED_BY[n / LOWERED_EVERY % LOWERED_BY.len()]);
            let input = listing(&mut rng, event, nth, today);
            all.entry(seller).or_default().push(DemoListing { input, lowered_by });
        }
    }
    all
}

/// The `nth` listing of an event, in a row that no other listing of the event has.
fn listing(rng: &mut StdRng, event: &Event, nth: usize, today: OffsetDateTime) -> ListingInput {
    let Event { title, category, city, venue, days, time, dollars, .. } = event;
    let city = &CITIES[*city];
    let day = (today + Duration::days(*days)).date();
    // A date always formats; an empty one would be refused with a clear message.
    let day = day.format(format_description!(version = 2, "[year]-[month]-[day]")).unwrap_or_default();
    let count = *pick(rng, &[1, 1, 2, 2, 2, 3, 4, 4, 6]);
    let split = match count {
        1 => SplitRule::Any,
        2 => *pick(rng, &[SplitRule::Any, SplitRule::AllTogether]),
        4 => *pick(rng, &[SplitRule::Any, SplitRule::Pairs, SplitRule::NeverLeaveOne]),
        _ => *pick(rng, &[SplitRule::Any, SplitRule::NeverLeaveOne]),
    };
    let (section, row) = place(rng, category, nth);
    let first = rng.random_range(1..=30);
    let seat = if section.is_empty() { String::new() } else { format!("{first}-{}", first + count - 1) };
    // In steps of half a dollar.
    let is_capped = city.time_zone == CAPPED_ZONE;
    let half_dollars = dollars * 2 * rng.random_range(if is_capped { CAPPED_PRICES } else { PRICES }) / 100;
    let tells_face_value = is_capped || rng.random_bool(0.8);
    ListingInput {
        title: (*title).into(),
        category: (*category).into(),
        venue: city.venues[*venue].into(),
        city: city.name.into(),
        starts_at: format!("{day}T{time}"),
        time_zone: city.time_zone.into(),
        quantity: if seat.is_empty() { count.to_string() } else { String::new() },
        split: split.code().into(),
        face_value: if tells_face_value { format!("{dollars}.00") } else { String::new() },
        price: format!("{}.{}0", half_dollars / 2, half_dollars % 2 * 5),
        section,
        row,
        seat,
        ..ListingInput::default()
    }
}

/// Section and row; both are empty with general admission.
fn place(rng: &mut StdRng, category: &str, nth: usize) -> (String, String) {
    let row = ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M", "N", "P", "Q"][nth % 15].to_owned();
    match category {
        "sports" => (rng.random_range(101..=130).to_string(), row),
        "theatre" => ((*pick(rng, &["Stalls", "Circle", "Balcony"])).to_owned(), row),
        "concert" if rng.random_bool(0.6) => ((*pick(rng, &["Floor", "East", "West", "Upper"])).to_owned(), row),
        _ => (String::new(), String::new()),
    }
}

fn pick<'a, T>(rng: &mut StdRng, from: &'a [T]) -> &'a T {
    from.choose(rng).unwrap_or(&from[0])
}
