//! The views of tickets for pages, made from the stored rows.

use model::{
    Money, OrderId, UserId,
    orders::OrderStatus,
    tickets::{Availability, Category, TicketCard},
    waitlist::Waitlist,
};
use time::OffsetDateTime;

use super::{event_time, listing, store::TicketRow};
use crate::{backend::Rules, timestamp};

impl TicketRow {
    /// The end of the ticket's lock, if it is locked. An order past its end locks nothing.
    fn locked_until(&self) -> Option<OffsetDateTime> {
        let open = self.order_status.is_some_and(OrderStatus::is_open);
        self.expires_at.filter(|&end| open && end > self.now)
    }

    /// When the row was read, by the database's clock, in Unix microseconds.
    pub(crate) fn as_of_us(&self) -> i64 {
        i64::try_from(self.now.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
    }

    /// Whether it can be bought. If a lock has expired and the ticket has a waitlist, the ticket counts
    /// as locked by the first of the waitlist, even before a job has offered it.
    pub(crate) fn availability(&self, rules: &Rules) -> Availability {
        match (self.status.as_str(), self.locked_until()) {
            ("sold", _) => Availability::Sold,
            ("withdrawn", _) => Availability::Withdrawn,
            (_, Some(until)) => Availability::LockedUntil(timestamp::time_of_day(until)),
            (_, None) if self.starts_at <= self.now => Availability::Started,
            (_, None) if self.waitlist_length > 0 => {
                Availability::LockedUntil(timestamp::time_of_day(self.now + rules.lock_length))
            }
            (_, None) => Availability::OnSale,
        }
    }

    /// The ticket's waitlist, for a reader whose position is `my_position`.
    pub(crate) fn waitlist(&self, my_position: Option<i64>) -> Waitlist {
        let is_next = my_position == Some(1) && self.status == "listed" && self.starts_at > self.now;
        Waitlist {
            length: self.waitlist_length,
            my_position,
            is_offered_to_me: is_next && self.locked_until().is_none(),
        }
    }

    /// The reader's own order, if it holds the ticket or has bought it.
    pub(crate) fn order_of(&self, reader: UserId) -> Option<OrderId> {
        let holds = self.locked_until().is_some() || !self.order_status.is_some_and(OrderStatus::is_open);
        self.order_id.filter(|_| holds && self.buyer_id == Some(reader))
    }

    pub(crate) fn into_card(self, rules: &Rules) -> TicketCard {
        TicketCard {
            availability: self.availability(rules),
            as_of_us: self.as_of_us(),
            id: self.id,
            // The check constraint of the column allows the same codes.
            category: Category::parse(&self.category).unwrap_or(Category::Other),
            starts: event_time::view(self.starts_at, &self.time_zone),
            place: listing::place(&self.section, &self.seat_row, &self.seat),
            price: Money::usd(self.price_cents),
            title: self.title,
            venue: self.venue,
            city: self.city,
        }
    }
}
