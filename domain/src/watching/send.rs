//! Mailing the news.

use model::{NewsMailId, error::causes, mails::MailTopic};
use platform::mail::SendError;

use super::{letter, news, news_store};
use crate::{Backend, auth::email::Email, mail::choices};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendNewsError {
    /// The mail server did not accept the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// A query that reads the news or notes the mail failed.
    #[error("the news was not read")]
    Database(#[from] sqlx::Error),
}

/// Makes a mail about what its user watches and sends it, unless it was sent already, its watches have ended, the
/// user has turned such mails off, or nothing of its news can be bought any more.
///
/// # Errors
///
/// Each variant of [`SendNewsError`] is one reason. The job can be retried.
#[tracing::instrument(name = "watching.send", skip_all, fields(mail.id = %mail))]
pub async fn send_news(backend: &Backend, mail: NewsMailId) -> Result<(), SendNewsError> {
    let Some((user, address)) = news_store::reader_of(&backend.db, mail).await? else { return Ok(()) };
    if !choices::wants(&backend.db, user, MailTopic::WatchNews).await? {
        return Ok(news_store::mark_sent(&backend.db, mail).await?);
    }
    let rows = news_store::news_in(&backend.db, mail).await?;
    let listings = news::buyable(&backend.db, &backend.rules, &rows).await?;
    let off = choices::off(backend, user, MailTopic::WatchNews);
    if let Some(message) = letter::write(&backend.mail, &rows, &listings, off) {
        let sent = match Email::parse(&address) {
            Ok(email) => backend.mail.send(email.into_address(), message).await,
            // An account of an earlier version.
            Err(_) => Err(SendError::Unwritable),
        };
        match sent {
            Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
            sent => sent.map_err(SendNewsError::Send)?,
        }
    }
    news_store::mark_sent(&backend.db, mail).await?;
    Ok(())
}
