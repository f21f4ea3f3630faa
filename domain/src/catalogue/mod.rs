//! The catalogue: venues, and the events that happen there.
//!
//! Both come from the listing form. Two listings are for the same event if its folded title, its venue and its start
//! are the same, however the sellers typed them.

pub(crate) mod fold;
pub(crate) mod store;
