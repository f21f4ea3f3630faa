//! Requests that a program repeats because it has lost the answer: with the same `Idempotency-Key` a
//! request has its effect once, and every repetition gets the same answer.

pub mod begin;
pub mod finish;
pub mod purge;
mod store;

use model::UserId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest key, in bytes.
pub const KEY_MAX_BYTES: usize = 255;

/// A request with the idempotency key that its client has chosen.
#[derive(Clone, Debug)]
pub struct IdempotentRequest {
    /// The user who sends it. Keys of two users are independent.
    pub user: UserId,
    /// The key that the client has chosen.
    pub key: String,
    /// The endpoint.
    pub endpoint: String,
    /// SHA-256 of the body.
    pub body_hash: [u8; 32],
}

impl IdempotentRequest {
    /// A request with `body`.
    #[must_use]
    pub fn new(user: UserId, key: &str, endpoint: &str, body: &[u8]) -> Self {
        let body_hash = Sha256::digest(body).into();
        Self { user, key: key.to_owned(), endpoint: endpoint.to_owned(), body_hash }
    }
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that belong to the answer, such as `Content-Type` and `Location`.
    pub headers: Vec<(String, String)>,
    /// The body of the answer.
    pub body: String,
}
