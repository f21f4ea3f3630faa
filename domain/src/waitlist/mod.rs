//! The waitlist of a locked ticket: its users are offered the ticket in the order of joining.
//!
//! When a lock ends without a sale, the first user of the waitlist gets a lock in the same transaction,
//! under the ticket's row lock. So a ticket with a waitlist always has a holder, and there is no moment
//! at which another user could be quicker. If the lock has expired and no job has run yet, the ticket
//! still belongs to the first of the waitlist: readers show it as locked, and the next transaction that
//! takes its row lock brings it up to date (`offer::bring_up_to_date`).

pub mod join;
pub mod leave;
pub mod mine;
pub(crate) mod offer;
pub(crate) mod store;

#[cfg(test)]
mod tests;
