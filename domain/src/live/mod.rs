//! Live updates: changes of listings, for the pages that show them.
//!
//! The commit of a transaction marks the listings that it changed in [`ChangeSet`]. `publish` publishes the
//! marked listings to every server through PostgreSQL, `listen` receives them there, and `snapshot` reads
//! the snapshot of a listing. An update is a hint and may be lost: pages also poll
//! the listings from time to time, and every action is decided by the rows of the tickets.

mod changes;
pub mod listen;
pub mod publish;
pub mod snapshot;
mod store;

#[cfg(test)]
mod tests;

pub use self::changes::ChangeSet;
