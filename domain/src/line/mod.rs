//! The line before a locked ticket: whoever waits gets it next, in the order of joining.
//!
//! When a lock ends without a sale, the first in line is given a lock of their own in the same
//! transaction, under the ticket's row lock. So a line always has a holder before it, and there is no
//! moment at which a stranger could be quicker. Should the lock have run out and no job have come
//! by yet, the ticket is the first one's all the same: readers show it as locked, and whoever takes
//! its row lock next brings it up to date (`pass_on::settle`).

pub mod join;
pub mod leave;
pub mod mine;
pub(crate) mod pass_on;
pub(crate) mod store;

#[cfg(test)]
mod tests;
