//! The ledger: a transfer between accounts for every captured and every refunded payment.

pub mod balance;
pub(crate) mod store;

#[cfg(test)]
mod tests;
