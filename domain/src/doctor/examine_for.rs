//! The doctor's report for an operator at a browser.

use model::{AppError, Code, auth::CurrentUser, doctor::Report};

use super::examine::{ExamineError, examine_with_role};
use crate::Backend;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ExamineForError {
    /// The user is not an operator, and told of no page, or has shown no second factor.
    #[error("the visitor is not an operator with a second factor")]
    Refused(Code),
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
    user.ok_or(Code::NotFound).and_then(CurrentUser::operator).map_err(ExamineForError::Refused)?;
    examine_with_role(&backend.db).await.map_err(ExamineForError::Examine)
}

impl From<ExamineForError> for AppError {
    fn from(error: ExamineForError) -> Self {
        match error {
            ExamineForError::Refused(code) => code.into(),
            ExamineForError::Examine(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{UserId, auth::Role};
    use sqlx::PgPool;

    use super::*;
    use crate::{ids::fresh, testing::TestBackend};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn only_operators_get_the_report(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let person = |role, has_second_factor| CurrentUser {
            id: fresh::<UserId>(),
            email: "olga@example.com".to_owned(),
            role,
            is_verified: true,
            has_second_factor,
            locked_order: None,
            is_waiting: false,
            is_watching: false,
        };
        examine_for(&backend, Some(&person(Role::Operator, true))).await.expect("an operator");
        for (stranger, code) in [
            (None, Code::NotFound),
            (Some(person(Role::Member, true)), Code::NotFound),
            (Some(person(Role::Operator, false)), Code::SecondFactorNeeded),
        ] {
            let refused = examine_for(&backend, stranger.as_ref()).await.expect_err("refused");
            assert_eq!(AppError::from(refused), code.into(), "{stranger:?}");
        }
    }
}
