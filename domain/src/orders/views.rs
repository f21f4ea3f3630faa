//! The views of orders for their buyer and their seller, made from the stored rows.

use model::{
    Money, TicketId,
    money::PriceParts,
    orders::{ListingNow, LockAgain, OrderStatus, OrderTickets, OrderView, Refund, Sale, TimelineEntry},
};
use time::OffsetDateTime;

use super::view_store::{OrderViewRow, SoldRow, TimelineRow};
use crate::{
    backend::Rules,
    catalogue::slug::slug,
    payments::PaymentStatus,
    tickets::{
        event_time, fields,
        state::{Surroundings, TicketState},
    },
    timestamp,
};

impl OrderViewRow {
    /// How far the start of the event is away.
    pub(crate) fn starts_in(&self) -> String {
        event_time::starts_in(self.moved_to().unwrap_or(self.starts_at), self.now, &self.time_zone)
    }

    /// When the event starts now, if it was moved since the tickets were locked.
    fn moved_to(&self) -> Option<OffsetDateTime> {
        self.event_id.and(Some(self.listing_starts_at)).filter(|at| *at != self.starts_at)
    }

    pub(crate) fn into_view(self, rules: &Rules) -> OrderView {
        let overdue = self.status.is_open() && self.lock_end <= self.now;
        let status = if overdue { OrderStatus::Expired } else { self.status };
        let has_ended_unsold = matches!(status, OrderStatus::Cancelled | OrderStatus::Expired);
        let listing_now = has_ended_unsold.then(|| self.listing_now());
        // Once a part is refunded, no side has what the lines say.
        let is_paid_or_payable = status.is_open() || status == OrderStatus::Complete;
        let parts = PriceParts::of(Money::usd(self.price_cents), Money::usd(self.fee_cents));
        let is_undecided = status == OrderStatus::Expired && self.may_still_pay;
        // Declined cards end an order because its buyer can hardly pay.
        let moved_to = self.moved_to();
        let event_starts_at = moved_to.unwrap_or(self.starts_at);
        let is_cancelled = self.event_id.is_some() && self.is_cancelled;
        let news = match moved_to {
            _ if is_cancelled => Some("This event is cancelled.".to_owned()),
            Some(at) => {
                let start = event_time::view(at, &self.time_zone).text;
                Some(format!("The event was moved. It now starts on {start}."))
            }
            None => None,
        };
        let may_be_locked_again = listing_now == Some(ListingNow::Free)
            && !is_undecided
            && !self.ended_by_declines
            && self.wrong_amount_cents.is_none();
        OrderView {
            id: self.id,
            status,
            listing_now,
            again: if may_be_locked_again { self.again() } else { None },
            tickets: OrderTickets {
                listing: self.listing_id,
                event: self.event_id.map(|id| slug(id, &self.title, &self.city, event_starts_at, &self.time_zone)),
                count: self.seats.len(),
                title: self.title,
                venue: self.venue,
                city: self.city,
                starts: event_time::view(self.starts_at, &self.time_zone),
                news,
                is_cancelled,
                place: place(&self.section, &self.seat_row, &self.seats),
            },
            price: Money::usd(self.price_cents),
            parts: is_paid_or_payable.then_some(parts),
            expires_at: timestamp::time_of_day(self.lock_end),
            server_now_ms: timestamp::time_of_day(self.now).unix_ms,
            created_at: timestamp::date_and_time(self.created_at),
            is_undecided,
            ended_by_declines: self.ended_by_declines,
            declined_attempts: i32::try_from(self.declined_attempts).unwrap_or(i32::MAX),
            attempts_allowed: rules.payment_attempts,
            refund: self.refund.and_then(refund),
            refunded: (self.refunded_cents > 0).then_some(Money::usd(self.refunded_cents)),
            wrong_amount: self.wrong_amount_cents.map(Money::usd),
            dispute: self.dispute.map(|dispute| dispute.0.for_buyer()),
            timeline: timeline(self.timeline.0),
        }
    }

    /// The tickets of the listing and how they stand.
    fn tickets_now(&self) -> impl Iterator<Item = (TicketId, TicketState)> {
        let surroundings = Surroundings {
            starts_at: self.listing_starts_at,
            is_cancelled: self.is_cancelled,
            has_waitlist: self.waiting > 0,
            now: self.now,
        };
        let tickets = self.tickets_now.as_ref().map_or(&[][..], |tickets| &tickets.0);
        tickets.iter().map(move |ticket| (ticket.id, TicketState::of(ticket, surroundings)))
    }

    /// What locks the tickets again, if the listing is as its buyer saw it.
    fn again(&self) -> Option<LockAgain> {
        let is_free = |id: &TicketId| self.tickets_now().any(|(ticket, state)| ticket == *id && state.is_free());
        let are_free = self.ticket_ids.iter().all(is_free);
        (self.version_now == self.listing_version).then(|| LockAgain {
            version: self.listing_version,
            price: Money::usd(self.ticket_price_cents),
            tickets: if are_free { self.ticket_ids.clone() } else { Vec::new() },
        })
    }

    /// Whether as many tickets can be locked again.
    fn listing_now(&self) -> ListingNow {
        let free = self.tickets_now().filter(|(_, state)| state.is_free()).count();
        let held = self.tickets_now().filter(|(_, state)| state.is_held()).count();
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
        PaymentStatus::Refunding | PaymentStatus::PartRefunding => Some(Refund::Started),
        PaymentStatus::RefundFailed | PaymentStatus::PartRefundFailed => Some(Refund::Failed),
        PaymentStatus::Refunded => Some(Refund::Done),
        PaymentStatus::Starting
        | PaymentStatus::Open
        | PaymentStatus::Capturing
        | PaymentStatus::Captured
        | PaymentStatus::WrongAmount
        | PaymentStatus::Declined
        | PaymentStatus::Cancelled => None,
    }
}

/// A sale as its seller sees it, without what is between the buyer and their bank.
pub(super) fn sale(row: SoldRow) -> Sale {
    Sale {
        place: place(&row.section, &row.seat_row, &row.seats),
        price: Money::usd(row.price_cents),
        parts: Some(PriceParts::of(Money::usd(row.price_cents), Money::usd(row.fee_cents))),
        refunded: (row.refunded_cents > 0).then_some(Money::usd(row.refunded_cents)),
        dispute: row.dispute.map(|dispute| dispute.for_seller()),
        timeline: timeline(row.timeline.into_iter().filter(|row| row.kind.for_seller().is_some()).collect()),
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
