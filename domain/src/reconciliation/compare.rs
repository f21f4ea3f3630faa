//! Comparing what has moved at Stripe with what is booked.

use model::error::causes;
use time::{Duration, OffsetDateTime};

use super::store;
use crate::{Backend, payments::review::catch_up};

/// How much is compared in one transaction.
const STEP: Duration = Duration::days(1);
/// The most payments of one step that are caught up with. The others are differences until the next reconciliation.
const CAUGHT_UP_MAX: i64 = 100;

/// Compares all that moved or was booked from `since` to `until`, day by day. What Stripe has and the ledger lacks may be an
/// event that never came: its payment is followed first, and what is booked then is no difference.
pub(super) async fn compare(backend: &Backend, since: OffsetDateTime, until: OffsetDateTime) -> sqlx::Result<()> {
    let mut from = since;
    while from < until {
        let to = (from + STEP).min(until);
        if store::compare(&backend.db, from, to).await? > 0 && follow_unbooked(backend, from, to).await? {
            store::compare(&backend.db, from, to).await?;
        }
        from = to;
    }
    Ok(())
}

/// Follows the payments of what is not booked. Returns whether there is any.
async fn follow_unbooked(backend: &Backend, from: OffsetDateTime, to: OffsetDateTime) -> sqlx::Result<bool> {
    let intents = store::unbooked_intents(&backend.db, from, to, CAUGHT_UP_MAX).await?;
    for intent_id in &intents {
        if let Err(error) = catch_up(backend, intent_id).await {
            tracing::warn!(
                intent.id = intent_id,
                error.causes = causes(&error),
                "a payment that differs from Stripe's was not followed"
            );
        }
    }
    Ok(!intents.is_empty())
}
