//! The relay: it hands due jobs from the outbox to their queue.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

use super::{
    Entry, Job, LEASE, Queue,
    store::{self, Kinds},
};

/// How long a relay sets aside a job of a known kind that it cannot read. It takes no job of an unknown
/// kind.
pub const SET_ASIDE: Duration = Duration::from_mins(10);

/// Why a batch stayed in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum RelayError<E> {
    /// The queue did not accept every job of the batch.
    #[error("the queue did not take the jobs")]
    Queue(#[source] E),
    /// A query that takes or deletes jobs failed.
    #[error("the outbox was not read")]
    Database(#[from] sqlx::Error),
}

/// Hands up to `limit` due jobs of a queue to `push`, and deletes them once the queue has them all.
/// Returns how many. Jobs that this version cannot read stay.
///
/// Delivery is at least once: after a crash between the push and the deletion the jobs are pushed again,
/// with the same ids. No row lock and no connection is held during the push, so a slow queue keeps no
/// connection busy.
///
/// # Errors
///
/// Each variant of [`RelayError`] is one reason. The jobs then stay for the next run.
pub async fn relay<E>(
    db: &PgPool,
    queue: Queue,
    limit: i64,
    push: impl AsyncFnOnce(&[Entry]) -> Result<(), E>,
) -> Result<usize, RelayError<E>> {
    let rows = store::take(db, queue, limit, LEASE, Kinds::KNOWN).await?;
    let (entries, unreadable) = read(rows);
    if !unreadable.is_empty() {
        store::set_aside(db, &unreadable, SET_ASIDE).await?;
    }
    if entries.is_empty() {
        return Ok(0);
    }
    let pushed = push(&entries).await;
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    match pushed {
        Ok(()) => store::delete(db, &ids).await,
        Err(_) => store::give_back(db, &ids).await,
    }?;
    pushed.map(|()| entries.len()).map_err(RelayError::Queue)
}

/// Splits rows into the jobs that this version can read and the ids of the others.
fn read(rows: Vec<store::Row>) -> (Vec<Entry>, Vec<Uuid>) {
    let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
    for store::Row { id, job, traceparent } in rows {
        // First as JSON text: PostgreSQL's numbers have no bounds, and serde_json's do.
        match serde_json::from_str(&job).and_then(|job| Job::read(&job).map(|_| job)) {
            Ok(job) => entries.push(Entry { id, job, traceparent }),
            Err(error) => {
                tracing::debug!(job.id = %id, %error, "a job was set aside: this version cannot read it");
                unreadable.push(id);
            }
        }
    }
    (entries, unreadable)
}

#[cfg(test)]
mod tests {
    use model::{OrderId, PaymentId};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        outbox::{self, Job, schedule},
        testing::{self, TestBackend},
    };

    async fn write(db: &PgPool, jobs: usize) {
        let mut db = db.acquire().await.expect("a connection");
        for _ in 0..jobs {
            outbox::write(&mut db, &Job::ReconcilePayment { payment_id: fresh::<PaymentId>() }, None)
                .await
                .expect("writes");
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn relay_hands_over_each_job_once(db: PgPool) {
        write(&db, 5).await;
        let mut seen = Vec::new();
        for expected in [3, 2, 0] {
            let relayed = relay(&db, Queue::Payments, 3, async |entries: &[Entry]| {
                seen.extend(entries.iter().map(|entry| entry.id));
                Ok::<_, ()>(())
            })
            .await
            .expect("relays");
            assert_eq!(relayed, expected);
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
        assert!(testing::outbox(&db).await.is_empty());
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn relay_keeps_jobs_when_queue_refuses(db: PgPool) {
        write(&db, 2).await;
        for _ in 0..2 {
            let refused = relay(&db, Queue::Payments, 10, async |_: &[Entry]| Err("the queue is down")).await;
            assert!(matches!(refused, Err(RelayError::Queue(_))), "offered again at once: {refused:?}");
        }
        assert_eq!(testing::outbox(&db).await.len(), 2);
    }

    /// Proves the lease: without it two relays push the same jobs, and with a lease that never ends the
    /// jobs of a relay that dies are stuck.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn relay_skips_jobs_leased_to_another(db: PgPool) {
        write(&db, 2).await;
        let died = store::take(&db, Queue::Payments, 10, LEASE, Kinds::KNOWN).await.expect("takes");
        assert_eq!(died.len(), 2);
        let relayed = async || relay(&db, Queue::Payments, 10, async |_: &[Entry]| Ok::<_, ()>(())).await;
        assert_eq!(relayed().await.expect("relays"), 0);
        testing::let_time_pass(&db, LEASE).await;
        assert_eq!(relayed().await.expect("relays"), 2);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn relay_hands_over_due_jobs_per_queue(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let order_id = fresh::<OrderId>();
        let in_an_hour = testing::now() + Duration::from_hours(1);
        schedule(&backend, &Job::ExpireOrder { order_id }, Some(in_an_hour)).await.expect("writes");
        write(&backend.db, 1).await;

        let relayed =
            async |queue| relay(&backend.db, queue, 10, async |_: &[Entry]| Ok::<_, ()>(())).await.expect("relays");
        assert_eq!((relayed(Queue::Expiry).await, relayed(Queue::Payments).await), (0, 1));
        testing::let_time_pass(&backend.db, Duration::from_hours(1)).await;
        assert_eq!((relayed(Queue::Expiry).await, relayed(Queue::Payments).await), (1, 0));
    }
}
