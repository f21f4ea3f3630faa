//! Changing and ending a watch.

use model::{AppError, UserId, WatchId};

use super::store;
use crate::{Backend, database};

/// The query that changes the watch failed.
#[derive(Debug, thiserror::Error)]
#[error("the watch was not changed")]
pub struct ChangeWatchError(#[from] sqlx::Error);

/// Tells the news of a watch of `user` at once from now on, or once a day. It is no error if there is no such watch: it may
/// have ended with its event.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "watching.set_at_once", skip_all, fields(user.id = %user, watch.id = %watch))]
pub async fn set_at_once(
    backend: &Backend,
    user: UserId,
    watch: WatchId,
    at_once: bool,
) -> Result<(), ChangeWatchError> {
    Ok(store::set_at_once(&backend.db, user, watch, at_once).await?)
}

/// Ends a watch of `user`. It is no error if there is no such watch: the user may have sent the form twice.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "watching.stop", skip_all, fields(user.id = %user, watch.id = %watch))]
pub async fn stop(backend: &Backend, user: UserId, watch: WatchId) -> Result<(), ChangeWatchError> {
    Ok(store::delete(&backend.db, user, watch).await?)
}

impl From<ChangeWatchError> for AppError {
    fn from(ChangeWatchError(error): ChangeWatchError) -> Self {
        database::public_code(&error).into()
    }
}
