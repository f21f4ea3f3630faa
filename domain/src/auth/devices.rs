//! The devices where a user is signed in, and signing them out remotely.

use model::{AppError, Code, SessionId, UserId, auth::DeviceView};

use super::{session::SessionToken, store};
use crate::{Backend, database, timestamp};

/// The most devices that are listed. Signing out everywhere else ends the sessions beyond it too.
const LISTED: i64 = 50;

/// Why the devices were not listed, or none was signed out.
#[derive(Debug, thiserror::Error)]
pub enum DevicesError {
    /// The user has no such session.
    #[error("there is no such session")]
    NotFound,
    /// A query that reads or deletes sessions failed.
    #[error("the sessions were not read or ended")]
    Database(#[from] sqlx::Error),
}

/// The live sessions of `user`, the one used last first. `here` is the session of the browser that asks.
///
/// # Errors
///
/// Each variant of [`DevicesError`] is one reason.
pub async fn devices(backend: &Backend, user: UserId, here: &SessionToken) -> Result<Vec<DeviceView>, DevicesError> {
    let sessions = store::sessions_of(&backend.db, user, here, LISTED).await?;
    let view = |session: store::SessionRow| DeviceView {
        id: session.id,
        device: session.device,
        signed_in_at: timestamp::date_and_time(session.created_at),
        last_seen_at: timestamp::date_and_time(session.last_seen_at),
        is_this: session.is_this,
    };
    Ok(sessions.into_iter().map(view).collect())
}

/// Signs out one device.
///
/// # Errors
///
/// Each variant of [`DevicesError`] is one reason.
#[tracing::instrument(name = "auth.end_session", skip_all, fields(user.id = %user))]
pub async fn end_session(backend: &Backend, user: UserId, session: SessionId) -> Result<(), DevicesError> {
    match store::delete_session_of(&backend.db, user, session).await? {
        0 => Err(DevicesError::NotFound),
        _ => Ok(()),
    }
}

/// Signs out all devices except the one that asks.
///
/// # Errors
///
/// Each variant of [`DevicesError`] is one reason.
#[tracing::instrument(name = "auth.end_other_sessions", skip_all, fields(user.id = %user))]
pub async fn end_other_sessions(backend: &Backend, user: UserId, here: &SessionToken) -> Result<u64, DevicesError> {
    Ok(store::delete_other_sessions(&backend.db, user, here).await?)
}

impl From<DevicesError> for AppError {
    fn from(error: DevicesError) -> Self {
        match error {
            DevicesError::NotFound => Code::SessionNotFound.into(),
            DevicesError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::auth::Credentials;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::{browser::Browser, session::IDLE_DAYS, sign_in::sign_in},
        current_user::current_user,
        testing::{self, TestBackend, sign_up},
    };

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

    fn credentials(name: &str) -> Credentials {
        Credentials { email: format!("{name}@example.com"), password: "correct horse".into() }
    }

    async fn signed_up(backend: &Backend, name: &str) -> (UserId, SessionToken) {
        let token = sign_up(backend, &credentials(name), &Browser::new(FIREFOX, None)).await.expect("signs up");
        (current_user(backend, &token).await.expect("the database answers").expect("signed in").id, token)
    }

    async fn signed_in(backend: &Backend, name: &str, browser: &Browser) -> SessionToken {
        sign_in(backend, &credentials(name), [192, 0, 2, 1].into(), browser).await.expect("signs in")
    }

    async fn is_signed_in(backend: &Backend, token: &SessionToken) -> bool {
        current_user(backend, token).await.expect("the database answers").is_some()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn devices_lists_live_sessions(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, old) = signed_up(&backend, "ana").await;
        signed_up(&backend, "bob").await;
        testing::let_time_pass(&backend.db, Duration::from_hours(24)).await;
        let here = signed_in(&backend, "ana", &Browser::new("curl/8.5.0", None)).await;
        let listed = devices(&backend, ana, &here).await.expect("lists");
        let words: Vec<_> = listed.iter().map(|device| (device.device.as_str(), device.is_this)).collect();
        assert_eq!(words, [("curl", true), ("Firefox on Linux", false)]);

        testing::let_time_pass(&backend.db, Duration::from_hours(24) * (IDLE_DAYS.unsigned_abs() - 1)).await;
        let here = signed_in(&backend, "ana", &Browser::default()).await;
        assert!(!is_signed_in(&backend, &old).await);
        assert_eq!(devices(&backend, ana, &here).await.expect("lists").len(), 2, "an idle session is over");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn end_session_ends_own_session_only(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, here) = signed_up(&backend, "ana").await;
        let (bob, bobs) = signed_up(&backend, "bob").await;
        let elsewhere = signed_in(&backend, "ana", &Browser::default()).await;
        let other = devices(&backend, ana, &here).await.expect("lists").into_iter().find(|device| !device.is_this);
        let other = other.expect("two devices").id;

        assert!(matches!(end_session(&backend, bob, other).await, Err(DevicesError::NotFound)));
        assert!(is_signed_in(&backend, &elsewhere).await);
        end_session(&backend, ana, other).await.expect("ends");
        assert!(!is_signed_in(&backend, &elsewhere).await);
        assert!(matches!(end_session(&backend, ana, other).await, Err(DevicesError::NotFound)));
        assert!(is_signed_in(&backend, &here).await && is_signed_in(&backend, &bobs).await);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn end_other_sessions_keeps_this_one(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, here) = signed_up(&backend, "ana").await;
        let (_, bobs) = signed_up(&backend, "bob").await;
        for _ in 0..3 {
            signed_in(&backend, "ana", &Browser::default()).await;
        }
        assert_eq!(end_other_sessions(&backend, ana, &here).await.expect("ends"), 3);
        assert!(is_signed_in(&backend, &here).await && is_signed_in(&backend, &bobs).await);
    }

    /// Proves that a sign-in replaces its browser's session: without that the old token stays good.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sign_in_replaces_the_browsers_session(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (_, first) = signed_up(&backend, "ana").await;
        let (_, bobs) = signed_up(&backend, "bob").await;
        let second = signed_in(&backend, "ana", &Browser::new(FIREFOX, Some(first.clone()))).await;
        assert!(!is_signed_in(&backend, &first).await && is_signed_in(&backend, &second).await);
        // Another account signs in at the same browser: its session replaces this one too.
        let third = signed_in(&backend, "bob", &Browser::new(FIREFOX, Some(second.clone()))).await;
        assert!(!is_signed_in(&backend, &second).await && is_signed_in(&backend, &third).await);
        assert!(is_signed_in(&backend, &bobs).await, "at another browser");
    }
}
