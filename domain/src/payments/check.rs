//! The buyer's page asks for the state of the payment.

use model::{AppError, Code, OrderId, PaymentId, UserId, orders::OrderView};
use platform::stripe::StripeError;

use super::{
    PaymentStatus,
    error::ReconcileError,
    reconcile::{IfUnpaid, reconcile},
    store,
};
use crate::{
    Backend, database,
    orders::show::{ShowOrderError, show},
};

/// Why the page gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Reading the order failed.
    #[error("the order was not shown")]
    Show(#[source] ShowOrderError),
    /// Reconciling the payment failed.
    #[error("the payment did not reach a result")]
    Reconcile(#[source] ReconcileError),
    /// Stripe refuses the capture or does not know the intent, or the step was interrupted. It is tried
    /// again, or left to a person.
    #[error("the capture is delayed")]
    Delayed(#[source] ReconcileError),
    /// The query that reads the open attempt failed.
    #[error("the payment was not read")]
    Database(#[from] sqlx::Error),
}

/// Asks Stripe about a buyer's open attempt and acts on the answer at once, as the webhook's job would a
/// moment later; then returns the order.
///
/// # Errors
///
/// Each variant of [`CheckError`] is one reason.
#[tracing::instrument(name = "payment.check", skip_all, fields(order.id = %order, user.id = %buyer))]
pub async fn check(backend: &Backend, buyer: UserId, order: OrderId) -> Result<OrderView, CheckError> {
    // The owner is checked first, so that another user's order causes no call to Stripe.
    show(backend, buyer, order).await.map_err(CheckError::Show)?;
    if let Some(payment) = store::live_of_order(&backend.db, order).await?
        && let Err(error) = reconcile(backend, payment.id, IfUnpaid::Wait).await
    {
        return Err(failure(backend, payment.id, error).await?);
    }
    show(backend, buyer, order).await.map_err(CheckError::Show)
}

/// What a failure means to the buyer. Once a capture has begun, the page must not say that nothing was
/// changed.
async fn failure(backend: &Backend, id: PaymentId, error: ReconcileError) -> sqlx::Result<CheckError> {
    let now = store::find(&backend.db, id).await?;
    let is_capturing = now.is_some_and(|payment| payment.status == PaymentStatus::Capturing);
    Ok(match error {
        ReconcileError::Stripe(StripeError::Refused(_))
        | ReconcileError::UnknownIntent
        | ReconcileError::BacksOff
        | ReconcileError::Interrupted(_)
            if is_capturing =>
        {
            CheckError::Delayed(error)
        }
        error => CheckError::Reconcile(error),
    })
}

impl From<CheckError> for AppError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Show(error) => error.into(),
            CheckError::Reconcile(error) => error.into(),
            CheckError::Delayed(_) => Code::PaymentDelayed.into(),
            CheckError::Database(error) => database::public_code(&error).into(),
        }
    }
}
