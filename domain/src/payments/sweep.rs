//! Polling Stripe for payments without a webhook, and handling events that the queue lost.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use model::PaymentId;

use super::{
    PaymentStatus,
    error::ReconcileError,
    event_store,
    handle_event::{HandleError, handle_event},
    reconcile::{IfUnpaid, reconcile},
    rounds::{ROUND, UNSETTLED},
    store,
};
use crate::Backend;

/// Payments, or events, in one batch.
const BATCH: i64 = 100;
/// The most batches in one sweep.
const BATCHES: usize = 10;
/// Failures after which a refund is left to the operator.
const FAILED_REFUNDS_MAX: i32 = 5;
/// Refusals by Stripe after which a refund is left to the operator: retried with backoff until the refund
/// counts as failed, then hourly, like a refund that failed at a bank.
const REFUSALS_MAX: i32 = 9;
/// Concurrent calls to Stripe.
const AT_ONCE: usize = 8;

/// The result of a sweep. The next sweep retries what failed.
#[derive(Debug, Default)]
pub struct Swept {
    /// The payments that were reconciled.
    pub payments: Vec<(PaymentId, Result<(), ReconcileError>)>,
    /// The events that the queue had lost.
    pub events: Vec<(String, Result<(), HandleError>)>,
}

/// Reconciles payments that have been open for a minute, and handles events that have waited for half a
/// minute; failures are retried with backoff. A failed refund is retried after an hour.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "payment.sweep", skip_all)]
pub async fn sweep(backend: &Backend) -> Result<Swept, sqlx::Error> {
    let mut swept = Swept::default();
    let begun = Instant::now();
    let is_last = |taken: usize| i64::try_from(taken).is_ok_and(|taken| taken < BATCH) || begun.elapsed() > ROUND;
    for _ in 0..BATCHES {
        let events = event_store::take_due(&backend.db, BATCH).await?;
        let taken = events.len();
        let handle = async |id: String| {
            let outcome = handle_event(backend, &id).await;
            (id, outcome)
        };
        let handled = stream::iter(events).map(handle).buffer_unordered(AT_ONCE);
        swept.events.extend(handled.collect::<Vec<_>>().await);
        if is_last(taken) {
            break;
        }
    }
    for (id, failed) in store::failed_refunds(&backend.db, FAILED_REFUNDS_MAX, REFUSALS_MAX, BATCH).await? {
        let is_part = failed == PaymentStatus::PartRefundFailed;
        let running = if is_part { PaymentStatus::PartRefunding } else { PaymentStatus::Refunding };
        // Then it is due like every other running refund.
        store::try_advance(&backend.db, id, &[failed], running).await?;
    }
    for _ in 0..BATCHES {
        let payments = store::take_unsettled(&backend.db, UNSETTLED, BATCH).await?;
        let taken = payments.len();
        let look = async |id| (id, reconcile(backend, id, IfUnpaid::Wait).await);
        let looked_at = stream::iter(payments).map(look).buffer_unordered(AT_ONCE);
        swept.payments.extend(looked_at.collect::<Vec<_>>().await);
        if is_last(taken) {
            break;
        }
    }
    Ok(swept)
}
