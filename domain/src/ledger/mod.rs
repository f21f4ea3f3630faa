//! The ledger: a transfer between accounts for every captured and every refunded payment.

pub mod balance;
mod fee;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub use self::fee::{Fee, MAX_FEE_BASIS_POINTS};
