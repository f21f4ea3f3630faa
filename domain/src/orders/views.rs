//! The views of orders for their buyer and their seller, made from the stored rows.

use model::{
    Money,
    orders::{ListingNow, OrderStatus, OrderTickets, OrderView, Refund, Sale, TimelineEntry},
};

use super::view_store::{OrderViewRow, SoldRow, TimelineRow};
use crate::{
    backend::Rules,
    payments::PaymentStatus,
    tickets::{
        event_time, fields,
        state::{Surroundings, TicketState},
    },
    timestamp,
};

impl OrderViewRow {
    pub(crate) fn into_view(self, rules: &Rules) -> OrderView {
        let overdue = self.status.is_open() && self.lock_end <= self.now;
        let status = if overdue { OrderStatus::Expired } else { self.status };
        let has_ended_unsold = matches!(status, OrderStatus::Cancelled | OrderStatus::Expired);
        OrderView {
            id: self.id,
            status,
            listing_now: has_ended_unsold.then(|| self.listing_now()),
            tickets: OrderTickets {
                listing: self.listing_id,
                count: self.seats.len(),
                title: self.title,
                venue: self.venue,
                city: self.city,
                starts: event_time::view(self.starts_at, &self.time_zone),
                place: place(&self.section, &self.seat_row, &self.seats),
            },
            price: Money::usd(self.price_cents),
            expires_at: timestamp::time_of_day(self.lock_end),
            server_now_ms: timestamp::time_of_day(self.now).unix_ms,
            created_at: timestamp::date_and_time(self.created_at),
            is_undecided: status == OrderStatus::Expired && self.may_still_pay,
            ended_by_declines: self.ended_by_declines,
            declined_attempts: i32::try_from(self.declined_attempts).unwrap_or(i32::MAX),
            attempts_allowed: rules.payment_attempts,
            refund: self.refund.and_then(refund),
            timeline: timeline(self.timeline.0),
        }
    }

    /// Whether as many tickets can be locked again.
    fn listing_now(&self) -> ListingNow {
        let surroundings =
            Surroundings { starts_at: self.listing_starts_at, has_waitlist: self.waiting > 0, now: self.now };
        let tickets = self.tickets_now.as_ref().map_or(&[][..], |tickets| &tickets.0);
        let states: Vec<_> = tickets.iter().map(|ticket| TicketState::of(ticket, surroundings)).collect();
        let free = states.iter().filter(|state| state.is_free()).count();
        let held = states.iter().filter(|state| state.is_held()).count();
        if self.split.allows(self.seats.len(), free, held) {
            ListingNow::Free
        } else if self.seats.len() <= free + held && held > 0 {
            ListingNow::Held
        } else {
            ListingNow::Gone
        }
    }
}

fn refund(status: PaymentStatus) -> Option<Refund> {
    match status {
        PaymentStatus::Refunding => Some(Refund::Started),
        PaymentStatus::RefundFailed => Some(Refund::Failed),
        PaymentStatus::Refunded => Some(Refund::Done),
        PaymentStatus::Starting
        | PaymentStatus::Open
        | PaymentStatus::Capturing
        | PaymentStatus::Captured
        | PaymentStatus::Declined
        | PaymentStatus::Cancelled => None,
    }
}

/// A sale as its seller sees it.
pub(super) fn sale(row: SoldRow) -> Sale {
    Sale {
        place: place(&row.section, &row.seat_row, &row.seats),
        price: Money::usd(row.price_cents),
        timeline: timeline(row.timeline),
    }
}

fn place(section: &str, row: &str, seats: &[String]) -> String {
    let seats: Vec<_> = seats.iter().map(String::as_str).collect();
    fields::place(section, row, &seats)
}

fn timeline(rows: Vec<TimelineRow>) -> Vec<TimelineEntry> {
    let entry = |row: TimelineRow| TimelineEntry {
        what: row.kind,
        attempt: row.attempt,
        at: timestamp::date_and_time_to_the_second(row.happened_at),
    };
    rows.into_iter().map(entry).collect()
}
