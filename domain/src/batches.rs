//! Deleting many rows in short statements.

/// Rows that one statement deletes: it holds their locks for milliseconds.
const BATCH: i64 = 1_000;
/// The most statements in one run. A run a minute keeps up with 1,600 rows a second; after an outage, the next runs
/// continue.
const BATCHES: usize = 100;

/// Calls `delete` with the size of a batch until a batch is not full, up to a bound. Returns how many rows it deleted.
pub(crate) async fn in_batches<F: Future<Output = sqlx::Result<u64>>>(delete: impl Fn(i64) -> F) -> sqlx::Result<u64> {
    let mut deleted = 0;
    for _ in 0..BATCHES {
        let batch = delete(BATCH).await?;
        deleted += batch;
        if batch < BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Deletes from `rows` rows; returns how many it deleted, and in how many batches.
    async fn delete(rows: u64) -> (u64, usize) {
        let (left, batches) = (Cell::new(rows), Cell::new(0));
        let deleted = in_batches(async |limit| {
            let batch = left.get().min(limit.unsigned_abs());
            left.set(left.get() - batch);
            batches.set(batches.get() + 1);
            Ok(batch)
        });
        (deleted.await.expect("deletes"), batches.get())
    }

    #[tokio::test]
    async fn goes_on_until_a_batch_is_not_full() {
        assert_eq!(delete(0).await, (0, 1));
        assert_eq!(delete(2_500).await, (2_500, 3));
        assert_eq!(delete(3_000).await, (3_000, 4));
    }

    #[tokio::test]
    async fn leaves_what_is_past_the_bound_to_the_next_run() {
        assert_eq!(delete(1_000_000).await, (100_000, BATCHES));
    }
}
