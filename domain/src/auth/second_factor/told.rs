//! Telling the owner of an account that its second factor was turned on or off.

use model::{UserId, error::causes};
use platform::mail::SendError;
use sqlx::PgConnection;

use crate::{
    Backend,
    auth::{email::Email, store},
    mail::{Mail, templates},
    outbox::{self, Job},
};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendChangedError {
    /// The mail server did not take the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// The query that reads the address failed.
    #[error("the address was not read")]
    Database(#[from] sqlx::Error),
}

/// Has a mail tell the owner, in the transaction of the change.
pub(super) async fn tell(tx: &mut PgConnection, user: UserId, is_on: bool) -> sqlx::Result<()> {
    let mail = Mail::SecondFactorChanged { user_id: user, is_on };
    outbox::write(tx, &Job::SendMail { mail }, None).await
}

/// Sends that mail, unless the account is deleted.
///
/// # Errors
///
/// When a retry may help.
#[tracing::instrument(name = "second_factor.send_changed", skip_all, fields(user.id = %user))]
pub async fn send_changed(backend: &Backend, user: UserId, is_on: bool) -> Result<(), SendChangedError> {
    let Some(address) = store::email_of(&backend.db, user).await? else { return Ok(()) };
    let message = if is_on {
        templates::second_factor_on(&backend.mail.page("/imprint"))
    } else {
        templates::second_factor_off(&backend.mail.page("/account/second-factor"), &backend.mail.page("/forgot"))
    };
    let sent = match Email::parse(&address) {
        Ok(email) => backend.mail.send(email.into_address(), message).await,
        // An account of an earlier version.
        Err(_) => Err(SendError::Unwritable),
    };
    match sent {
        Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
        sent => sent.map_err(SendChangedError::Send)?,
    }
    Ok(())
}
