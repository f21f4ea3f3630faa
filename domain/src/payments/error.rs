//! Why a payment is not in line with Stripe.

use model::{AppError, Code};
use platform::stripe::StripeError;

use crate::database;

/// Why a payment is not in line yet.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// Stripe.
    #[error("Stripe did not settle the payment")]
    Stripe(#[source] StripeError),
    /// The intent changed with every look.
    #[error("the intent keeps changing")]
    Unsteady,
    /// The database.
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
