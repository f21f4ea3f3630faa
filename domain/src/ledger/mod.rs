//! The ledger: every captured and refunded payment, booked from account to account.

pub mod balance;
mod fee;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub use self::fee::{Fee, MAX_FEE_BASIS_POINTS};
