//! Writing the counts.

use std::convert::Infallible;

use model::error::causes;

use super::{FLUSH_INTERVAL, store};
use crate::Backend;

/// Writes the counts of the backend every [`FLUSH_INTERVAL`], until the process ends.
pub async fn run(backend: Backend) -> Infallible {
    loop {
        tokio::time::sleep(FLUSH_INTERVAL).await;
        if let Err(error) = flush(&backend).await {
            tracing::warn!(error.causes = causes(&error), "views of listings were not written");
        }
    }
}

/// Adds the counts to those of today, by one statement. Returns of how many listings. Counts that cannot be written wait
/// for the next time.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "view_counts.flush", skip_all)]
pub async fn flush(backend: &Backend) -> Result<u64, sqlx::Error> {
    let counts = backend.view_counts.take();
    if counts.is_empty() {
        return Ok(0);
    }
    let written = store::add(&backend.db, &counts).await;
    if written.is_err() {
        for (listing, views) in counts {
            backend.view_counts.add(listing, views);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        testing::{self, Listed, wire},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn counts_of_many_are_added_by_one_statement(db: PgPool) {
        let Listed { backend, ana, listing, .. } = Listed::new(db).await;
        let other = testing::listing(&backend, ana).await;
        let (backend, wire) = wire::counted(&backend).await;
        let view = |views: usize, of| (0..views).for_each(|_| backend.view_counts.count(of));
        view(3, listing);
        view(1, other);
        // A listing that a restored database does not have any more.
        view(1, fresh());
        assert_eq!(flush(&backend).await.expect("writes"), 2);
        assert_eq!(flush(&backend).await.expect("writes nothing"), 0);
        view(2, listing);
        let sent = wire.count(async {
            assert_eq!(flush(&backend).await.expect("writes"), 1);
        });
        assert_eq!(sent.await.statements, 1);
        assert_eq!(testing::count(&backend.db, "SELECT max(views) FROM listing_views").await, 5);
        assert_eq!(
            testing::count(
                &backend.db,
                "SELECT count(*) FROM listing_views WHERE day = (now() AT TIME ZONE 'UTC')::date"
            )
            .await,
            2
        );
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn counts_that_are_not_written_wait(db: PgPool) {
        let Listed { backend, listing, .. } = Listed::new(db).await;
        backend.view_counts.count(listing);
        sqlx::raw_sql("ALTER TABLE listing_views RENAME TO away").execute(&backend.db).await.expect("is away");
        flush(&backend).await.expect_err("there is no such table");
        backend.view_counts.count(listing);
        sqlx::raw_sql("ALTER TABLE away RENAME TO listing_views").execute(&backend.db).await.expect("is back");
        assert_eq!(flush(&backend).await.expect("writes"), 1);
        assert_eq!(testing::count(&backend.db, "SELECT views FROM listing_views").await, 2);
    }
}
