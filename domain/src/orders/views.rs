//! The views of orders for their buyer, made from the stored rows.

use model::{
    Money,
    orders::{OrderStatus, OrderTicket, OrderView, Refund, TicketNow, TimelineEntry},
};

use super::view_store::{OrderViewRow, TimelineRow};
use crate::{
    backend::Rules,
    payments::PaymentStatus,
    tickets::{event_time, listing},
    timestamp,
};

impl OrderViewRow {
    pub(crate) fn into_view(self, rules: &Rules) -> OrderView {
        let overdue = self.status.is_open() && self.expires_at <= self.now;
        let status = if overdue { OrderStatus::Expired } else { self.status };
        let has_ended_unsold = matches!(status, OrderStatus::Cancelled | OrderStatus::Expired);
        let ticket_now = match (self.ticket_is_offered, self.ticket_is_held) {
            (false, _) => TicketNow::Gone,
            (true, true) => TicketNow::Held,
            (true, false) => TicketNow::Free,
        };
        OrderView {
            id: self.id,
            status,
            ticket: OrderTicket {
                id: self.ticket_id,
                title: self.title,
                venue: self.venue,
                city: self.city,
                starts: event_time::view(self.starts_at, &self.time_zone),
                place: listing::place(&self.section, &self.seat_row, &self.seat),
            },
            price: Money::usd(self.price_cents),
            expires_at: timestamp::time_of_day(self.expires_at),
            server_now_ms: timestamp::time_of_day(self.now).unix_ms,
            created_at: timestamp::date_and_time(self.created_at),
            is_undecided: status == OrderStatus::Expired && self.may_still_pay,
            ticket_now: has_ended_unsold.then_some(ticket_now),
            ended_by_declines: self.ended_by_declines,
            declined_attempts: i32::try_from(self.declined_attempts).unwrap_or(i32::MAX),
            attempts_allowed: rules.payment_attempts,
            refund: self.refund.and_then(refund),
            timeline: Vec::new(),
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

/// Turns rows that were read newest first into entries, oldest first.
pub(super) fn timeline(rows: Vec<TimelineRow>) -> Vec<TimelineEntry> {
    let entry = |row: TimelineRow| TimelineEntry {
        what: row.kind,
        attempt: row.attempt,
        at: timestamp::date_and_time_to_the_second(row.happened_at),
    };
    rows.into_iter().rev().map(entry).collect()
}
