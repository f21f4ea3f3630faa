//! The transitions of an order from one status to the next.

use model::orders::{OrderEventKind, OrderStatus};
use strum::VariantArray;

/// A transition of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, VariantArray)]
pub enum Transition {
    /// A payment is opened at Stripe.
    PaymentStarted,
    /// The payment is captured.
    Captured,
    /// The buyer cancels.
    Cancelled,
    /// The last allowed card is declined.
    DeclinedForGood,
    /// The lock expires unpaid.
    TimeRanOut,
    /// The buyer authorises after the lock's end, while the ticket is still free.
    AuthorisedLate,
    /// Stripe has captured another amount than the price.
    WrongAmount,
    /// A part of the price is refunded, and no refund is in progress.
    PartlyRefunded,
    /// A refund is started, or one that was complete has failed.
    RefundStarted,
    /// The refund is complete.
    RefundDone,
}

impl Transition {
    /// Every transition.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The status that it leads to from `from`; `None` if it must not happen there.
    #[must_use]
    pub fn applied_to(self, from: OrderStatus) -> Option<OrderStatus> {
        use OrderStatus as S;
        use Transition as E;
        match (from, self) {
            (S::Created | S::AwaitingPayment, E::PaymentStarted) | (S::Expired, E::AuthorisedLate) => {
                Some(S::AwaitingPayment)
            }
            (S::AwaitingPayment, E::Captured) => Some(S::Complete),
            (S::Created | S::AwaitingPayment, E::Cancelled | E::DeclinedForGood | E::WrongAmount) => Some(S::Cancelled),
            (S::Created | S::AwaitingPayment, E::TimeRanOut) => Some(S::Expired),
            (S::Complete | S::RefundPending, E::PartlyRefunded) => Some(S::PartlyRefunded),
            (S::Complete | S::PartlyRefunded | S::Refunded, E::RefundStarted) => Some(S::RefundPending),
            (S::RefundPending, E::RefundDone) => Some(S::Refunded),
            _ => None,
        }
    }

    /// The statuses it may happen in, as the database writes them, and the status it leads to.
    pub(crate) fn sources_and_target(self) -> (Vec<&'static str>, OrderStatus) {
        let moves = OrderStatus::ALL.iter().filter_map(|from| Some((from, self.applied_to(*from)?)));
        let (sources, targets): (Vec<_>, Vec<_>) = moves.map(|(from, to)| (from.code(), to)).unzip();
        // Every transition leads to one status, whatever the source; a test below checks it.
        (sources, targets[0])
    }

    /// The event that it writes to the order's timeline. Attempts to pay write their own events.
    pub(crate) fn event_kind(self) -> Option<OrderEventKind> {
        match self {
            Self::PaymentStarted | Self::PartlyRefunded | Self::RefundStarted | Self::RefundDone => None,
            Self::WrongAmount => Some(OrderEventKind::WrongAmount),
            Self::Captured => Some(OrderEventKind::Completed),
            Self::Cancelled => Some(OrderEventKind::Cancelled),
            Self::DeclinedForGood => Some(OrderEventKind::CancelledAfterDeclines),
            Self::TimeRanOut => Some(OrderEventKind::Expired),
            Self::AuthorisedLate => Some(OrderEventKind::LockedAgain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transition_from_every_status() {
        use OrderStatus as S;
        use Transition as E;
        #[rustfmt::skip]
        let table = [
            // from                PaymentStarted            Captured           Cancelled           DeclinedForGood     TimeRanOut        AuthorisedLate            WrongAmount         PartlyRefunded           RefundStarted           RefundDone
            (S::Created,         [Some(S::AwaitingPayment), None,              Some(S::Cancelled), Some(S::Cancelled), Some(S::Expired), None,                     Some(S::Cancelled), None,                    None,                   None]),
            (S::AwaitingPayment, [Some(S::AwaitingPayment), Some(S::Complete), Some(S::Cancelled), Some(S::Cancelled), Some(S::Expired), None,                     Some(S::Cancelled), None,                    None,                   None]),
            (S::Complete,        [None,                     None,              None,               None,               None,             None,                     None,               Some(S::PartlyRefunded), Some(S::RefundPending), None]),
            (S::PartlyRefunded,  [None,                     None,              None,               None,               None,             None,                     None,               None,                    Some(S::RefundPending), None]),
            (S::RefundPending,   [None,                     None,              None,               None,               None,             None,                     None,               Some(S::PartlyRefunded), None,                   Some(S::Refunded)]),
            (S::Refunded,        [None,                     None,              None,               None,               None,             None,                     None,               None,                    Some(S::RefundPending), None]),
            (S::Cancelled,       [None,                     None,              None,               None,               None,             None,                     None,               None,                    None,                   None]),
            (S::Expired,         [None,                     None,              None,               None,               None,             Some(S::AwaitingPayment), None,               None,                    None,                   None]),
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
                E::WrongAmount,
                E::PartlyRefunded,
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

    /// The store applies a transition with one `UPDATE … WHERE status IN (sources)`.
    #[test]
    fn every_transition_leads_to_one_status() {
        for event in Transition::ALL {
            let targets: std::collections::HashSet<_> =
                OrderStatus::ALL.iter().filter_map(|from| event.applied_to(*from)).collect();
            assert_eq!(targets.len(), 1, "{event:?}");
        }
    }
}
