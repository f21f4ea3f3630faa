//! Giving back money that was captured for a ticket that could not be delivered.

use super::{
    PaymentStatus,
    gateway::RefundState,
    reconcile::ReconcileError,
    store::{self, Payment},
};
use crate::Backend;

/// Refunds a captured payment in full, or sees how far the refund has come. The sweep asks again
/// until it is done.
pub(super) async fn refund(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let Some(intent_id) = payment.stripe_intent_id.as_deref() else { return Ok(()) };
    match backend.stripe.refund(payment, intent_id).await.map_err(ReconcileError::Stripe)? {
        RefundState::Done => {
            let from = [PaymentStatus::Refunding];
            store::advance(&backend.db, payment.id, &from, PaymentStatus::Refunded)
                .await
                .map_err(ReconcileError::Database)?;
            Ok(())
        }
        RefundState::UnderWay => Ok(()),
        RefundState::Failed => Err(ReconcileError::RefundFailed),
    }
}
