//! Events and the tickets on sale for them, as pages show them.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{
    EventId, EventTime, ListingId, Money,
    tickets::{Availability, Category, ListingCard},
};

/// A listing on the page of its event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventListing {
    /// Its id.
    pub id: ListingId,
    /// The version that the page shows. An edit makes another one.
    pub version: i32,
    /// When it was read: [`ListingUpdate::as_of_us`](crate::live::ListingUpdate::as_of_us).
    pub as_of_us: i64,
    /// The holder's place: `Section A · Row 3 · Seats 12-14`, or `General admission`.
    pub place: String,
    /// The price of one ticket.
    pub price: Money,
    /// How the price compares with the face value, for people, if the seller tells it.
    pub beside_face_value: Option<String>,
    /// Whether the buyer gets the tickets at once, or until when the seller has to hand them in; for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// Whether it can be bought: [`Availability::OnSale`] or [`Availability::LockedUntil`].
    pub availability: Availability,
    /// How many of its tickets can be bought now.
    pub free: usize,
    /// Whether a buyer can join its waitlist while it is locked.
    pub has_waitlist: bool,
    /// The numbers of tickets that one order may take now: `1-4`, or `2, 4`. Empty while it is locked.
    pub together: String,
}

/// Which listings of an event to show, as the address has it; an empty field does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferFilter {
    /// The name of a section.
    pub section: String,
    /// The highest price of one ticket, in dollars.
    pub max: String,
    /// How many tickets of one listing an order may take.
    pub together: String,
    /// [`YES`] for those alone whose free tickets are all in hand.
    pub in_hand: String,
}

/// What a box that is ticked sends.
pub const YES: &str = "yes";

/// What is on sale in a section of the venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionOffers {
    /// Its name.
    pub name: String,
    /// How many tickets are on sale.
    pub tickets: usize,
    /// The lowest price among them.
    pub cheapest: Money,
}

/// How many tickets are on sale in a range of prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceBar {
    /// The lowest price of the range, in whole dollars.
    pub from: Money,
    /// The price at which the next range begins. `None`: this is the last, and it has no upper end.
    pub below: Option<Money>,
    /// How many tickets.
    pub tickets: usize,
}

/// An event on its own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// Its id.
    pub id: EventId,
    /// When it was read: [`ListingUpdate::as_of_us`](crate::live::ListingUpdate::as_of_us).
    pub as_of_us: i64,
    /// The end of its address, `/events/{slug}`.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Kind of event.
    pub category: Category,
    /// Name of the venue.
    pub venue: String,
    /// The end of the venue's address, `/venues/{slug}`.
    pub venue_slug: String,
    /// The city of the venue.
    pub city: String,
    /// When it starts.
    pub starts: EventTime,
    /// The start that it had before it was moved to another time.
    pub moved_from: Option<EventTime>,
    /// Whether tickets are for sale, and if not, why.
    pub stage: EventStage,
    /// How many tickets are on sale.
    pub tickets: usize,
    /// The lowest price among them.
    pub cheapest: Option<Money>,
    /// How many listings have tickets to buy or to wait for, whatever the filter.
    pub listed: usize,
    /// The filter without the fields that cannot be read.
    pub filter: OfferFilter,
    /// The listings that the filter lets through: those that can be bought, cheapest first, then those that are locked;
    /// at most [`LISTINGS_MAX`].
    pub listings: Vec<EventListing>,
    /// How many listings there are beyond those.
    pub more: usize,
    /// The sections with tickets on sale, cheapest first, if there are several; at most [`SECTIONS_MAX`].
    pub sections: Vec<SectionOffers>,
    /// The tickets on sale by their price, cheapest first; at most [`BARS_MAX`].
    pub prices: Vec<PriceBar>,
}

/// Whether tickets for an event are for sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStage {
    /// They are, until it starts.
    Coming,
    /// It has started, so they are not.
    Started,
    /// It is cancelled, so they are not.
    Cancelled,
}

/// Listings on the page of an event.
pub const LISTINGS_MAX: usize = 300;
/// Sections to choose from on the page of an event.
pub const SECTIONS_MAX: usize = 24;
/// Ranges of prices on the page of an event.
pub const BARS_MAX: usize = 12;

/// A search as its address has it; an empty field does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchInput {
    /// Words of the title, the venue or the city.
    pub q: String,
    /// One of [`Category`]'s codes.
    pub category: String,
    /// How the name of the city begins.
    pub city: String,
    /// The first day, `2026-12-31`, by the clocks of the venue.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The highest price of one ticket, in dollars.
    pub max: String,
    /// How many tickets of one listing an order may take.
    pub together: String,
    /// [`YES`] for listings alone whose free tickets are all in hand.
    pub in_hand: String,
    /// One of [`Sort`]'s codes; empty for the soonest first.
    pub sort: String,
    /// The cursor of the page; empty for the first.
    pub after: String,
}

/// The order of what a search finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Sort {
    /// By the start of the event.
    #[default]
    Soonest,
    /// By the lowest price that the filters let through.
    Cheapest,
    /// By the newest listing.
    Newest,
    /// By the price that is nearest to the face value, where sellers tell it; then the others.
    FaceValue,
}

impl Sort {
    /// Every order, as the form offers them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The code in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Soonest => "Soonest",
            Self::Cheapest => "Cheapest",
            Self::Newest => "Newly listed",
            Self::FaceValue => "Nearest to face value",
        }
    }
}

/// An event in the result of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundEvent {
    /// The end of its address, `/events/{slug}`.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Kind of event.
    pub category: Category,
    /// Name of the venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// When it starts.
    pub starts: EventTime,
    /// How many tickets are on sale, of those that the filters let through.
    pub tickets: usize,
    /// The lowest price among them.
    pub cheapest: Money,
    /// How many were sold within 24 hours, of an event that sells fast.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sold: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One page of the result of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    /// At most [`crate::tickets::PAGE_SIZE`], soonest first.
    pub events: Vec<FoundEvent>,
    /// The cursor of the next page, if there is one. Opaque to the browser.
    pub next: Option<String>,
    /// The words that were searched for instead of those of the search, which no event has.
    pub instead: Option<String>,
    /// The search without the fields that cannot be read, and without its cursor.
    pub applied: SearchInput,
    /// What there is to choose from. Only the first page has it, and only if the search without its category and its city
    /// finds at most [`COUNTED_MAX`] events.
    pub counts: Option<Counts>,
    /// Days to choose from. Only the first page has them.
    pub dates: Vec<Dates>,
}

/// How many events, the soonest, are sorted in another order than by their start.
pub const SORTED_MAX: usize = 200;

/// The most events that are counted.
pub const COUNTED_MAX: usize = 100;

/// How many events a search finds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All of them.
    pub events: usize,
    /// With each category that some have, in the order of the form, if the search named no other.
    pub categories: Vec<(Category, usize)>,
    /// In each city that some are in, most first, if the search named no other.
    pub cities: Vec<(String, usize)>,
}

/// Days with a name, such as `This weekend`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dates {
    /// The name.
    pub label: String,
    /// The first day, `2026-12-31`.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// A name that a reader may mean who has typed a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The name of an event, a venue or a city.
    pub name: String,
    /// What it is: `Thu 31 Dec 2026, 20:00 · Berlin`, `Venue in Berlin` or `City, 12 events`.
    pub about: String,
    /// The address of its page.
    pub address: String,
}

/// A venue on its own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueView {
    /// The end of its address, `/venues/{slug}`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: String,
    /// Events with tickets on sale, soonest first.
    pub events: Vec<FoundEvent>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// The home page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeView {
    /// The city that the reader has last searched in, if it has events with tickets on sale.
    pub near: Option<String>,
    /// The next events with tickets on sale, in that city or anywhere.
    pub soon: Vec<FoundEvent>,
    /// Events that sold most tickets within a day and have some left.
    #[serde(default)]
    pub fast: Vec<FoundEvent>,
    /// Listings whose price was just lowered, one of each event and a few of each seller at most.
    pub drops: Vec<PriceDrop>,
    /// Listings that were just made, one of each event and a few of each seller at most.
    pub newest: Vec<ListingCard>,
}

/// A listing whose price was lowered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceDrop {
    /// The listing, with its present price.
    pub card: ListingCard,
    /// The price before.
    pub was: Money,
}
