//! Asking Stripe about what no webhook has told, and handling events that the queue lost.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use model::PaymentId;

use super::{
    PaymentStatus,
    error::ReconcileError,
    handle_event::{HandleError, handle_event},
    reconcile::{IfUnpaid, reconcile},
    store,
};
use crate::Backend;

/// Payments, or events, taken on at a time.
const BATCH: i64 = 100;
/// As often in one sweep, at most.
const BATCHES: usize = 10;
/// Once a sweep has lasted for so long, it takes on no more: Stripe is slow, and the next will go on.
const ROUND: Duration = Duration::from_secs(30);
/// Failures after which a refund is left to a person.
const FAILED_REFUNDS_MAX: i32 = 5;
/// Refusals of Stripe's after which it is: at growing pauses until the refund counts as failed, then
/// an hour apart, like those that fail at a bank.
const REFUSALS_MAX: i32 = 9;
/// Calls to Stripe at once.
const AT_ONCE: usize = 8;

/// What a sweep has met. Failures come up again in the next one.
#[derive(Debug, Default)]
pub struct Swept {
    /// Payments that were looked at.
    pub payments: Vec<(PaymentId, Result<(), ReconcileError>)>,
    /// Events that had been left lying.
    pub events: Vec<(String, Result<(), HandleError>)>,
}

/// Looks at payments that have been unsettled for a minute, and at events that have waited for half
/// of one; what keeps failing comes up again ever later. A refund that failed is taken up again an hour later.
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
        let events = store::take_due_events(&backend.db, BATCH).await?;
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
    for id in store::failed_refunds(&backend.db, FAILED_REFUNDS_MAX, REFUSALS_MAX, BATCH).await? {
        // Then due like every other refund under way.
        store::try_advance(&backend.db, id, &[PaymentStatus::RefundFailed], PaymentStatus::Refunding).await?;
    }
    for _ in 0..BATCHES {
        let payments = store::take_unsettled(&backend.db, BATCH).await?;
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
