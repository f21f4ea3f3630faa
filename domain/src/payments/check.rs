//! The buyer's page asks for the state of the payment.

use model::{AppError, OrderId, UserId, orders::OrderView};

use super::{
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
    if let Some(payment) = store::live_of_order(&backend.db, order).await? {
        reconcile(backend, payment.id, IfUnpaid::Wait).await.map_err(CheckError::Reconcile)?;
    }
    show(backend, buyer, order).await.map_err(CheckError::Show)
}

impl From<CheckError> for AppError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Show(error) => error.into(),
            CheckError::Reconcile(error) => error.into(),
            CheckError::Database(error) => database::public_code(&error).into(),
        }
    }
}
