//! The waitlists that a user is on.

use model::{AppError, UserId, waitlist::WaitlistEntry};

use super::store;
use crate::{Backend, database, tickets::event_time};

/// The query that reads the waitlists failed.
#[derive(Debug, thiserror::Error)]
#[error("the waitlists were not read")]
pub struct MyWaitlistsError(#[from] sqlx::Error);

/// Every listing that `user` waits for, soonest event first. There are at most
/// [`max_waitlists_per_user`](crate::backend::Rules::max_waitlists_per_user) of them.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(backend: &Backend, user: UserId) -> Result<Vec<WaitlistEntry>, MyWaitlistsError> {
    let rows = store::of_user(&backend.db, user).await?;
    let waiting = |row: store::EntryRow| WaitlistEntry {
        listing: row.listing,
        wanted: usize::try_from(row.wanted).unwrap_or_default(),
        title: row.title,
        starts: event_time::view(row.starts_at, &row.time_zone),
        position: row.position,
    };
    Ok(rows.into_iter().map(waiting).collect())
}

impl From<MyWaitlistsError> for AppError {
    fn from(MyWaitlistsError(error): MyWaitlistsError) -> Self {
        database::public_code(&error).into()
    }
}
