//! Live updates: changes of tickets, for the pages that show them.
//!
//! A use-case that has changed a ticket marks it in [`Changes`] once its transaction has ended.
//! `announce` publishes the marked tickets to every server through PostgreSQL, `hear` receives them
//! there, and `news` reads the snapshot of a ticket. An update is a hint and may be lost: pages also poll
//! the tickets from time to time, and every action is decided under the ticket's row lock.

pub mod announce;
mod changes;
pub mod hear;
pub mod news;
mod store;

#[cfg(test)]
mod tests;

pub use self::changes::Changes;
