//! The ledger: every captured and refunded payment, booked from account to account.

#[cfg(feature = "server")]
pub mod balance;
#[cfg(feature = "server")]
mod fee;
#[cfg(feature = "server")]
pub(crate) mod store;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

#[cfg(feature = "server")]
pub use self::fee::{Fee, MAX_FEE_BASIS_POINTS};
use crate::{Moment, Money};

/// Why an entry was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A payment was taken.
    Capture,
    /// It was given back.
    Refund,
}

impl EntryKind {
    /// For people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Capture => "Sale",
            Self::Refund => "Refund",
        }
    }
}

/// One entry of a seller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryView {
    /// Why.
    pub kind: EntryKind,
    /// The event whose ticket it is about.
    pub title: String,
    /// What the account got; below zero, what it gave.
    pub amount: Money,
    /// When.
    pub at: Moment,
}

/// A seller's account: what it holds, and a page of its entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceView {
    /// The sum of all entries.
    pub balance: Money,
    /// At most [`crate::tickets::PAGE_SIZE`].
    pub entries: Vec<EntryView>,
    /// The cursor of the next page, if there is one.
    pub next: Option<i64>,
}
