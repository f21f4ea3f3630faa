//! Purging old counts.

use super::{VIEWS_KEPT_DAYS, store};
use crate::{Backend, batches::in_batches};

/// Deletes the counts of days more than [`VIEWS_KEPT_DAYS`] ago. Returns how many.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "view_counts.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<u64, sqlx::Error> {
    in_batches(|limit| store::delete_old(&backend.db, VIEWS_KEPT_DAYS, limit)).await
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::testing::{self, Listed};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn old_days_are_deleted(db: PgPool) {
        let Listed { backend, listing, .. } = Listed::new(db).await;
        for days in [0, VIEWS_KEPT_DAYS, VIEWS_KEPT_DAYS + 1, VIEWS_KEPT_DAYS + 9] {
            sqlx::query("INSERT INTO listing_views (listing_id, day, views) VALUES ($1, (now() AT TIME ZONE 'UTC')::date - $2, 1)")
                .bind(listing.as_uuid())
                .bind(days)
                .execute(&backend.db)
                .await
                .expect("a day");
        }
        assert_eq!(purge(&backend).await.expect("purges"), 2);
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM listing_views").await, 2);
    }
}
