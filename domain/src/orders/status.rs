//! The states of an order and what moves it between them.

use serde::{Deserialize, Serialize};

#[cfg(feature = "server")]
use super::Happening;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// The ticket is locked; nothing has been tried to pay for it.
    Created,
    /// The ticket is locked, and a payment has been opened at Stripe.
    AwaitingPayment,
    /// Paid. The ticket is the buyer's.
    Complete,
    /// Paid, and the money is on its way back.
    RefundPending,
    /// Paid and given back.
    Refunded,
    /// Ended by the buyer, or because the payment failed for good.
    Cancelled,
    /// Ended because it was not paid in time.
    Expired,
}

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

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::AwaitingPayment,
        Self::Complete,
        Self::RefundPending,
        Self::Refunded,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Whether the order holds its ticket while it waits for payment. Past its end it holds
    /// nothing, whatever its status.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::AwaitingPayment)
    }

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Complete => "complete",
            Self::RefundPending => "refund_pending",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// For people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Created | Self::AwaitingPayment => "Awaiting payment",
            Self::Complete => "Complete",
            Self::RefundPending => "Refund under way",
            Self::Refunded => "Refunded",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        }
    }

    /// Where `event` takes an order that stands here; `None` where it must not happen.
    #[must_use]
    pub fn after(self, event: OrderEvent) -> Option<Self> {
        use OrderEvent as E;
        match (self, event) {
            (Self::Created | Self::AwaitingPayment, E::PaymentStarted) | (Self::Expired, E::AuthorisedLate) => {
                Some(Self::AwaitingPayment)
            }
            (Self::AwaitingPayment, E::Captured) => Some(Self::Complete),
            (Self::Created | Self::AwaitingPayment, E::Cancelled | E::DeclinedForGood) => Some(Self::Cancelled),
            (Self::Created | Self::AwaitingPayment, E::TimeRanOut) => Some(Self::Expired),
            (Self::Complete, E::RefundStarted) => Some(Self::RefundPending),
            (Self::RefundPending, E::RefundDone) => Some(Self::Refunded),
            _ => None,
        }
    }
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

    /// The statuses it may happen in, as the database writes them, and the one it leads to.
    #[cfg(feature = "server")]
    pub(crate) fn sources_and_target(self) -> (Vec<&'static str>, OrderStatus) {
        let moves = OrderStatus::ALL.into_iter().filter_map(|from| Some((from, from.after(self)?)));
        let (sources, targets): (Vec<_>, Vec<_>) = moves.map(|(from, to)| (from.code(), to)).unzip();
        // Every event leads from somewhere to one status; the test below says so.
        (sources, targets[0])
    }

    /// The line it writes in the order's timeline. Attempts to pay write their own.
    #[cfg(feature = "server")]
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
                assert_eq!(from.after(event), expected, "{from:?} meets {event:?}");
            }
        }
    }

    /// The store moves an order with one `UPDATE … WHERE status IN (sources)`.
    #[test]
    #[cfg(feature = "server")]
    fn every_event_leads_to_one_status() {
        for event in OrderEvent::ALL {
            let targets: std::collections::HashSet<_> =
                OrderStatus::ALL.into_iter().filter_map(|from| from.after(event)).collect();
            assert_eq!(targets.len(), 1, "{event:?}");
        }
    }

    #[test]
    fn codes_are_those_on_the_wire() {
        for status in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("a status serializes"), status.code());
        }
    }
}
