//! Reminding buyers of locks that they have left alone.

use std::time::Duration;

use super::remind_store as store;
use crate::Backend;

/// How old a lock is when its buyer is reminded.
pub const REMIND_AFTER: Duration = Duration::from_mins(5);
/// The least that is left of it then: less would not do to read the mail and to pay.
const LEFT: Duration = Duration::from_mins(2);
/// Orders that one run takes up. The next run continues.
const BATCH: i64 = 1000;

/// Writes the reminders that are due, one for each lock, and notes them in the same statement: for orders that are some
/// minutes old, still locked, and without a payment. Offers of waitlists have had a mail of their own. Returns how many.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "order.remind", skip_all)]
pub async fn remind(backend: &Backend) -> sqlx::Result<u64> {
    store::remind(&backend.db, REMIND_AFTER, LEFT, BATCH).await
}
