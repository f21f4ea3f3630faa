//! Tickets: the fields of the listing form, and the views of pages.

mod category;
mod time_zones;

use serde::{Deserialize, Serialize};

pub use self::{
    category::Category,
    time_zones::{DEFAULT_TIME_ZONE, TIME_ZONES},
};
use crate::{EventTime, Money, OrderId, TicketId, Timestamp, waitlist::Waitlist};

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
    /// IANA name of the venue's time zone.
    pub time_zone: String,
    /// Section, empty with general admission.
    pub section: String,
    /// Row, empty if there is none.
    pub row: String,
    /// Seat, empty if there is none.
    pub seat: String,
    /// Price in dollars.
    pub price: String,
}

/// The bounds of the listing's text fields, in characters.
pub mod limits {
    /// Name of the event.
    pub const TITLE_MAX: usize = 120;
    /// Name of the venue.
    pub const VENUE_MAX: usize = 120;
    /// City.
    pub const CITY_MAX: usize = 80;
    /// Section, row and seat, each.
    pub const PLACE_MAX: usize = 20;
}

/// Whether a ticket can be bought, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Availability {
    /// Any user but its seller can lock it.
    OnSale,
    /// A buyer is paying for it, and the lock ends at this time.
    LockedUntil(Timestamp),
    /// It is sold.
    Sold,
    /// Its seller has withdrawn it.
    Withdrawn,
    /// Its event has started, so it is not for sale.
    Started,
}

impl Availability {
    /// Whether the seller may change or withdraw the listing.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        matches!(self, Self::OnSale)
    }

    /// Whether a buyer holds or has bought the ticket, so that the seller has a timeline to see.
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

/// A ticket in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketCard {
    /// Its id.
    pub id: TicketId,
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
    /// The holder's place: `Section A · Row 3 · Seat 12`, or `General admission`.
    pub place: String,
    /// Its price.
    pub price: Money,
    /// Whether it can be bought.
    pub availability: Availability,
    /// When this was read, by the database's clock, in Unix microseconds. Of several snapshots of a ticket, the
    /// latest counts.
    pub as_of_us: i64,
}

/// A ticket on its own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketView {
    /// The same as in a list.
    pub card: TicketCard,
    /// Section, row and seat, empty if there is none; for the edit form.
    pub section: String,
    /// See `section`.
    pub row: String,
    /// See `section`.
    pub seat: String,
    /// Grows with each edit; an edit names the version that it is based on.
    pub version: i32,
    /// Whether the reader is its seller.
    pub is_mine: bool,
    /// The reader's own order that holds the ticket or has bought it.
    pub my_order: Option<OrderId>,
    /// Its waitlist.
    pub waitlist: Waitlist,
}

/// One page of a list, with the cursor of the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketPage {
    /// At most [`PAGE_SIZE`].
    pub tickets: Vec<TicketCard>,
    /// The cursor of the next page, if there is one. Opaque to the browser.
    pub next: Option<String>,
}

/// Tickets and orders on one page of a list.
pub const PAGE_SIZE: usize = 20;
