//! How a ticket stands. Every rule and every view matches on [`TicketState`], and nothing else decides it.

use model::{OrderId, TicketId, UserId, tickets::TicketStatus};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

/// How long tickets stay held after the end of a lock whose buyer has opened a payment: a card may have been authorised
/// in time, and Stripe's answer may be late.
pub(crate) const PAYMENT_GRACE: Duration = Duration::seconds(30);

/// A ticket as it is stored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TicketRow {
    pub(crate) id: TicketId,
    pub(crate) seat: String,
    status: StoredStatus,
    order_id: Option<OrderId>,
    holder_id: Option<UserId>,
    #[serde(with = "time::serde::rfc3339::option")]
    held_until: Option<OffsetDateTime>,
    has_payment: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    withdrawn_at: Option<OffsetDateTime>,
    /// Whether its seller has handed in what opens the gate.
    pub(crate) is_in_hand: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredStatus {
    Listed,
    Sold,
    Withdrawn,
}

/// What a ticket's state depends on besides its own row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    /// The start of the event.
    pub(crate) starts_at: OffsetDateTime,
    /// Whether the event is cancelled.
    pub(crate) is_cancelled: bool,
    /// Whether a buyer waits for tickets of the listing.
    pub(crate) has_waitlist: bool,
    /// The database's clock.
    pub(crate) now: OffsetDateTime,
}

/// How a ticket stands, for everyone but its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketState {
    /// Any user but its seller can lock it.
    OnSale,
    /// The order's lock has ended, and the row does not say so yet. Any user but the seller can lock it.
    Overdue {
        order: OrderId,
    },
    /// The same, and the listing has a waitlist, which goes first.
    Offered {
        order: OrderId,
        /// When the lock ended.
        until: OffsetDateTime,
    },
    /// A buyer is paying for it.
    Held {
        order: OrderId,
        until: OffsetDateTime,
    },
    Sold,
    Withdrawn,
    /// The event has started. A buyer who holds the ticket may still pay.
    Started,
    /// The event is cancelled. No one may pay for the ticket.
    EventCancelled,
}

impl TicketState {
    pub(crate) fn of(ticket: &TicketRow, surroundings: Surroundings) -> Self {
        let Surroundings { starts_at, is_cancelled, has_waitlist, now } = surroundings;
        match ticket.status {
            StoredStatus::Withdrawn => return Self::Withdrawn,
            StoredStatus::Sold => return Self::Sold,
            StoredStatus::Listed => {}
        }
        if is_cancelled {
            return Self::EventCancelled;
        }
        if starts_at <= now {
            return Self::Started;
        }
        match ticket.order_id.zip(ticket.hold_end()) {
            None => Self::OnSale,
            Some((order, until)) if until > now => Self::Held { order, until },
            Some((order, until)) if has_waitlist => Self::Offered { order, until },
            Some((order, _)) => Self::Overdue { order },
        }
    }

    /// Whether any user but the seller can lock the ticket.
    pub(crate) fn is_free(self) -> bool {
        matches!(self, Self::OnSale | Self::Overdue { .. })
    }

    /// Whether a buyer holds it, or the first of the waitlist is about to.
    pub(crate) fn is_held(self) -> bool {
        matches!(self, Self::Held { .. } | Self::Offered { .. })
    }

    /// What a page shows of it.
    pub(crate) fn status(self) -> TicketStatus {
        match self {
            Self::OnSale | Self::Overdue { .. } => TicketStatus::OnSale,
            Self::Held { .. } | Self::Offered { .. } => TicketStatus::Locked,
            Self::Sold => TicketStatus::Sold,
            Self::Withdrawn => TicketStatus::Withdrawn,
            Self::Started => TicketStatus::Started,
            Self::EventCancelled => TicketStatus::EventCancelled,
        }
    }
}

impl TicketRow {
    /// When the hold ends for everyone but the holder.
    fn hold_end(&self) -> Option<OffsetDateTime> {
        let grace = if self.has_payment { PAYMENT_GRACE } else { Duration::ZERO };
        self.held_until.map(|until| until + grace)
    }

    /// The order with which `user` holds the ticket while they pay. For the holder the lock ends when they were told.
    pub(crate) fn held_by(&self, user: UserId, now: OffsetDateTime) -> Option<OrderId> {
        let is_theirs = self.holder_id == Some(user) && self.held_until.is_some_and(|until| until > now);
        self.order_id.filter(|_| is_theirs)
    }

    /// The order with which `user` has bought the ticket.
    pub(crate) fn bought_by(&self, user: UserId) -> Option<OrderId> {
        self.order_id.filter(|_| self.status == StoredStatus::Sold && self.holder_id == Some(user))
    }

    /// The order whose lock on the ticket has ended, although its row does not say so yet, whatever comes next.
    pub(crate) fn overdue_order(&self, now: OffsetDateTime) -> Option<OrderId> {
        self.order_id.filter(|_| self.hold_end().is_some_and(|end| end <= now))
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.status == StoredStatus::Withdrawn
    }

    /// When its seller withdrew it; all that were withdrawn together have the same time. `None` if an edit took it off
    /// sale, or came after the withdrawal.
    pub(crate) fn withdrawn_at(&self) -> Option<OffsetDateTime> {
        self.withdrawn_at
    }

    /// Whether it is neither sold nor withdrawn.
    pub(crate) fn is_listed(&self) -> bool {
        self.status == StoredStatus::Listed
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::ids::fresh;

    const NOW: OffsetDateTime = datetime!(2026-07-03 20:00 UTC);

    fn row(status: StoredStatus, held_for_s: Option<i64>, has_payment: bool) -> TicketRow {
        let is_owned = held_for_s.is_some() || status == StoredStatus::Sold;
        TicketRow {
            id: fresh(),
            seat: String::new(),
            status,
            order_id: is_owned.then(fresh),
            holder_id: is_owned.then(fresh),
            held_until: held_for_s.map(|seconds| NOW + Duration::seconds(seconds)),
            has_payment,
            withdrawn_at: None,
            is_in_hand: false,
        }
    }

    fn at(starts_in_s: i64, has_waitlist: bool) -> Surroundings {
        Surroundings { starts_at: NOW + Duration::seconds(starts_in_s), is_cancelled: false, has_waitlist, now: NOW }
    }

    #[test]
    fn state_of_every_row() {
        use StoredStatus::{Listed, Sold, Withdrawn};
        let state = |status, held_for_s, has_payment, starts_in_s, has_waitlist| {
            let row = row(status, held_for_s, has_payment);
            match TicketState::of(&row, at(starts_in_s, has_waitlist)) {
                TicketState::OnSale => "on sale",
                TicketState::Overdue { .. } => "overdue",
                TicketState::Offered { .. } => "offered",
                TicketState::Held { .. } => "held",
                TicketState::Sold => "sold",
                TicketState::Withdrawn => "withdrawn",
                TicketState::Started => "started",
                TicketState::EventCancelled => "cancelled",
            }
        };
        assert_eq!(state(Listed, None, false, 60, false), "on sale");
        assert_eq!(state(Listed, None, false, 60, true), "on sale", "the waitlist wants more than is free");
        assert_eq!(state(Listed, Some(1), false, 60, false), "held");
        assert_eq!(state(Listed, Some(0), false, 60, false), "overdue");
        assert_eq!(state(Listed, Some(0), false, 60, true), "offered");
        assert_eq!(state(Listed, Some(-29), true, 60, true), "held", "Stripe may be late");
        assert_eq!(state(Listed, Some(-30), true, 60, true), "offered");
        for held in [None, Some(1), Some(-1)] {
            assert_eq!(state(Listed, held, false, 0, false), "started");
        }
        for starts in [60, 0] {
            assert_eq!(state(Sold, None, false, starts, true), "sold");
            assert_eq!(state(Withdrawn, None, false, starts, true), "withdrawn");
        }
    }

    #[test]
    fn ticket_of_a_cancelled_event_is_sold_withdrawn_or_cancelled() {
        use StoredStatus::{Listed, Sold, Withdrawn};
        for (status, held_for_s, state) in [
            (Listed, None, TicketState::EventCancelled),
            (Listed, Some(60), TicketState::EventCancelled),
            (Listed, Some(-60), TicketState::EventCancelled),
            (Sold, None, TicketState::Sold),
            (Withdrawn, None, TicketState::Withdrawn),
        ] {
            for starts_in_s in [60, -60] {
                let cancelled = Surroundings { is_cancelled: true, ..at(starts_in_s, true) };
                assert_eq!(TicketState::of(&row(status, held_for_s, false), cancelled), state, "{status:?}");
            }
        }
    }

    #[test]
    fn lock_ends_for_its_holder_when_they_were_told() {
        let late = row(StoredStatus::Listed, Some(-1), true);
        let holder = late.holder_id.expect("a holder");
        assert_eq!((late.held_by(holder, NOW), late.overdue_order(NOW)), (None, None));
        let live = row(StoredStatus::Listed, Some(1), true);
        let holder = live.holder_id.expect("a holder");
        assert_eq!(live.held_by(holder, NOW), live.order_id);
        assert_eq!(live.held_by(fresh(), NOW), None);
    }
}
