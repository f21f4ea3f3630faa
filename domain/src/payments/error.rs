//! Why a payment was not reconciled.

use model::{AppError, Code};
use platform::stripe::StripeError;
use tokio::task::JoinError;

use crate::database;

/// Why a payment was not reconciled.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A call to Stripe failed.
    #[error("Stripe did not finish the payment")]
    Stripe(#[source] StripeError),
    /// Stripe does not know the intent of an attempt whose capture was begun.
    #[error("Stripe does not know the intent that was being captured")]
    UnknownIntent,
    /// Stripe has refused what the attempt needs, and the next try is later.
    #[error("Stripe has refused the payment: the next try is later")]
    BacksOff,
    /// A step panicked, or the process is ending.
    #[error("the step of the payment was interrupted")]
    Interrupted(#[source] JoinError),
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
            ReconcileError::Stripe(StripeError::Refused(_))
            | ReconcileError::UnknownIntent
            | ReconcileError::Interrupted(_) => Code::Internal.into(),
            ReconcileError::Stripe(
                StripeError::Unavailable(_) | StripeError::Failed(_) | StripeError::Crowded | StripeError::MovedOn,
            )
            | ReconcileError::BacksOff
            | ReconcileError::Unsteady => Code::PaymentsUnavailable.into(),
            ReconcileError::Database(error) => database::public_code(&error).into(),
        }
    }
}
