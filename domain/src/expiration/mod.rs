//! Ending the orders that were not paid in time.
//!
//! Nothing waits for it: a lock past its end holds nothing for any reader. This is the tidying
//! up, once by the order's own timer and, should that be lost, by the sweep.

pub mod expire;
pub mod sweep;
