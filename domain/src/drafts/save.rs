//! Saving a draft.

use model::{AppError, Code, DraftId, UserId, tickets::ListingInput};

use super::{
    DRAFT_BYTES_MAX, DRAFTS_MAX, FIELD_BYTES_MAX,
    store::{self, Fields},
};
use crate::{Backend, database};

/// Why the draft was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveDraftError {
    /// A field, or all of them together, are longer than a draft may be.
    #[error("the draft is too long")]
    TooLong,
    /// The user has as many drafts as they may.
    #[error("the user has too many drafts")]
    TooMany,
    /// The account was deleted a moment ago.
    #[error("the user has no account")]
    NoAccount,
    /// A query that stores the draft failed.
    #[error("the draft was not stored")]
    Database(#[from] sqlx::Error),
}

/// Saves what `user` has typed as the draft `draft`, which is made if it is not there, or not any more. `event` is the end
/// of the address of the event, if the form is for one that is known.
///
/// Nothing is checked but the length: a draft may be wrong and incomplete.
///
/// # Errors
///
/// Each variant of [`SaveDraftError`] is one reason.
#[tracing::instrument(name = "draft.save", skip_all, fields(user.id = %user, draft.id = %draft))]
pub async fn save(
    backend: &Backend,
    user: UserId,
    draft: DraftId,
    event: String,
    listing: ListingInput,
) -> Result<(), SaveDraftError> {
    let fields = storable(&Fields { event, listing })?;
    if store::update(&backend.db, user, draft, &fields).await? {
        return Ok(());
    }
    let mut tx = backend.begin().await?;
    // The user's other requests wait for it, so that the limit holds.
    if !store::lock_account(&mut tx, user).await? {
        return Err(SaveDraftError::NoAccount);
    }
    // The same form may have been saved meanwhile.
    if !store::update(&mut *tx, user, draft, &fields).await? {
        if store::count(&mut tx, user).await? >= DRAFTS_MAX {
            return Err(SaveDraftError::TooMany);
        }
        store::insert(&mut tx, user, draft, &fields).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The fields without null characters, which PostgreSQL does not store, if they are not too long.
fn storable(fields: &Fields) -> Result<Fields, SaveDraftError> {
    // Texts are always written and read back.
    let mut json = serde_json::to_value(fields).map_err(|_| SaveDraftError::TooLong)?;
    let mut texts = vec![&mut json];
    while let Some(value) = texts.pop() {
        match value {
            serde_json::Value::Object(object) => texts.extend(object.values_mut()),
            serde_json::Value::String(text) => {
                text.retain(|c| c != '\0');
                if text.len() > FIELD_BYTES_MAX {
                    return Err(SaveDraftError::TooLong);
                }
            }
            _ => {}
        }
    }
    if json.to_string().len() > DRAFT_BYTES_MAX {
        return Err(SaveDraftError::TooLong);
    }
    serde_json::from_value(json).map_err(|_| SaveDraftError::TooLong)
}

impl From<SaveDraftError> for AppError {
    fn from(error: SaveDraftError) -> Self {
        match error {
            SaveDraftError::TooLong => Code::TooLong.into(),
            SaveDraftError::TooMany => Code::TooManyDrafts.into(),
            SaveDraftError::NoAccount => Code::NotSignedIn.into(),
            SaveDraftError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{
        drafts::mine::mine,
        ids::fresh,
        testing::{self, TestBackend},
    };

    fn typed(title: &str) -> ListingInput {
        ListingInput { title: title.into(), price: "a lot".into(), ..ListingInput::default() }
    }

    async fn saved(backend: &Backend, user: UserId, draft: DraftId) -> Option<ListingInput> {
        let row = store::find(&backend.db, user, draft).await.expect("reads");
        row.map(|row| row.fields.0.listing)
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn form_that_is_saved_again_is_the_same_draft(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let draft = fresh();
        for title in ["Sigur", "Sigur R\u{0}ós"] {
            save(&backend, ana, draft, String::new(), typed(title)).await.expect("saves");
        }
        assert_eq!(saved(&backend, ana, draft).await, Some(typed("Sigur Rós")), "as typed, valid or not");
        assert_eq!(mine(&backend.db, ana).await.expect("reads").len(), 1);

        assert_eq!(saved(&backend, bob, draft).await, None);
        save(&backend, bob, draft, String::new(), typed("His")).await.expect("saves his own");
        assert_eq!(saved(&backend, ana, draft).await, Some(typed("Sigur Rós")), "hers stays");
        assert_eq!(saved(&backend, bob, draft).await, Some(typed("His")));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn user_has_a_bounded_number_of_drafts(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        // Side by side, so that each counts the others.
        let saves = (0..DRAFTS_MAX + 3).map(|_| save(&backend, ana, fresh(), String::new(), typed("One of many")));
        let outcomes = futures_util::future::join_all(saves).await;
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(SaveDraftError::TooMany))).count();
        assert_eq!(refused, 3, "{outcomes:?}");
        let drafts = mine(&backend.db, ana).await.expect("reads");
        assert_eq!(i64::try_from(drafts.len()), Ok(DRAFTS_MAX));
        save(&backend, ana, drafts[0].id, String::new(), typed("Changed")).await.expect("those there can be changed");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn draft_is_bounded_in_bytes(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        let long = |bytes: usize| "\"".repeat(bytes);
        let most = typed(&long(FIELD_BYTES_MAX));
        save(&backend, ana, fresh(), String::new(), most.clone()).await.expect("the longest field");
        let beyond = typed(&long(FIELD_BYTES_MAX + 1));
        let all = ListingInput { venue: long(FIELD_BYTES_MAX), ..most };
        for too_long in [beyond, all] {
            let refused = save(&backend, ana, fresh(), String::new(), too_long).await;
            assert!(matches!(refused, Err(SaveDraftError::TooLong)), "{refused:?}");
        }
        // What is just allowed here fits into the row.
        let control = "\u{1}".repeat((DRAFT_BYTES_MAX - 400) / 6);
        save(&backend, ana, fresh(), String::new(), typed(&control)).await.expect("fits the row");
    }
}
