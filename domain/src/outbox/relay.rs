//! Handing the outbox to the queue.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Job, store};

/// A job on its way to the queue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id, at the queue too: a push repeated after a crash is refused there.
    pub id: Uuid,
    /// What to do.
    pub job: Job,
    /// When.
    pub run_at: OffsetDateTime,
}

/// Why a batch stayed in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum RelayError<E> {
    /// The queue took less than all of it.
    #[error("the queue did not take the jobs")]
    Queue(#[source] E),
    /// The database.
    #[error("the outbox was not read")]
    Database(#[source] sqlx::Error),
}

/// Hands up to `limit` jobs to `push` and deletes them once it has them all. Returns how many.
///
/// At least once: a crash between the push and the commit pushes them again, under the same ids.
///
/// # Errors
///
/// See [`RelayError`]. The jobs then stay for the next time.
pub async fn relay<E>(
    db: &PgPool,
    limit: i64,
    push: impl AsyncFnOnce(&[Entry]) -> Result<(), E>,
) -> Result<usize, RelayError<E>> {
    let mut tx = db.begin().await.map_err(RelayError::Database)?;
    let entries = store::take(&mut tx, limit).await.map_err(RelayError::Database)?;
    if entries.is_empty() {
        return Ok(0);
    }
    push(&entries).await.map_err(RelayError::Queue)?;
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    store::delete(&mut *tx, &ids).await.map_err(RelayError::Database)?;
    tx.commit().await.map_err(RelayError::Database)?;
    Ok(entries.len())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{PaymentId, testing};

    async fn write(db: &PgPool, jobs: usize) {
        let mut db = db.acquire().await.expect("a connection");
        for _ in 0..jobs {
            store::insert(&mut db, &Job::ReconcilePayment { payment_id: PaymentId::new() }, None)
                .await
                .expect("writes");
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn hands_over_each_job_once(db: PgPool) {
        write(&db, 5).await;
        let mut seen = Vec::new();
        for expected in [3, 2, 0] {
            let relayed = relay(&db, 3, async |entries: &[Entry]| {
                seen.extend(entries.iter().map(|entry| entry.id));
                Ok::<_, ()>(())
            })
            .await
            .expect("relays");
            assert_eq!(relayed, expected);
        }
        seen.dedup();
        assert_eq!(seen.len(), 5);
        assert!(testing::outbox(&db).await.is_empty());
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn keeps_what_the_queue_did_not_take(db: PgPool) {
        write(&db, 2).await;
        let refused = relay(&db, 10, async |_: &[Entry]| Err("the queue is down")).await;
        assert!(matches!(refused, Err(RelayError::Queue(_))));
        assert_eq!(testing::outbox(&db).await.len(), 2);
    }
}
