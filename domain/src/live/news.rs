//! Snapshots of tickets.

use model::{AppError, TicketId, live::TicketNews};

use crate::{Backend, database, tickets};

/// Why there are no snapshots.
#[derive(Debug, thiserror::Error)]
pub enum NewsError {
    /// The query that reads the tickets failed.
    #[error("the tickets were not read")]
    Database(#[from] sqlx::Error),
}

/// Snapshots of `ids` at this moment, in no particular order; unknown ids are left out. They are public.
///
/// # Errors
///
/// Each variant of [`NewsError`] is one reason.
pub async fn news(backend: &Backend, ids: &[TicketId]) -> Result<Vec<TicketNews>, NewsError> {
    let rows = tickets::store::find_all(&backend.db, ids).await?;
    let news = rows.into_iter().map(|row| TicketNews {
        id: row.id,
        as_of_us: row.as_of_us(),
        version: row.version,
        availability: row.availability(&backend.rules),
        line_length: row.line_length,
    });
    Ok(news.collect())
}

impl From<NewsError> for AppError {
    fn from(error: NewsError) -> Self {
        match error {
            NewsError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Money, tickets::Availability};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        line::join::join,
        orders::lock::lock,
        testing::{self, TestBackend},
        tickets::show::show,
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn snapshot_equals_the_tickets_page(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let users = testing::users(&backend.db, 3).await;
        let (locked, free) = (testing::ticket(&backend, users[0]).await, testing::ticket(&backend, users[0]).await);
        lock(&backend, users[1], locked, Money::usd(4950)).await.expect("locks");
        join(&backend, users[2], locked).await.expect("joins");

        let found = news(&backend, &[locked, free, fresh::<TicketId>()]).await.expect("reads");
        assert_eq!(found.len(), 2);
        for news in found {
            let page = show(&backend, None, news.id).await.expect("shows");
            assert_eq!(news.availability, page.card.availability);
            assert_eq!((news.version, news.line_length), (page.version, page.line.length));
            assert_eq!(news.availability == Availability::OnSale, news.id == free);
        }
    }
}
