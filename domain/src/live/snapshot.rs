//! Snapshots of listings.

use model::{AppError, EventId, ListingId, live::ListingUpdate};

use super::store;
use crate::{Backend, database, tickets};

/// The most listings of one event that its page is told about.
const LISTINGS_OF_EVENT_MAX: i64 = 1_000;

/// The public state of a listing, and the event that it is for.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The event.
    pub event: EventId,
    /// The state.
    pub update: ListingUpdate,
}

/// Why there are no snapshots.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The query that reads the listings failed.
    #[error("the listings were not read")]
    Database(#[from] sqlx::Error),
}

/// Snapshots of `ids` at this moment, in no particular order; unknown ids are left out. They are public.
///
/// # Errors
///
/// Each variant of [`SnapshotError`] is one reason.
pub async fn snapshots(backend: &Backend, ids: &[ListingId]) -> Result<Vec<Snapshot>, SnapshotError> {
    let rows = tickets::store::find_all(&backend.db, ids).await?;
    Ok(rows.iter().map(|row| Snapshot { event: row.event_id, update: row.update(&backend.rules) }).collect())
}

/// The listings of `events` that have tickets to buy or to wait for, at most 1,000 of each.
///
/// # Errors
///
/// Each variant of [`SnapshotError`] is one reason.
pub async fn listings_of(backend: &Backend, events: &[EventId]) -> Result<Vec<ListingId>, SnapshotError> {
    Ok(store::listings_of(&backend.db, events, LISTINGS_OF_EVENT_MAX).await?)
}

impl From<SnapshotError> for AppError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Database(error) => database::public_code(&error).into(),
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
        testing::{self, TestBackend},
        tickets::show::show,
        waitlist::join::join,
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn snapshot_equals_the_tickets_page(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let users = testing::users(&backend.db, 3).await;
        let (locked, free) = (testing::listing(&backend, users[0]).await, testing::listing(&backend, users[0]).await);
        testing::lock_one(&backend, users[1], locked, Money::usd(4950)).await.expect("locks");
        join(&backend, users[2], locked, 1).await.expect("joins");

        let found = snapshots(&backend, &[locked, free, fresh::<ListingId>()]).await.expect("reads");
        assert_eq!(found.len(), 2);
        for Snapshot { update, .. } in found {
            let page = show(&backend, None, update.id).await.expect("shows");
            assert_eq!(update.availability, page.card.availability);
            assert_eq!((update.version, update.waitlist_length), (page.version, page.waitlist.length));
            assert_eq!(update.availability == Availability::OnSale, update.id == free);
        }
    }
}
