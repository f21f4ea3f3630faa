//! Sending mail.

mod mailer;
mod settings;

pub use self::{
    mailer::{Mailer, MailerError, SendError},
    settings::MailSettings,
};

/// A mail to be sent: plain text.
#[derive(Debug)]
pub struct Message {
    /// The subject.
    pub subject: &'static str,
    /// The text.
    pub body: String,
}
