//! Listings and their tickets: the fields of the listing form, and the views of pages.

mod category;
mod draft;
mod fall;
mod mine;
mod seats;
mod split;
mod time_zones;
mod which_hour;

use serde::{Deserialize, Serialize};

pub use self::{
    category::Category,
    draft::DraftView,
    fall::{Fall, FallInterval},
    mine::{Chosen, HowToChange, ListingsPart, MyListing, MyListings, PriceChange, PriceChangeInput, Repriced},
    seats::write_seats,
    split::SplitRule,
    time_zones::time_zones,
    which_hour::WhichHour,
};
use crate::{DraftId, EventTime, ListingId, Money, OrderId, TicketId, Timestamp, money::Fee, waitlist::Waitlist};

/// The fields of the listing form as typed; an empty field is an empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingInput {
    /// Name of the event.
    pub title: String,
    /// One of [`Category`]'s codes.
    pub category: String,
    /// Name of the venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// Wall-clock time at the venue, as `<input type="datetime-local">` writes it: `2026-12-31T20:00`.
    pub starts_at: String,
    /// One of [`WhichHour`]'s codes, where the clocks of the venue show this time twice; otherwise it is ignored.
    #[serde(default)]
    pub which_hour: String,
    /// IANA name of the venue's time zone. It is needed only for a venue that is not known yet.
    #[serde(default)]
    pub time_zone: String,
    /// Section, empty with general admission.
    pub section: String,
    /// Row, empty if there is none.
    pub row: String,
    /// Seats: `12-14, 20, A7`; empty with general admission.
    pub seat: String,
    /// The number of tickets; empty for as many as there are seats, or one.
    #[serde(default)]
    pub quantity: String,
    /// One of [`SplitRule`]'s codes; empty for any number.
    #[serde(default)]
    pub split: String,
    /// Price of one ticket, in dollars.
    pub price: String,
    /// The price that is printed on one ticket, in dollars; empty if the seller does not tell.
    #[serde(default)]
    pub face_value: String,
    /// How often the price falls: the code of a [`FallInterval`]. Empty, or [`FallInterval::NEVER`], if it does not fall.
    #[serde(default)]
    pub fall_every: String,
    /// By how much it falls each time, in dollars.
    #[serde(default)]
    pub fall_by: String,
    /// The lowest price, in dollars.
    #[serde(default)]
    pub fall_to: String,
}

/// The form of a new listing, with what it is filled with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingForm {
    /// The fields; empty ones for the seller to fill.
    pub listing: ListingInput,
    /// The event, if the form is for one that is known.
    pub known: Option<KnownEvent>,
    /// The draft that the form is saved as: the one that it continues, or a new one.
    pub draft: Option<DraftId>,
    /// When the draft that it continues was saved last.
    pub saved: Option<Timestamp>,
    /// The drafts that the seller may want to continue instead, newest first.
    pub drafts: Vec<DraftView>,
}

/// An event that someone has listed tickets for, as the form shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEvent {
    /// The end of its address, `/events/{slug}`.
    pub slug: String,
    /// When it starts.
    pub starts: EventTime,
    /// The lowest prices of a ticket on sale, lowest first.
    pub cheapest: Vec<Money>,
    /// The prices of the tickets that were sold last, newest first.
    pub sold: Vec<Money>,
}

/// The bounds of a listing. Of text, in characters as people see them.
pub mod limits {
    /// Name of the event.
    pub const TITLE_MAX: usize = 120;
    /// Name of the venue.
    pub const VENUE_MAX: usize = 120;
    /// City.
    pub const CITY_MAX: usize = 80;
    /// Section, row and one seat, each.
    pub const PLACE_MAX: usize = 20;
    /// Tickets of one listing.
    pub const LISTING_MAX: usize = 100;
    /// The field of the seats: a list of as many as a listing has.
    pub const SEATS_MAX: usize = 500;
}

/// What a buyer saw and wants: the request to lock tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockInput {
    /// The listing.
    pub listing: ListingId,
    /// The version of the listing that its page showed.
    pub version: i32,
    /// The price of one ticket that the page showed, in cents.
    pub price_cents: i64,
    /// How many tickets, if `tickets` is empty.
    pub count: usize,
    /// The tickets that the buyer chose, if they chose any.
    pub tickets: Vec<TicketId>,
}

impl LockInput {
    /// How many tickets the buyer wants.
    #[must_use]
    pub fn wanted(&self) -> usize {
        if self.tickets.is_empty() { self.count } else { self.tickets.len() }
    }
}

/// Whether tickets of a listing can be bought, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Availability {
    /// Any user but its seller can lock at least one ticket.
    OnSale,
    /// Buyers are paying for every ticket that is not sold, and the first lock ends at this time.
    LockedUntil(Timestamp),
    /// It is sold.
    Sold,
    /// Its seller has withdrawn it.
    Withdrawn,
    /// Its event has started, so it is not for sale.
    Started,
    /// Its event is cancelled.
    EventCancelled,
}

impl Availability {
    /// Whether a buyer holds or has bought all of its tickets that are not withdrawn, so that the seller
    /// has a timeline to see.
    #[must_use]
    pub fn has_buyer(&self) -> bool {
        matches!(self, Self::LockedUntil(_) | Self::Sold)
    }

    /// Whether this is a lock that has expired at `now_ms`, in Unix milliseconds.
    #[must_use]
    pub fn has_run_out(&self, now_ms: i64) -> bool {
        matches!(self, Self::LockedUntil(end) if end.unix_ms <= now_ms)
    }
}

/// A listing in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingCard {
    /// Its id.
    pub id: ListingId,
    /// Name of the event.
    pub title: String,
    /// Kind of event.
    pub category: Category,
    /// Name of the venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// When the event starts.
    pub starts: EventTime,
    /// The holder's place: `Section A · Row 3 · Seats 12-14`, or `General admission`.
    pub place: String,
    /// The price of one ticket.
    pub price: Money,
    /// Whether it can be bought.
    pub availability: Availability,
    /// How many of its tickets can be bought now.
    pub free: usize,
    /// How many tickets it has, without those that are withdrawn.
    pub listed: usize,
    /// Whether the buyer gets the tickets at once, or until when the seller has to hand them in; for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
    /// When this was read, by the database's clock, in Unix microseconds. Of several snapshots of a
    /// listing, the latest counts.
    pub as_of_us: i64,
}

/// Tickets that a reader wants to buy, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseSummary {
    /// Name of the event.
    pub title: String,
    /// When the event starts.
    pub starts: EventTime,
    /// Name of the venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// How many tickets.
    pub count: usize,
    /// What they cost together.
    pub total: Money,
}

impl ListingCard {
    /// `count` of its tickets, in short.
    #[must_use]
    pub fn purchase_of(self, count: usize) -> PurchaseSummary {
        let Self { title, starts, venue, city, price, .. } = self;
        PurchaseSummary { title, starts, venue, city, count, total: price.times(count) }
    }
}

/// How one ticket of a listing stands, for every reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketStatus {
    /// It can be locked.
    OnSale,
    /// A buyer is paying for it, or it is being offered to the waitlist.
    Locked,
    /// It is sold.
    Sold,
    /// Its seller has withdrawn it.
    Withdrawn,
    /// Its event has started.
    Started,
    /// Its event is cancelled.
    EventCancelled,
}

impl TicketStatus {
    /// One letter for each status, so that two lists of them can be compared.
    pub fn letters(statuses: impl Iterator<Item = Self>) -> String {
        let letter = |status| match status {
            Self::OnSale => 'o',
            Self::Locked => 'l',
            Self::Sold => 's',
            Self::Withdrawn => 'w',
            Self::Started => 'b',
            Self::EventCancelled => 'c',
        };
        statuses.map(letter).collect()
    }
}

/// One ticket of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketView {
    /// Its id.
    pub id: TicketId,
    /// Its seat; empty with general admission.
    pub seat: String,
    /// How it stands.
    pub status: TicketStatus,
    /// For its seller, while they can put it back on sale: the number of the withdrawal that took it off. Tickets with
    /// the same number come back together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<usize>,
}

/// A listing on its own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingView {
    /// The same as in a list.
    pub card: ListingCard,
    /// The end of the address of its event, `/events/{slug}`.
    pub event: String,
    /// Section, empty if there is none; for the edit form.
    pub section: String,
    /// See `section`.
    pub row: String,
    /// Its tickets, in the order of their seats.
    pub tickets: Vec<TicketView>,
    /// How they may be split.
    pub split: SplitRule,
    /// The price that is printed on one ticket; for the edit form.
    pub face_value: Option<Money>,
    /// How the price compares with it, for people.
    pub beside_face_value: Option<String>,
    /// The fee on a purchase that begins now.
    #[serde(default)]
    pub fee: Fee,
    /// When it was listed, and at which price if that has changed; then each price with its first day, newest first, if
    /// that does not say all. This, and what follows down to the rule of
    /// its country, is for people, and empty where the listing comes with a refusal.
    #[serde(default)]
    pub price_history: Vec<String>,
    /// How its price falls by itself: the next step, the rule, and the next steps. Empty if no step is to come.
    #[serde(default)]
    pub falling: Vec<String>,
    /// The same for the edit form, as typed: how often, by how much, and not below what. Empty if it does not fall.
    #[serde(default)]
    pub fall: Vec<String>,
    /// What its seller has done here, and the day of these numbers.
    #[serde(default)]
    pub seller: Vec<String>,
    /// The rule of its country with its source, if there is one.
    #[serde(default)]
    pub place_rule: Vec<String>,
    /// The numbers of tickets that one order may take now.
    pub choices: Vec<usize>,
    /// Grows with each edit; an edit and a lock name the version that they are based on.
    pub version: i32,
    /// Whether the reader is its seller.
    pub is_mine: bool,
    /// The reader's own order that holds tickets of it, or else the newest that has bought some.
    pub my_order: Option<OrderId>,
    /// Its waitlist.
    pub waitlist: Waitlist,
    /// For its seller: when at the latest no buyer holds tickets of it, if no one else joins the waitlist. `None` while no
    /// buyer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_at_most_until: Option<Timestamp>,
}

impl ListingView {
    /// Whether the seller may edit the listing: every ticket is on sale or withdrawn, and one is on sale.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        let is = |status| self.tickets.iter().filter(|ticket| ticket.status == status).count();
        let on_sale = is(TicketStatus::OnSale);
        on_sale > 0 && on_sale + is(TicketStatus::Withdrawn) == self.tickets.len()
    }

    /// Whether the seller may withdraw all that is not sold: no ticket is locked, and one is on sale.
    #[must_use]
    pub fn is_withdrawable(&self) -> bool {
        let is = |status| self.tickets.iter().any(|ticket| ticket.status == status);
        is(TicketStatus::OnSale) && !is(TicketStatus::Locked)
    }
}

/// Listings and orders on one page of a list.
pub const PAGE_SIZE: usize = 20;
