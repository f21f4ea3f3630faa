//! Delivery: what opens the gate goes from the seller to the buyer who has paid for it, and to no one else.
//!
//! ```text
//! file --upload--> read, its codes found --hand in--> deliverable of a ticket --complete order, open--> the buyer
//! ```
//!
//! A deliverable is a code, a file, or both. It is sealed wherever it lies. Its seller never gets it back; once a buyer
//! holds the ticket, no one can change it. A ticket with a deliverable is *in hand*; another one is *promised*: if it is
//! not there in time, its buyer is refunded.

pub mod calendar;
pub mod discard;
mod draw;
pub mod gate;
pub mod gifts;
pub mod hand_in;
pub mod load;
pub mod lock_mails;
mod mail_store;
pub mod mails;
mod names;
pub mod open;
mod open_store;
pub mod promises;
pub mod purge;
pub mod refused;
mod reminder_store;
pub mod reminders;
pub mod settings;
pub mod show;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub(crate) mod twin_store;
pub mod upload;

pub(crate) use self::draw::draw;

use platform::{
    files::FileStore,
    inspection::Inspector,
    sealing::{HashKey, Keys},
};

/// What delivery works with.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Where sealed files lie.
    pub files: FileStore,
    /// What seals them, and the codes.
    pub keys: Keys,
    /// What compares codes and files without keeping them.
    pub hash_key: HashKey,
    /// What reads files.
    pub inspector: Inspector,
}

impl Delivery {
    /// The hash of a code. How it is drawn does not count: the same text opens the same gate.
    fn hash_code(&self, code: &[u8]) -> Vec<u8> {
        self.hash_key.hash("code", code)
    }

    /// The hash of a file.
    fn hash_file(&self, file: &[u8]) -> Vec<u8> {
        self.hash_key.hash("file", file)
    }
}

/// A code that is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedCode {
    pub(crate) kind: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) key_id: String,
    pub(crate) sealed: Vec<u8>,
}
