//! Sending mail.

mod address;
mod mailer;
mod settings;

pub use self::{
    address::{Address, in_letters, parse_address},
    mailer::{Mailer, MailerError, SendError},
    settings::MailSettings,
};

use uuid::Uuid;

/// A mail to be sent: plain text.
#[derive(Debug)]
pub struct Message {
    /// Its id. A mail that is made again is another one.
    pub id: Uuid,
    /// The subject.
    pub subject: &'static str,
    /// The text.
    pub body: String,
}
