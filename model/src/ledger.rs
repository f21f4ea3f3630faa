//! A seller's account in the ledger, as the seller sees it.

use serde::{Deserialize, Serialize};

use crate::{Money, Timestamp};

/// Why an entry was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A payment was captured.
    Capture,
    /// A payment was refunded, or a part of it.
    Refund,
    /// A refund failed after it was booked: the money came back.
    RefundFailed,
    /// The buyer's bank disputed a payment, and took its money.
    Dispute,
    /// The bank gave it back.
    DisputeReinstated,
}

impl EntryKind {
    /// For people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Capture => "Sale",
            Self::Refund => "Refund",
            Self::RefundFailed => "Refund returned",
            Self::Dispute => "Disputed by the buyer's bank",
            Self::DisputeReinstated => "Dispute won",
        }
    }
}

/// One entry of a seller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryView {
    /// Why it was booked.
    pub kind: EntryKind,
    /// The event of the sold ticket.
    pub title: String,
    /// The amount; positive if the account received it, negative if the account paid it.
    pub amount: Money,
    /// When it was booked.
    pub at: Timestamp,
}

/// A seller's account: its balance, and a page of its entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceView {
    /// The sum of all entries.
    pub balance: Money,
    /// At most [`crate::tickets::PAGE_SIZE`].
    pub entries: Vec<EntryView>,
    /// The cursor of the next page, if there is one.
    pub next: Option<i64>,
}
