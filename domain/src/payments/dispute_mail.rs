//! Mailing that a payment is disputed.

use model::{DisputeId, Money, UserId, error::causes};
use platform::mail::SendError;

use super::dispute_store;
use crate::{
    Backend,
    auth::{self, email::Email},
    mail::templates,
    timestamp,
};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendDisputeError {
    /// The mail server did not accept the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// The query that reads the dispute failed.
    #[error("the dispute was not read")]
    Database(#[from] sqlx::Error),
}

/// Tells an operator that a payment is disputed and until when evidence counts, unless the role was taken away. Without
/// names and addresses.
///
/// # Errors
///
/// Each variant of [`SendDisputeError`] is one reason. The job can be retried.
#[tracing::instrument(name = "disputes.mail_operator", skip_all, fields(dispute.id = %dispute))]
pub async fn send_dispute(backend: &Backend, dispute: DisputeId, operator: UserId) -> Result<(), SendDisputeError> {
    let email = auth::store::operator_email(&backend.db, operator).await?;
    let Some(email) = email.as_deref().and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
    let Some(story) = dispute_store::story(&backend.db, dispute).await? else { return Ok(()) };
    let due = story.evidence_due_at.map(|at| timestamp::date_and_time(at).text);
    let report = templates::DisputeReport {
        dispute: &story.stripe_dispute_id,
        payment: story.payment_id,
        amount: Money::usd(story.amount_cents),
        reason: &story.reason,
        status: story.status,
        due: due.as_deref(),
        page: &backend.mail.page("/operator"),
    };
    match backend.mail.send(email.into_address(), templates::dispute_report(&report)).await {
        Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
        sent => sent.map_err(SendDisputeError::Send)?,
    }
    Ok(())
}
