//! Reminding sellers to hand in what they have sold, before their promise ends.

use super::reminder_store as store;
use crate::Backend;

/// How many days before the end of the promise a seller is reminded, once each.
pub const REMINDER_DAYS: [i16; 2] = [3, 1];
/// Orders that one run takes up. The next run continues.
const BATCH: i64 = 1000;

/// Writes the reminders that are due, and notes them in the same statement. A sale that is later than a reminder would have
/// been has none: its seller has just been told. Returns how many.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "delivery.remind", skip_all)]
pub async fn remind(backend: &Backend) -> sqlx::Result<u64> {
    store::remind(&backend.db, &REMINDER_DAYS, BATCH).await
}
