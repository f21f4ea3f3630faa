//! Sends mails through a mail server.

use std::{fmt, sync::Arc, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp,
};
use secrecy::ExposeSecret;

use super::{Message, settings::MailSettings};

/// A mail server that takes longer counts as down.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends mails.
#[derive(Clone)]
pub struct Mailer {
    smtp: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    public_url: Arc<str>,
    catcher_url: Option<Arc<str>>,
}

/// The settings contain an invalid mail server or address.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// `SMTP_URL`
    #[error("SMTP_URL is no mail server")]
    Smtp,
    /// `MAIL_FROM`
    #[error("MAIL_FROM is no address")]
    From,
}

/// Why a mail was not sent. The server's text is left out, because it repeats addresses.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The stored address is invalid.
    #[error("the address cannot be written to")]
    Address,
    /// The server refused the mail permanently.
    #[error("the mail server refused it")]
    Refused,
    /// The server did not answer, or asked for a retry.
    #[error("the mail server did not take it")]
    NotTaken,
}

impl SendError {
    /// Whether a retry would fail in the same way.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Address | Self::Refused => true,
            Self::NotTaken => false,
        }
    }
}

impl Mailer {
    /// Makes a mailer from its settings. `public_url` is the base of links. It does not connect yet.
    ///
    /// # Errors
    ///
    /// See [`MailerError`].
    pub fn new(settings: &MailSettings, public_url: &str) -> Result<Self, MailerError> {
        let smtp = settings.smtp_url.as_ref().map(|url| {
            let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
            builder.map(|builder| builder.timeout(Some(TIMEOUT)).build()).map_err(|_| MailerError::Smtp)
        });
        Ok(Self {
            smtp: smtp.transpose()?,
            from: settings.from.parse().map_err(|_| MailerError::From)?,
            public_url: Arc::from(public_url),
            catcher_url: settings.catcher_url.as_deref().map(Arc::from),
        })
    }

    /// The address where a developer reads sent mails.
    #[must_use]
    pub fn catcher_url(&self) -> Option<&str> {
        self.catcher_url.as_deref()
    }

    /// A link to the site. `value` needs no escaping in a URL.
    #[must_use]
    pub fn link(&self, path: &str, name: &str, value: &str) -> String {
        format!("{}{path}?{name}={value}", self.public_url)
    }

    /// Sends a mail to the server.
    ///
    /// # Errors
    ///
    /// See [`SendError`].
    pub async fn send(&self, address: &str, Message { subject, body }: Message) -> Result<(), SendError> {
        let Some(smtp) = &self.smtp else {
            tracing::warn!(subject, "a mail was not sent: SMTP_URL is not set");
            return Ok(());
        };
        let message = lettre::Message::builder()
            .from(self.from.clone())
            .to(address.parse().map_err(|_| SendError::Address)?)
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|_| SendError::Address)?;
        smtp.send(message).await.map(|_| ()).map_err(|error| reason(&error))
    }
}

fn reason(error: &smtp::Error) -> SendError {
    if error.is_permanent() { SendError::Refused } else { SendError::NotTaken }
}

/// The server's address contains its password.
impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("sends", &self.smtp.is_some()).finish_non_exhaustive()
    }
}
