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

/// A mail to be sent.
#[derive(Debug)]
pub struct Message {
    /// Its id. A mail that is made again is another one.
    pub id: Uuid,
    /// The subject.
    pub subject: Cow<'static, str>,
    /// The text.
    pub body: String,
    /// The same as HTML. Without it the mail is text alone.
    pub html: Option<String>,
    /// How its reader ends mails of this kind, if they can.
    pub unsubscribe: Option<Unsubscribe>,
}

/// How a reader ends mails of a kind.
#[derive(Debug)]
pub struct Unsubscribe {
    /// The address that ends them by one POST (`List-Unsubscribe-Post`, RFC 8058). A GET shows a page.
    pub one_click: String,
}
