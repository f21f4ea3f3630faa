//! The lines that somebody stands in.

use model::{AppError, UserId, line::Waiting};

use super::store;
use crate::{Backend, database};

/// The lines were not read.
#[derive(Debug, thiserror::Error)]
#[error("the lines were not read")]
pub struct MyLinesError(#[from] sqlx::Error);

/// Every ticket that `user` waits for, soonest event first. There are at most
/// [`max_line_places`](crate::backend::Rules::max_line_places) of them.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(backend: &Backend, user: UserId) -> Result<Vec<Waiting>, MyLinesError> {
    Ok(store::of_user(&backend.db, user).await?)
}

impl From<MyLinesError> for AppError {
    fn from(MyLinesError(error): MyLinesError) -> Self {
        database::public_code(&error).into()
    }
}
