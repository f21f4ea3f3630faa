//! How the refunds of a payment stand, and the status of the payment that follows.

use super::{
    PaymentStatus,
    refund_store::{RefundRow, RefundStatus},
    store::Payment,
};

/// The refunds of a payment, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Cents that are refunded.
    pub(super) done_cents: i64,
    /// Cents that a bank has given back, because the shop has lost a dispute.
    pub(super) lost_cents: i64,
    /// Cents whose refund is in progress.
    pub(super) under_way_cents: i64,
    /// How many refunds have failed.
    pub(super) failed: i32,
    /// The largest of them, in cents.
    pub(super) failed_max_cents: i64,
}

impl Sums {
    pub(super) fn of(refunds: &[RefundRow], lost_cents: i64) -> Self {
        refunds.iter().fold(Self { lost_cents, ..Self::default() }, |mut sums, refund| {
            match refund.status {
                RefundStatus::Succeeded => sums.done_cents += refund.amount_cents,
                RefundStatus::Pending => sums.under_way_cents += refund.amount_cents,
                RefundStatus::Failed => {
                    sums.failed += 1;
                    sums.failed_max_cents = sums.failed_max_cents.max(refund.amount_cents);
                }
            }
            sums
        })
    }
}

/// How much of a payment has to go back in all, in cents: all of it once a whole refund was begun, otherwise the most that
/// was refunded or on its way at one time. A refund that has failed is owed, even if it was not heard of before.
pub(super) fn due_cents(payment: &Payment, sums: Sums) -> i64 {
    match payment.status {
        PaymentStatus::Refunding | PaymentStatus::RefundFailed | PaymentStatus::Refunded => payment.received_cents,
        PaymentStatus::Starting
        | PaymentStatus::Open
        | PaymentStatus::Capturing
        | PaymentStatus::Captured
        | PaymentStatus::WrongAmount
        | PaymentStatus::Declined
        | PaymentStatus::Cancelled
        | PaymentStatus::PartRefunding
        | PaymentStatus::PartRefundFailed => {
            let refunded = sums.done_cents + sums.under_way_cents;
            payment.refund_due_cents.max(refunded).max(sums.failed_max_cents).min(payment.received_cents)
        }
    }
}

/// How the refunds of a payment stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing was refunded.
    Kept,
    /// A part is refunded, and nothing more has to be.
    Part,
    /// What has to go back is refunded or on its way.
    UnderWay {
        /// Whether that is all of the money.
        is_whole: bool,
    },
    /// Money has to go back, and no refund is on its way.
    Owed {
        /// How much, in cents.
        cents: i64,
        /// Whether all of the money has to go back in the end.
        is_whole: bool,
    },
    /// All of the money is refunded.
    Whole,
}

impl Standing {
    pub(super) fn of(received_cents: i64, due_cents: i64, sums: Sums) -> Self {
        let is_whole = due_cents >= received_cents;
        // What a bank has given back need not be refunded. It does not begin a refund, either.
        let lost_cents = sums.lost_cents.min(due_cents - sums.done_cents).max(0);
        let done_cents = sums.done_cents + lost_cents;
        let owed_cents = due_cents - done_cents - sums.under_way_cents;
        if owed_cents > 0 {
            Self::Owed { cents: owed_cents, is_whole }
        } else if sums.under_way_cents > 0 {
            Self::UnderWay { is_whole }
        } else if done_cents >= received_cents {
            Self::Whole
        } else if done_cents > 0 {
            Self::Part
        } else {
            Self::Kept
        }
    }

    /// The status that a captured payment has then. What is owed waits in a failed status after a failure, until the sweep
    /// or the operator tries again.
    pub(super) fn status_of(self, payment: &Payment, has_new_failure: bool) -> PaymentStatus {
        let is_running = matches!(payment.status, PaymentStatus::Refunding | PaymentStatus::PartRefunding);
        match self {
            Self::Kept | Self::Part if payment.received_cents == payment.amount_cents => PaymentStatus::Captured,
            Self::Kept | Self::Part => PaymentStatus::WrongAmount,
            Self::UnderWay { is_whole: true } => PaymentStatus::Refunding,
            Self::UnderWay { is_whole: false } => PaymentStatus::PartRefunding,
            Self::Owed { is_whole: true, .. } if is_running && !has_new_failure => PaymentStatus::Refunding,
            Self::Owed { is_whole: false, .. } if is_running && !has_new_failure => PaymentStatus::PartRefunding,
            Self::Owed { is_whole: true, .. } => PaymentStatus::RefundFailed,
            Self::Owed { is_whole: false, .. } => PaymentStatus::PartRefundFailed,
            Self::Whole => PaymentStatus::Refunded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_follows_from_the_sums() {
        let sums = |done_cents, under_way_cents| Sums { done_cents, under_way_cents, ..Sums::default() };
        for (due_cents, sums, standing) in [
            (0, sums(0, 0), Standing::Kept),
            (20, sums(20, 0), Standing::Part),
            (20, sums(0, 20), Standing::UnderWay { is_whole: false }),
            (20, sums(0, 0), Standing::Owed { cents: 20, is_whole: false }),
            (20, sums(5, 10), Standing::Owed { cents: 5, is_whole: false }),
            (50, sums(20, 30), Standing::UnderWay { is_whole: true }),
            (50, sums(20, 0), Standing::Owed { cents: 30, is_whole: true }),
            (50, sums(50, 0), Standing::Whole),
            (50, sums(70, 0), Standing::Whole),
        ] {
            assert_eq!(Standing::of(50, due_cents, sums), standing, "{due_cents} of 50, {sums:?}");
        }
    }

    #[test]
    fn lost_dispute_counts_only_where_something_is_due() {
        let sums = |done_cents, under_way_cents, lost_cents| Sums {
            done_cents,
            lost_cents,
            under_way_cents,
            ..Sums::default()
        };
        for (due_cents, sums, standing) in [
            (0, sums(0, 0, 50), Standing::Kept),
            (20, sums(20, 0, 50), Standing::Part),
            (50, sums(0, 0, 50), Standing::Whole),
            (50, sums(20, 0, 30), Standing::Whole),
            (50, sums(50, 0, 50), Standing::Whole),
            (50, sums(0, 0, 30), Standing::Owed { cents: 20, is_whole: true }),
            (50, sums(0, 50, 50), Standing::UnderWay { is_whole: true }),
            (20, sums(0, 0, 50), Standing::Part),
        ] {
            assert_eq!(Standing::of(50, due_cents, sums), standing, "{due_cents} of 50, {sums:?}");
        }
    }
}
