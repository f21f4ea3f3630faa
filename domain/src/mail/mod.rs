//! Mails: what they say.
//!
//! Each is a job of its own, written to the outbox with the fact it tells of. The job names what the
//! mail is about and nothing else: address and contents are made when it is sent.

pub(crate) mod templates;

use model::ResetId;
use serde::{Deserialize, Serialize};

/// A mail to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Mail {
    /// The link that sets a password.
    PasswordReset {
        /// The request for it.
        reset_id: ResetId,
    },
}

impl Mail {
    /// Every kind, as it is stored.
    pub const KINDS: [&'static str; 1] = ["password_reset"];
}
