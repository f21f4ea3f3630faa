//! Gifts: a buyer gives a ticket to another person, by a mail address. Once it is accepted, only that person opens it.
//!
//! ```text
//! offered --accept--> accepted --open--> opened
//!    └──take back──> taken_back
//! ```
//!
//! The recipient needs an account with that address, verified: the address is the proof of who was meant. The code of a
//! ticket does not change, so a buyer who has opened it could have copied it; pages say so.

pub mod accept;
pub mod mails;
pub mod offer;
pub mod open;
pub mod received;
mod store;

pub(crate) use self::store::{ExportedGift, erase, of_user};
