//! Requesting a reset link.

use model::{AppError, ResetId, error::Field};

use super::{PAUSE_MINUTES, REQUESTS_PER_HOUR, store};
use crate::{
    Backend,
    auth::email::Email,
    database,
    ids::fresh,
    mail::Mail,
    outbox::{self, Job},
};

/// Why the request was not stored.
#[derive(Debug, thiserror::Error)]
pub enum RequestResetError {
    /// The address is not valid.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// A query that stores the request or its job failed.
    #[error("the request was not stored")]
    Database(#[from] sqlx::Error),
}

/// Stores that a link was requested for an address, and enqueues the mail.
///
/// The job, and not this request, checks whether the address has an account, so that neither the answer
/// nor its duration reveals it. Beyond [`REQUESTS_PER_HOUR`] and one each [`PAUSE_MINUTES`] nothing is
/// stored, and the answer is the same: the link of the last mail is good.
///
/// # Errors
///
/// Each variant of [`RequestResetError`] is one reason.
#[tracing::instrument(name = "auth.request_reset", skip_all)]
pub async fn request_reset(backend: &Backend, email: &str) -> Result<(), RequestResetError> {
    let email = Email::parse(email).map_err(|code| RequestResetError::Invalid(AppError::field(Field::Email, code)))?;
    let id = fresh::<ResetId>();
    let mut tx = backend.begin().await?;
    if store::note_request(&mut tx, id, &email, REQUESTS_PER_HOUR, PAUSE_MINUTES).await? {
        let job = Job::SendMail { mail: Mail::PasswordReset { reset_id: id } };
        outbox::write(&mut tx, &job, None).await?;
    }
    Ok(tx.commit().await?)
}

impl From<RequestResetError> for AppError {
    fn from(error: RequestResetError) -> Self {
        match error {
            RequestResetError::Invalid(problems) => problems,
            RequestResetError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Code;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::reset::{apply::open, send::send_reset},
        testing::{self, Smtp, TestBackend},
    };

    /// The stored rows are the same for an address with an account and one without.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn request_does_the_same_for_unknown_address(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        testing::user(&backend.db, "ana").await;
        for email in ["Ana@example.com", "nobody@example.com"] {
            request_reset(&backend, email).await.expect("is stored");
        }
        let jobs = testing::outbox(&backend.db).await;
        assert_eq!(jobs.len(), 2);
        assert!(jobs.iter().all(|(job, _)| matches!(job, Job::SendMail { mail: Mail::PasswordReset { .. } })));
        let same =
            "SELECT count(*) FROM password_resets WHERE user_id IS NULL AND token_hash IS NULL AND ended_at IS NULL";
        assert_eq!(testing::count(&backend.db, same).await, 2);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn requests_are_limited_per_address_and_hour(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let mut requests = tokio::task::JoinSet::new();
        for _ in 0..3 * REQUESTS_PER_HOUR {
            let backend = backend.clone();
            requests.spawn(async move { request_reset(&backend, "ana@example.com").await.expect("is stored") });
        }
        requests.join_all().await;
        let jobs = async || i64::try_from(testing::outbox(&backend.db).await.len()).expect("few");
        assert_eq!(jobs().await, REQUESTS_PER_HOUR);
        request_reset(&backend, "bob@example.com").await.expect("another address is not limited");
        assert_eq!(jobs().await, REQUESTS_PER_HOUR + 1);
        let open = "SELECT count(*) FROM password_resets WHERE email = 'ana@example.com' AND ended_at IS NULL";
        assert_eq!(testing::count(&backend.db, open).await, 1, "only the last is good");
        testing::let_time_pass(&backend.db, Duration::from_hours(1)).await;
        request_reset(&backend, "ANA@example.com").await.expect("is stored");
        assert_eq!(jobs().await, REQUESTS_PER_HOUR + 2);
    }

    /// Strangers ask all the time. The owner, who asks whenever they like, has a good link in the newest mail.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn owner_is_never_without_a_good_link(db: PgPool) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        testing::user(&backend.db, "ana").await;
        let pause = Duration::from_mins(PAUSE_MINUTES.unsigned_abs().into());
        for _ in 0..12 {
            for _ in 0..2 * REQUESTS_PER_HOUR {
                request_reset(&backend, "ana@example.com").await.expect("is stored");
            }
            for (job, _) in testing::outbox(&backend.db).await {
                let Job::SendMail { mail: Mail::PasswordReset { reset_id } } = job else { continue };
                send_reset(&backend, reset_id).await.expect("sends");
            }
            let mail = smtp.mails().pop().expect("a mail");
            let link = mail.lines().find(|line| line.contains("/reset#")).expect("a link");
            assert!(open(&backend, link).await.expect("reads").is_some(), "{link}");
            testing::let_time_pass(&backend.db, pause / 2).await;
        }
        // An hour in all: five at once, and then one each ten minutes.
        assert!(smtp.mails().len() <= 12, "{}", smtp.mails().len());
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn request_names_the_wrong_field(db: PgPool) {
        let refused = request_reset(&TestBackend::without_stripe(db), "ana").await;
        let refused = AppError::from(refused.expect_err("no address"));
        assert_eq!(refused, AppError::field(Field::Email, Code::InvalidEmail));
    }
}
