//! Ending the orders that were not paid in time.
//!
//! Nothing waits for it: every reader treats a lock past its end as no lock. The order's own timer
//! updates the rows and, if that job is lost, the sweep does.

pub mod expire;
pub mod sweep;
