//! Live updates: changes of tickets, for the pages that show them.
//!
//! The commit of a transaction marks the tickets that it changed in [`ChangeSet`]. `publish` publishes the
//! marked tickets to every server through PostgreSQL, `listen` receives them there, and `snapshot` reads
//! the snapshot of a ticket. An update is a hint and may be lost: pages also poll
//! the tickets from time to time, and every action is decided under the ticket's row lock.

mod changes;
pub mod listen;
pub mod publish;
pub mod snapshot;
mod store;

#[cfg(test)]
mod tests;

pub use self::changes::ChangeSet;
