//! Why a payment was not reconciled.

use model::{AppError, Code};
use platform::stripe::StripeError;

use crate::database;

/// Why a payment was not reconciled.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A call to Stripe failed.
    #[error("Stripe did not finish the payment")]
    Stripe(#[source] StripeError),
    /// The intent changed at every poll.
    #[error("the intent keeps changing")]
    Unsteady,
    /// A query that reads or stores the payment failed.
    #[error("the payment was not stored")]
    Database(#[from] sqlx::Error),
}

impl From<ReconcileError> for AppError {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::Stripe(StripeError::Refused(_)) => Code::Internal.into(),
            ReconcileError::Stripe(
                StripeError::Unavailable(_) | StripeError::Failed(_) | StripeError::Crowded | StripeError::MovedOn,
            )
            | ReconcileError::Unsteady => Code::PaymentsUnavailable.into(),
            ReconcileError::Database(error) => database::public_code(&error).into(),
        }
    }
}
