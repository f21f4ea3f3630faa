//! The buyer's page asks how the payment stands.

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

/// Why the page has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The order.
    #[error("the order was not shown")]
    Show(#[source] ShowOrderError),
    /// The payment.
    #[error("the payment was not settled")]
    Reconcile(#[source] ReconcileError),
    /// The database.
    #[error("the payment was not read")]
    Database(#[from] sqlx::Error),
}

/// Asks Stripe about a buyer's open attempt and acts on the answer at once, as the webhook's job
/// would a moment later; then shows the order.
///
/// # Errors
///
/// See [`CheckError`].
#[tracing::instrument(name = "payment.check", skip_all, fields(order.id = %order, user.id = %buyer))]
pub async fn check(backend: &Backend, buyer: UserId, order: OrderId) -> Result<OrderView, CheckError> {
    // First whose it is: another's order is none of this buyer's business, nor of Stripe's.
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
