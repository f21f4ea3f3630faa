//! A seller's account in the ledger, as they see it.

use serde::{Deserialize, Serialize};

use crate::{Moment, Money};

/// Why an entry was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
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
