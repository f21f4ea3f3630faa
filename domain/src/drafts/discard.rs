//! Discarding a draft.

use model::{AppError, Code, DraftId, UserId};

use super::store;
use crate::{Backend, database};

/// Why the draft was not discarded.
#[derive(Debug, thiserror::Error)]
pub enum DiscardDraftError {
    /// There is no such draft, or it is another user's.
    #[error("there is no such draft")]
    NotFound,
    /// The query failed.
    #[error("the draft was not deleted")]
    Database(#[from] sqlx::Error),
}

/// Deletes a draft of `user`.
///
/// # Errors
///
/// Each variant of [`DiscardDraftError`] is one reason.
#[tracing::instrument(name = "draft.discard", skip_all, fields(user.id = %user, draft.id = %draft))]
pub async fn discard(backend: &Backend, user: UserId, draft: DraftId) -> Result<(), DiscardDraftError> {
    if store::delete(&backend.db, user, draft).await? { Ok(()) } else { Err(DiscardDraftError::NotFound) }
}

impl From<DiscardDraftError> for AppError {
    fn from(error: DiscardDraftError) -> Self {
        match error {
            DiscardDraftError::NotFound => Code::DraftNotFound.into(),
            DiscardDraftError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::tickets::ListingInput;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        drafts::{mine::mine, save::save},
        ids::fresh,
        testing::{self, TestBackend},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn draft_is_discarded_by_its_user_only(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let draft = fresh();
        save(&backend, ana, draft, String::new(), ListingInput::default()).await.expect("saves");
        let refused = discard(&backend, bob, draft).await;
        assert!(matches!(refused, Err(DiscardDraftError::NotFound)), "{refused:?}");
        assert_eq!(mine(&backend.db, ana).await.expect("reads").len(), 1);
        discard(&backend, ana, draft).await.expect("discards");
        assert_eq!(mine(&backend.db, ana).await.expect("reads").len(), 0);
    }
}
