//! The user of a session, and their order whose tickets are locked.
//!
//! Every request of a signed-in user needs this. One query reads both, so this module is beside the
//! modules whose tables it reads.

mod store;

use model::{AppError, auth::CurrentUser, orders::LockedOrder};

use self::store::SessionRow;
use crate::{
    Backend,
    auth::{self, session::SessionToken},
    database, timestamp,
};

/// The query that reads the session failed.
#[derive(Debug, thiserror::Error)]
#[error("the session was not read")]
pub struct CurrentUserError(#[from] sqlx::Error);

/// The user of a session token; `None` if the session was ended, was idle for
/// [`IDLE_DAYS`](crate::auth::session::IDLE_DAYS) or is older than
/// [`ABSOLUTE_DAYS`](crate::auth::session::ABSOLUTE_DAYS).
///
/// # Errors
///
/// When the database does not answer.
pub async fn current_user(backend: &Backend, token: &SessionToken) -> Result<Option<CurrentUser>, CurrentUserError> {
    let Some(session) = store::find_session(&backend.db, token).await? else {
        return Ok(None);
    };
    if session.is_stale {
        auth::store::touch_session(&backend.db, token).await?;
    }
    Ok(Some(view(session)))
}

fn view(session: SessionRow) -> CurrentUser {
    let locked_order = match (session.order_id, session.title, session.expires_at) {
        (Some(order), Some(title), Some(until)) => Some(LockedOrder {
            order,
            title,
            is_offer: session.is_offer == Some(true),
            left_ms: i64::try_from((until - session.now).whole_milliseconds()).unwrap_or(i64::MAX),
            until: timestamp::time_of_day(until),
        }),
        _ => None,
    };
    CurrentUser {
        id: session.id,
        email: session.email,
        role: session.role,
        is_verified: session.email_verified_at.is_some(),
        has_second_factor: session.has_second_factor,
        locked_order,
        is_waiting: session.is_waiting,
        is_watching: session.is_watching,
    }
}

impl From<CurrentUserError> for AppError {
    fn from(CurrentUserError(error): CurrentUserError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::auth::Credentials;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::{
            browser::Browser,
            session::{ABSOLUTE_DAYS, IDLE_DAYS},
        },
        testing::{self, TestBackend, sign_up},
    };

    const DAY: Duration = Duration::from_hours(24);

    async fn with_session(db: PgPool) -> (Backend, SessionToken) {
        let backend = TestBackend::without_stripe(db);
        let credentials = Credentials { email: "ana@example.com".into(), password: "correct horse".into() };
        let token = sign_up(&backend, &credentials, &Browser::default()).await.expect("a new account");
        (backend, token)
    }

    async fn is_signed_in(backend: &Backend, token: &SessionToken) -> bool {
        current_user(backend, token).await.expect("the database answers").is_some()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn idle_session_is_signed_out(db: PgPool) {
        let (backend, token) = with_session(db).await;
        testing::let_time_pass(&backend.db, DAY * (IDLE_DAYS.unsigned_abs() - 1)).await;
        assert!(is_signed_in(&backend, &token).await);
        // That read counts as use: the idle time starts again.
        testing::let_time_pass(&backend.db, DAY * (IDLE_DAYS.unsigned_abs() - 1)).await;
        assert!(is_signed_in(&backend, &token).await);
        testing::let_time_pass(&backend.db, DAY * IDLE_DAYS.unsigned_abs()).await;
        assert!(!is_signed_in(&backend, &token).await);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn old_session_is_signed_out_even_when_used(db: PgPool) {
        let (backend, token) = with_session(db).await;
        for _ in 0..ABSOLUTE_DAYS - 1 {
            testing::let_time_pass(&backend.db, DAY).await;
            assert!(is_signed_in(&backend, &token).await);
        }
        testing::let_time_pass(&backend.db, DAY).await;
        assert!(!is_signed_in(&backend, &token).await);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn unknown_token_is_signed_out(db: PgPool) {
        let (backend, _) = with_session(db).await;
        assert!(!is_signed_in(&backend, &SessionToken::generate()).await);
    }
}
