//! The ledger: a transfer between accounts for every capture, for every refund, for every refund that failed later, for
//! what a dispute took and gave back, and for each fee of Stripe's.

pub mod balance;
mod parts;
pub(crate) mod store;

#[cfg(test)]
mod tests;
