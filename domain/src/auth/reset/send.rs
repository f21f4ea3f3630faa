//! Mailing a reset link.

use model::{ResetId, error::causes};
use platform::mail::SendError;

use super::{LINK_MINUTES, ResetToken, store};
use crate::{Backend, auth::email::Email, mail::templates};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendResetError {
    /// The mail server did not accept the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// A query that reads or updates the request failed.
    #[error("the request was not read")]
    Database(#[from] sqlx::Error),
}

/// Makes the token of a request and mails it, unless it was mailed already, the address has no account,
/// or a later request replaced this one.
///
/// When it is unknown whether a mail arrived, it is sent again with another token; the later token is the
/// valid one.
///
/// # Errors
///
/// Each variant of [`SendResetError`] is one reason. The job can be retried.
#[tracing::instrument(name = "auth.send_reset", skip_all, fields(reset.id = %id))]
pub async fn send_reset(backend: &Backend, id: ResetId) -> Result<(), SendResetError> {
    let token = ResetToken::generate();
    let armed = {
        let mut db = backend.db.acquire().await?;
        store::arm(&mut db, id, &token).await?
    };
    let Some(address) = armed else { return Ok(()) };
    // A browser sends no one what stands behind the #.
    let link = format!("{}#{}", backend.mail.page("/reset"), token.expose());
    let message = templates::password_reset(&link, LINK_MINUTES);
    let sent = match Email::parse(&address) {
        Ok(email) => backend.mail.send(email.into_address(), message).await,
        // An account of an earlier version.
        Err(_) => Err(SendError::Unwritable),
    };
    match sent {
        Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
        sent => sent.map_err(SendResetError::Send)?,
    }
    store::mark_sent(&backend.db, &token).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::reset::{apply::reset_password, request::request_reset},
        outbox::Job,
        testing::{self, Smtp, TestBackend},
    };

    /// The request of the newest job.
    async fn asked(backend: &Backend, email: &str) -> ResetId {
        request_reset(backend, email).await.expect("is stored");
        match testing::outbox(&backend.db).await.pop() {
            Some((Job::SendMail { mail: crate::mail::Mail::PasswordReset { reset_id } }, _)) => reset_id,
            other => panic!("expected a mail job, found {other:?}"),
        }
    }

    fn token(mail: &str) -> &str {
        mail.split_once("/reset#").expect("a link").1.get(..64).expect("a whole token")
    }

    fn parsed(token: &str) -> ResetToken {
        ResetToken::parse(token).expect("a token")
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mailed_token_is_not_stored(db: PgPool) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        testing::user(&backend.db, "ana").await;
        let id = asked(&backend, "ANA@example.com").await;
        send_reset(&backend, id).await.expect("sends");
        send_reset(&backend, id).await.expect("a second time sends nothing");
        let mails = smtp.mails();
        assert_eq!(mails.len(), 1);
        let head = mails[0].split_once("\n\n").expect("a head and a body").0;
        for header in [
            "From: ",
            "To: ana@example.com",
            "Date: ",
            "Message-ID: <",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(head.lines().any(|line| line.starts_with(header)), "{header} is not in {head}");
        }
        let id = head.lines().find(|line| line.starts_with("Message-ID: ")).expect("an id");
        assert!(id.ends_with("@gittix.example>"), "{id}");
        let link = format!("https://gittix.example/reset#{}", token(&mails[0]));
        assert!(mails[0].lines().any(|line| line == link), "the link stands whole on one line: {}", mails[0]);
        assert_eq!(smtp.lines()[0], "EHLO gittix.example");
        let stored: String = sqlx::query_scalar("SELECT (SELECT string_agg(r::text, '') FROM password_resets r) || (SELECT string_agg(o::text, '') FROM outbox o)")
            .fetch_one(&backend.db)
            .await
            .expect("rows");
        assert!(!stored.contains(token(&mails[0])), "{stored}");
        reset_password(&backend, &parsed(token(&mails[0])), "a new horse").await.expect("the link works");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn retried_mail_carries_another_token(db: PgPool) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        testing::user(&backend.db, "ana").await;
        let id = asked(&backend, "ana@example.com").await;
        smtp.answer("451 4.3.0 ana@example.com: try later");
        let failed = send_reset(&backend, id).await.expect_err("fails, to be retried");
        assert!(!causes(&failed).contains("ana@"), "{}", causes(&failed));
        smtp.answer("250 ok");
        send_reset(&backend, id).await.expect("sends");
        let mails = smtp.mails();
        assert_eq!(mails.len(), 2, "the server read the first one and refused it");
        let spoiled = reset_password(&backend, &parsed(token(&mails[0])), "a new horse").await;
        assert!(spoiled.is_err(), "only the token of the accepted mail is valid");
        reset_password(&backend, &parsed(token(&mails[1])), "a new horse").await.expect("the link works");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn send_does_nothing_when_not_due(db: PgPool) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        testing::user(&backend.db, "ana").await;
        let unknown = asked(&backend, "nobody@example.com").await;
        let followed = asked(&backend, "ana@example.com").await;
        let late = asked(&backend, "ana@example.com").await;
        send_reset(&backend, unknown).await.expect("does nothing");
        send_reset(&backend, followed).await.expect("does nothing: a later request replaced it");
        testing::let_time_pass(&backend.db, Duration::from_mins(LINK_MINUTES.unsigned_abs().into())).await;
        send_reset(&backend, late).await.expect("does nothing: the request is too old");
        assert_eq!(smtp.mails(), [""; 0]);
    }

    /// An account of an earlier version is mailed to at the coded host, whichever way it is asked for.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mail_reaches_an_account_with_its_host_in_letters(db: PgPool) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        testing::user(&backend.db, "ana").await;
        sqlx::query("UPDATE users SET email = 'ana@EXÄMPLE.de'").execute(&backend.db).await.expect("is old");
        for email in ["ana@exämple.de", "ANA@xn--exmple-cua.de"] {
            let id = asked(&backend, email).await;
            send_reset(&backend, id).await.expect("sends");
        }
        let mails = smtp.mails();
        assert_eq!(mails.len(), 2);
        assert!(mails.iter().all(|mail| mail.contains("To: ana@xn--exmple-cua.de\n")), "{}", mails[0]);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn send_gives_up_after_final_refusal(db: PgPool) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        testing::user(&backend.db, "ana").await;
        let id = asked(&backend, "ana@example.com").await;
        smtp.answer("550 5.1.1 no such mailbox");
        send_reset(&backend, id).await.expect("gives up");
        send_reset(&backend, id).await.expect("and does not try again");
        assert_eq!(smtp.mails().len(), 1);
    }
}
