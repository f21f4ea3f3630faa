//! Sending mail.

mod address;
mod mailer;
mod settings;

pub use self::{
    address::{Address, in_letters, parse_address},
    mailer::{Mailer, MailerError, SendError},
    settings::MailSettings,
};

use std::borrow::Cow;

use uuid::Uuid;

/// A mail to be sent: plain text.
#[derive(Debug)]
pub struct Message {
    /// Its id. A mail that is made again is another one.
    pub id: Uuid,
    /// The subject.
    pub subject: Cow<'static, str>,
    /// The text.
    pub body: String,
    /// The page where its reader ends mails of this kind, if they asked for them (`List-Unsubscribe`, RFC 2369).
    pub unsubscribe: Option<String>,
}
