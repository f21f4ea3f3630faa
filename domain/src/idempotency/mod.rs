//! Calls that a program repeats because it has lost the answer: under the same `Idempotency-Key`
//! they do nothing twice, and are answered alike.

pub mod begin;
pub mod finish;
mod store;
pub mod tidy;

use model::UserId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest key, in bytes.
pub const KEY_MAX_BYTES: usize = 255;

/// A call, and the name its caller has given it.
#[derive(Clone, Debug)]
pub struct NamedCall {
    /// Who calls. Keys of two users never meet.
    pub user: UserId,
    /// The caller's name for the call.
    pub key: String,
    /// What is called.
    pub endpoint: String,
    /// SHA-256 of what is sent.
    pub body_hash: [u8; 32],
}

impl NamedCall {
    /// A call that sends `body`.
    #[must_use]
    pub fn new(user: UserId, key: &str, endpoint: &str, body: &[u8]) -> Self {
        let body_hash = Sha256::digest(body).into();
        Self { user, key: key.to_owned(), endpoint: endpoint.to_owned(), body_hash }
    }
}

/// What a call was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that are part of the answer: what it is, and where it leads.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}
