//! The doctor's report for an operator at a browser.

use model::{
    AppError, Code,
    auth::{CurrentUser, Role},
    doctor::Report,
};

use super::examine::{ExamineError, examine_with_role};
use crate::Backend;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ExamineForError {
    /// The user is not an operator. The public error is the one of a page that does not exist.
    #[error("the visitor is not an operator")]
    NotAnOperator,
    /// The doctor's examination failed.
    #[error("the shop was not examined for the operator")]
    Examine(#[source] ExamineError),
}

/// Examines the shop, if the user who asks is an operator.
///
/// # Errors
///
/// Each variant of [`ExamineForError`] is one reason.
pub async fn examine_for(backend: &Backend, user: Option<&CurrentUser>) -> Result<Report, ExamineForError> {
    if !user.is_some_and(|user| user.role == Role::Operator) {
        return Err(ExamineForError::NotAnOperator);
    }
    examine_with_role(&backend.db).await.map_err(ExamineForError::Examine)
}

impl From<ExamineForError> for AppError {
    fn from(error: ExamineForError) -> Self {
        match error {
            ExamineForError::NotAnOperator => Code::NotFound.into(),
            ExamineForError::Examine(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::UserId;
    use sqlx::PgPool;

    use super::*;
    use crate::{ids::fresh, testing::TestBackend};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn only_operators_get_the_report(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let person = |role| CurrentUser {
            id: fresh::<UserId>(),
            email: "olga@example.com".to_owned(),
            role,
            is_verified: true,
            offer: None,
            is_waiting: false,
            is_watching: false,
        };
        examine_for(&backend, Some(&person(Role::Operator))).await.expect("an operator");
        for stranger in [None, Some(person(Role::Member))] {
            let refused = examine_for(&backend, stranger.as_ref()).await;
            assert!(matches!(refused, Err(ExamineForError::NotAnOperator)), "{stranger:?}");
        }
    }
}
