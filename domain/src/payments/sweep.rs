//! Asking Stripe about what no webhook has told, and handling events that the queue lost.

use futures_util::{StreamExt, stream};

use super::{
    PaymentStatus,
    handle_event::{HandleError, handle_event},
    reconcile::{IfUnpaid, ReconcileError, reconcile},
    store,
};
use crate::{Backend, PaymentId};

/// Payments and events taken on in one sweep, each.
const BATCH: i64 = 100;
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
    let events = store::take_due_events(&backend.db, BATCH).await?;
    let events = stream::iter(events)
        .map(async |id| {
            let outcome = handle_event(backend, &id).await;
            (id, outcome)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for id in store::failed_refunds(&backend.db, FAILED_REFUNDS_MAX, REFUSALS_MAX, BATCH).await? {
        // Then due like every other refund under way.
        store::advance(&backend.db, id, &[PaymentStatus::RefundFailed], PaymentStatus::Refunding).await?;
    }
    let payments = store::take_unsettled(&backend.db, BATCH).await?;
    let payments = stream::iter(payments)
        .map(async |id| (id, reconcile(backend, id, IfUnpaid::Wait).await))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    Ok(Swept { payments, events })
}
