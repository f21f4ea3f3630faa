//! Mailing that a refund is paid, or has failed.

use model::{RefundId, UserId, error::causes};
use platform::mail::{Message, SendError};

use super::refund_store::{self, RefundStory};
use crate::{
    Backend,
    auth::{self, email::Email},
    mail::{order_templates, templates},
};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendRefundError {
    /// The mail server did not accept the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// The query that reads the refund failed.
    #[error("the refund was not read")]
    Database(#[from] sqlx::Error),
}

/// Tells the buyer that a refund has failed and what follows, unless the account was deleted.
///
/// # Errors
///
/// Each variant of [`SendRefundError`] is one reason. The job can be retried.
#[tracing::instrument(name = "refunds.mail_buyer", skip_all, fields(refund.id = %refund))]
pub async fn send_to_buyer(backend: &Backend, refund: RefundId) -> Result<(), SendRefundError> {
    let Some(story) = refund_store::story(&backend.db, refund).await? else { return Ok(()) };
    let Some(email) = story.email.as_deref().and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
    let page = backend.mail.page(&format!("/orders/{}", story.order_id));
    let amount = model::Money::usd(story.amount_cents);
    deliver(backend, email, order_templates::refund_failed(&story.title, amount, &page)).await
}

/// Tells the buyer that a refund is paid, unless a bank has returned it meanwhile or the account was deleted.
///
/// # Errors
///
/// Each variant of [`SendRefundError`] is one reason. The job can be retried.
#[tracing::instrument(name = "refunds.mail_paid", skip_all, fields(refund.id = %refund))]
pub async fn send_paid(backend: &Backend, refund: RefundId) -> Result<(), SendRefundError> {
    let story = refund_store::story(&backend.db, refund).await?.filter(|story| story.is_paid);
    let Some(story) = story else { return Ok(()) };
    let Some(email) = story.email.as_deref().and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
    let page = backend.mail.page(&format!("/orders/{}", story.order_id));
    let amount = model::Money::usd(story.amount_cents);
    let message = if story.is_settled { order_templates::settled } else { order_templates::refunded };
    deliver(backend, email, message(&story.title, amount, &page)).await
}

/// Tells an operator that a refund has failed, unless the role was taken away. Without names and addresses.
///
/// # Errors
///
/// Each variant of [`SendRefundError`] is one reason. The job can be retried.
#[tracing::instrument(name = "refunds.mail_operator", skip_all, fields(refund.id = %refund))]
pub async fn send_to_operator(backend: &Backend, refund: RefundId, operator: UserId) -> Result<(), SendRefundError> {
    let email = auth::store::operator_email(&backend.db, operator).await?;
    let Some(email) = email.as_deref().and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
    let Some(story) = refund_store::story(&backend.db, refund).await? else { return Ok(()) };
    let RefundStory { payment_id, stripe_refund_id, amount_cents, .. } = story;
    let refund = stripe_refund_id.unwrap_or_else(|| refund.to_string());
    let message = templates::refund_failed_report(payment_id, &refund, model::Money::usd(amount_cents));
    deliver(backend, email, message).await
}

async fn deliver(backend: &Backend, email: Email, message: Message) -> Result<(), SendRefundError> {
    match backend.mail.send(email.into_address(), message).await {
        Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
        sent => sent.map_err(SendRefundError::Send)?,
    }
    Ok(())
}
