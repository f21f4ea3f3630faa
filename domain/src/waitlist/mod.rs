//! The waitlist of a listing whose tickets are locked: its buyers are offered tickets in the order of joining.
//!
//! Each buyer says how many tickets they want. When tickets become free, the first buyer whose number can be served gets
//! a lock in the same transaction, under the listing's row lock, and so on until no number can be served. So a ticket
//! that is free is free for everyone, and there is no moment at which another user could be quicker than the waitlist. If
//! a lock has expired and no job has run yet, its tickets still belong to the waitlist: readers show them as locked, and
//! the next transaction that takes the row lock brings the listing up to date (`offer::bring_up_to_date`).

pub mod close;
pub mod join;
pub mod leave;
pub mod mine;
pub(crate) mod offer;
pub(crate) mod store;

#[cfg(test)]
mod tests;
