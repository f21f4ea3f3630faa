//! The doctor: it checks the invariants, and the backlog, in the database.
//!
//! Other modules maintain these invariants; the doctor reads each one back from the rows, whichever code
//! wrote them. It changes nothing.

pub mod examine;
pub mod examine_for;
mod store;

#[cfg(test)]
mod tests;
