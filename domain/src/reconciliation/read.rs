//! Reading Stripe's balance transactions.

use platform::stripe::StripeError;

use super::store;
use crate::Backend;

/// Why the reconciliation stopped. It continues later at the same page.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Stripe did not give the page.
    #[error("the balance transactions were not read at Stripe")]
    Stripe(#[source] StripeError),
    /// A query failed.
    #[error("the reconciliation was not stored")]
    Database(#[from] sqlx::Error),
}

/// Reads a page of what has moved since `since_s`, in seconds since 1970, keeps it, and books Stripe's fees. Returns the cursor
/// of the next page, if there is one.
pub(super) async fn read_page(
    backend: &Backend,
    since_s: i64,
    cursor: Option<&str>,
) -> Result<Option<String>, ReadError> {
    let page = backend.stripe.balance_transactions_since(since_s, cursor).await.map_err(ReadError::Stripe)?;
    store::keep(&backend.db, &page.objects).await?;
    Ok(page.next)
}
