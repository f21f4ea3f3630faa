//! The doctor: what must always hold, and what must not pile up, looked up in the database.
//!
//! The rules elsewhere keep these promises; here each is read back from the rows, whatever code
//! wrote them. It changes nothing.

pub mod examine;
pub mod examine_for;
mod store;

#[cfg(test)]
mod tests;
