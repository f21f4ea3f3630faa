//! Mails: how they leave.

mod mailer;
mod settings;

pub use self::{
    mailer::{Mailer, MailerError, SendError},
    settings::MailSettings,
};

/// A mail to be sent: plain text.
#[derive(Debug)]
pub struct Message {
    /// What it is about.
    pub subject: &'static str,
    /// What it says.
    pub body: String,
}
