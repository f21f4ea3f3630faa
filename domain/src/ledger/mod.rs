//! The ledger: a transfer between accounts for every capture, for every refund, for every refund that failed later, and for
//! what a dispute took and gave back.

pub mod balance;
mod parts;
pub(crate) mod store;

#[cfg(test)]
mod tests;
