//! Purging drafts that were left.

use super::{DRAFTS_KEPT_DAYS, store};
use crate::{Backend, batches::in_batches};

/// Deletes the drafts that were not saved for [`DRAFTS_KEPT_DAYS`]. Returns how many.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "draft.purge", skip_all)]
pub async fn purge(backend: &Backend) -> Result<u64, sqlx::Error> {
    in_batches(|limit| store::delete_old(&backend.db, DRAFTS_KEPT_DAYS, limit)).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::tickets::ListingInput;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        drafts::{mine::mine, save::save},
        ids::fresh,
        testing::{self, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn draft_goes_when_it_was_not_saved_for_long(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let (left, changed) = (fresh(), fresh());
        for draft in [left, changed] {
            save(&backend, ana, draft, String::new(), ListingInput::default()).await.expect("saves");
        }
        let days = |days: i32| Duration::from_hours(24 * u64::from(days.unsigned_abs()));
        testing::let_time_pass(&backend.db, days(DRAFTS_KEPT_DAYS - 1)).await;
        assert_eq!(purge(&backend).await.expect("purges"), 0);
        save(&backend, ana, changed, String::new(), ListingInput::default()).await.expect("saves");
        testing::let_time_pass(&backend.db, days(1)).await;
        assert_eq!(purge(&backend).await.expect("purges"), 1);
        assert_eq!(mine(&backend.db, ana).await.expect("reads")[0].id, changed);
    }
}
