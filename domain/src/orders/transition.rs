//! What moves an order from one state to the next.

use model::orders::{Happening, OrderStatus};

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// A payment is opened at Stripe.
    PaymentStarted,
    /// The money has been taken.
    Captured,
    /// The buyer gave up.
    Cancelled,
    /// The last card allowed was declined.
    DeclinedForGood,
    /// The lock ended unpaid.
    TimeRanOut,
    /// The buyer authorised after the lock's end, and the ticket was still free.
    AuthorisedLate,
    /// The money is to go back.
    RefundStarted,
    /// The money is back.
    RefundDone,
}

impl OrderEvent {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::PaymentStarted,
        Self::Captured,
        Self::Cancelled,
        Self::DeclinedForGood,
        Self::TimeRanOut,
        Self::AuthorisedLate,
        Self::RefundStarted,
        Self::RefundDone,
    ];

    /// Where it takes an order that stands in `from`; `None` where it must not happen.
    #[must_use]
    pub fn applied_to(self, from: OrderStatus) -> Option<OrderStatus> {
        use OrderEvent as E;
        use OrderStatus as S;
        match (from, self) {
            (S::Created | S::AwaitingPayment, E::PaymentStarted) | (S::Expired, E::AuthorisedLate) => {
                Some(S::AwaitingPayment)
            }
            (S::AwaitingPayment, E::Captured) => Some(S::Complete),
            (S::Created | S::AwaitingPayment, E::Cancelled | E::DeclinedForGood) => Some(S::Cancelled),
            (S::Created | S::AwaitingPayment, E::TimeRanOut) => Some(S::Expired),
            (S::Complete, E::RefundStarted) => Some(S::RefundPending),
            (S::RefundPending, E::RefundDone) => Some(S::Refunded),
            _ => None,
        }
    }

    /// The statuses it may happen in, as the database writes them, and the one it leads to.
    pub(crate) fn sources_and_target(self) -> (Vec<&'static str>, OrderStatus) {
        let moves = OrderStatus::ALL.into_iter().filter_map(|from| Some((from, self.applied_to(from)?)));
        let (sources, targets): (Vec<_>, Vec<_>) = moves.map(|(from, to)| (from.code(), to)).unzip();
        // Every event leads from somewhere to one status; the test below says so.
        (sources, targets[0])
    }

    /// The line it writes in the order's timeline. Attempts to pay write their own.
    pub(crate) fn happening(self) -> Option<Happening> {
        match self {
            Self::PaymentStarted | Self::RefundStarted | Self::RefundDone => None,
            Self::Captured => Some(Happening::Completed),
            Self::Cancelled => Some(Happening::Cancelled),
            Self::DeclinedForGood => Some(Happening::CancelledAfterDeclines),
            Self::TimeRanOut => Some(Happening::Expired),
            Self::AuthorisedLate => Some(Happening::LockedAgain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_meets_every_event() {
        use OrderEvent as E;
        use OrderStatus as S;
        #[rustfmt::skip]
        let table = [
            // from                PaymentStarted            Captured           Cancelled           DeclinedForGood     TimeRanOut        AuthorisedLate            RefundStarted           RefundDone
            (S::Created,         [Some(S::AwaitingPayment), None,              Some(S::Cancelled), Some(S::Cancelled), Some(S::Expired), None,                     None,                   None]),
            (S::AwaitingPayment, [Some(S::AwaitingPayment), Some(S::Complete), Some(S::Cancelled), Some(S::Cancelled), Some(S::Expired), None,                     None,                   None]),
            (S::Complete,        [None,                     None,              None,               None,               None,             None,                     Some(S::RefundPending), None]),
            (S::RefundPending,   [None,                     None,              None,               None,               None,             None,                     None,                   Some(S::Refunded)]),
            (S::Refunded,        [None,                     None,              None,               None,               None,             None,                     None,                   None]),
            (S::Cancelled,       [None,                     None,              None,               None,               None,             None,                     None,                   None]),
            (S::Expired,         [None,                     None,              None,               None,               None,             Some(S::AwaitingPayment), None,                   None]),
        ];
        assert_eq!(table.len(), OrderStatus::ALL.len());
        for (from, row) in table {
            for (event, expected) in [
                E::PaymentStarted,
                E::Captured,
                E::Cancelled,
                E::DeclinedForGood,
                E::TimeRanOut,
                E::AuthorisedLate,
                E::RefundStarted,
                E::RefundDone,
            ]
            .into_iter()
            .zip(row)
            {
                assert_eq!(event.applied_to(from), expected, "{from:?} meets {event:?}");
            }
        }
    }

    /// The store moves an order with one `UPDATE … WHERE status IN (sources)`.
    #[test]
    fn every_event_leads_to_one_status() {
        for event in OrderEvent::ALL {
            let targets: std::collections::HashSet<_> =
                OrderStatus::ALL.into_iter().filter_map(|from| event.applied_to(from)).collect();
            assert_eq!(targets.len(), 1, "{event:?}");
        }
    }
}
