//! Purging events that were handled, and tried cards that count no more.

use super::{card_store, event_store};
use crate::{Backend, batches::in_batches};

/// How long a handled event is kept. Stripe repeats no event that is older than a month. The rest of the
/// time is for an operator who looks into a complaint, and finds the event at Stripe by its id: its
/// payload is deleted already.
pub const EVENTS_KEPT_DAYS: i32 = 90;

/// Deletes events that were handled long ago, and cards that were tried days ago. Returns how many. Events that were not handled are kept, and those of a kind
/// that no code acts on.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "payment.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<u64, sqlx::Error> {
    let mut deleted = in_batches(|limit| event_store::delete_handled(&backend.db, EVENTS_KEPT_DAYS, limit)).await?;
    deleted += in_batches(|limit| card_store::delete_old(&backend.db, limit)).await?;
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::PgPool;

    use super::*;
    use crate::testing::{self, TestBackend};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn purge_deletes_only_old_handled_events(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let write = "
            INSERT INTO stripe_events (id, type, payload, handled_at)
            SELECT 'evt_' || n, 'a', CASE WHEN n = 3 THEN '{\"kept\":1}' ELSE '{}' END, CASE WHEN n <> 2 THEN now() END FROM generate_series(1, 2500) n";
        sqlx::query(write).execute(&backend.db).await.expect("events");
        let days = |days: i32| Duration::from_hours(24) * days.unsigned_abs();
        testing::let_time_pass(&backend.db, days(EVENTS_KEPT_DAYS - 1)).await;
        assert_eq!(purge(&backend).await.expect("purges"), 0);
        testing::let_time_pass(&backend.db, days(1)).await;
        assert_eq!(purge(&backend).await.expect("purges"), 2498, "more than one statement deletes");
        assert_eq!(
            testing::count(&backend.db, "SELECT count(*) FROM stripe_events WHERE id IN ('evt_2', 'evt_3')").await,
            2
        );
    }
}
