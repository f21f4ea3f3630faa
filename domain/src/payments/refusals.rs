//! What Stripe refuses of a payment: it is stored, so that the next try is later, and reported when it goes on.

use platform::stripe::StripeError;

use super::{
    error::ReconcileError,
    store::{self, Payment},
};
use crate::Backend;

/// Refusals in a row after which a payment is reported to the operator: a quarter of an hour.
const REPORTED_REFUSALS: i32 = 5;

/// Stores whether Stripe refused what an attempt needs, so that the next try is later, or accepted it
/// after it had refused. Other failures pass by themselves, and do not count.
pub(super) async fn note(
    backend: &Backend,
    payment: &Payment,
    outcome: &Result<(), ReconcileError>,
) -> sqlx::Result<()> {
    let refusals = payment.refusals + 1;
    match outcome {
        Ok(()) if payment.refusals > 0 => store::accept(&backend.db, payment.id).await?,
        Err(ReconcileError::UnknownIntent) => {
            if store::refuse(&backend.db, payment).await? && refusals == 1 {
                tracing::error!(payment.id = %payment.id, "Stripe does not know an intent that was being captured");
            }
        }
        Err(ReconcileError::Stripe(StripeError::Refused(_))) => {
            if store::refuse(&backend.db, payment).await? && refusals == REPORTED_REFUSALS {
                tracing::error!(payment.id = %payment.id, refusals, "Stripe keeps refusing a payment");
            }
        }
        Ok(()) | Err(_) => {}
    }
    Ok(())
}
