//! The ledger: a transfer between accounts for every capture, for every refund, and for every refund that failed later.

pub mod balance;
mod parts;
pub(crate) mod store;

#[cfg(test)]
mod tests;
