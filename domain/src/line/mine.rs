//! The waitlists that a user is on.

use model::{AppError, UserId, line::Waiting};

use super::store;
use crate::{Backend, database, tickets::event_time};

/// The query that reads the waitlists failed.
#[derive(Debug, thiserror::Error)]
#[error("the waitlists were not read")]
pub struct MyLinesError(#[from] sqlx::Error);

/// Every ticket that `user` waits for, soonest event first. There are at most
/// [`max_line_places`](crate::backend::Rules::max_line_places) of them.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(backend: &Backend, user: UserId) -> Result<Vec<Waiting>, MyLinesError> {
    let rows = store::of_user(&backend.db, user).await?;
    let waiting = |row: store::WaitingRow| Waiting {
        ticket: row.ticket,
        title: row.title,
        starts: event_time::view(row.starts_at, &row.time_zone),
        place: row.place,
    };
    Ok(rows.into_iter().map(waiting).collect())
}

impl From<MyLinesError> for AppError {
    fn from(MyLinesError(error): MyLinesError) -> Self {
        database::public_code(&error).into()
    }
}
