//! The mails of the shop.
//!
//! Each mail is a job, written to the outbox in the transaction of its cause. The job holds only the id
//! of its subject: address and text are made when the mail is sent.

pub(crate) mod templates;

use model::ResetId;
use serde::{Deserialize, Serialize};

/// A mail to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Mail {
    /// The mail with the link that sets a password.
    PasswordReset {
        /// The request for the link.
        reset_id: ResetId,
    },
}

impl Mail {
    /// The stored name of every kind.
    pub const KINDS: [&'static str; 1] = ["password_reset"];
}
