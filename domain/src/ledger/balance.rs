//! A seller's balance.

use model::{
    AppError, Money, UserId,
    ledger::{BalanceView, EntryView},
    tickets::PAGE_SIZE,
};

use super::store;
use crate::{Backend, database, timestamp};

/// A query that reads the seller's entries failed.
#[derive(Debug, thiserror::Error)]
#[error("the balance was not read")]
pub struct BalanceError(#[from] sqlx::Error);

/// The balance of `seller` and a page of its ledger entries, newest first; `before` is the cursor of the
/// previous page. It reads only the ledger.
///
/// # Errors
///
/// When the database does not answer.
pub async fn balance(backend: &Backend, seller: UserId, before: Option<i64>) -> Result<BalanceView, BalanceError> {
    let limit = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX) + 1;
    let balance_cents = store::balance_cents(&backend.db, seller).await?;
    let mut rows = store::entries(&backend.db, seller, before, limit).await?;
    let has_more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let next = rows.last().filter(|_| has_more).map(|row| row.id);
    let entry = |row: store::EntryRow| EntryView {
        kind: row.kind,
        title: row.title,
        amount: Money::usd(row.amount_cents),
        at: timestamp::date_and_time(row.created_at),
    };
    Ok(BalanceView { balance: Money::usd(balance_cents), entries: rows.into_iter().map(entry).collect(), next })
}

impl From<BalanceError> for AppError {
    fn from(BalanceError(error): BalanceError) -> Self {
        database::public_code(&error).into()
    }
}
