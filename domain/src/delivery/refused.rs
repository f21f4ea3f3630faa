//! The tickets that were refused because another listing has them, for an operator at a browser.

use model::{
    AppError, Code,
    auth::CurrentUser,
    delivery::{REFUSED_TWINS_MAX, RefusedTwin, TwinListing},
};

use super::twin_store::{self, RefusedRow};
use crate::{Backend, database, timestamp};

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum RefusedTwinsError {
    /// The user is not an operator, and told of no page, or has shown no second factor.
    #[error("the visitor is not an operator with a second factor")]
    Refused(Code),
    /// The query that reads them failed.
    #[error("the refused tickets were not read")]
    Database(#[from] sqlx::Error),
}

/// The newest of them, if the user who asks is an operator.
///
/// # Errors
///
/// Each variant of [`RefusedTwinsError`] is one reason.
pub async fn refused_twins_for(
    backend: &Backend,
    user: Option<&CurrentUser>,
) -> Result<Vec<RefusedTwin>, RefusedTwinsError> {
    user.ok_or(Code::NotFound).and_then(CurrentUser::operator).map_err(RefusedTwinsError::Refused)?;
    let rows = twin_store::newest_refused(&backend.db, i64::try_from(REFUSED_TWINS_MAX).unwrap_or(i64::MAX)).await?;
    Ok(rows.into_iter().map(view).collect())
}

fn view(row: RefusedRow) -> RefusedTwin {
    RefusedTwin {
        title: row.title,
        refused: TwinListing { listing: row.listing_id, seller: row.email },
        other: TwinListing { listing: row.other_listing_id, seller: row.other_email },
        times: row.times,
        last: timestamp::date_and_time(row.last_at),
    }
}

impl From<RefusedTwinsError> for AppError {
    fn from(error: RefusedTwinsError) -> Self {
        match error {
            RefusedTwinsError::Refused(code) => code.into(),
            RefusedTwinsError::Database(error) => database::public_code(&error).into(),
        }
    }
}
