//! What becomes of tickets, told to whoever looks at them while it happens.
//!
//! A use-case that has changed a ticket notes it in [`Changes`] once its transaction has ended; `announce`
//! passes what was noted on to every server through PostgreSQL, `hear` hears it there, and `news` reads
//! what has become of the ticket. All of it is a hint and none a promise: whoever shows news looks at the
//! tickets again from time to time, and whoever acts is judged under the ticket's row lock.

pub mod announce;
mod changes;
pub mod hear;
pub mod news;
mod store;

#[cfg(test)]
mod tests;

pub use self::changes::Changes;
