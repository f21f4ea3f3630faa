//! Changing the password.

use std::{fmt, net::IpAddr};

use model::{
    AppError, Code,
    auth::CurrentUser,
    error::{Field, Problems},
};

use super::{
    attempts_store,
    browser::Browser,
    confirm::{ConfirmError, confirm},
    email::key,
    password::{HashError, Password},
    reset,
    session::SessionToken,
    store,
};
use crate::{Backend, database};

/// The fields of the form.
#[derive(Clone, Default)]
pub struct PasswordChange {
    /// The current password, as typed.
    pub current: String,
    /// The new password, as typed.
    pub new: String,
}

impl fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordChange(…)")
    }
}

/// Why the password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// A field of the form is missing or out of bounds.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// The current password was not confirmed.
    #[error("the password was not confirmed")]
    Unconfirmed(#[source] ConfirmError),
    /// Hashing the new password failed.
    #[error("the password was not hashed")]
    Hash(#[source] HashError),
    /// A query that stores the new password or the new session failed.
    #[error("the password was not stored")]
    Database(#[from] sqlx::Error),
}

/// Replaces a password, ends every session of the account and every requested reset link. So an attacker
/// who reads the account's mail loses access. The browser that sends the form gets a new session, so an
/// attacker who copied its cookie loses access too.
///
/// # Errors
///
/// Each variant of [`ChangePasswordError`] is one reason.
#[tracing::instrument(name = "auth.change_password", skip_all, fields(user.id = %user.id))]
pub async fn change_password(
    backend: &Backend,
    user: &CurrentUser,
    browser: &Browser,
    address: IpAddr,
    change: &PasswordChange,
) -> Result<SessionToken, ChangePasswordError> {
    let new = parse(change, &user.email)?;
    let old_hash = confirm(backend, user, &change.current, address).await.map_err(ChangePasswordError::Unconfirmed)?;
    let hash = backend.passwords.hash(&new).await.map_err(ChangePasswordError::Hash)?;
    let token = SessionToken::generate();

    let mut tx = backend.begin().await?;
    // The links come before the account's row, the same order as when a link is used.
    let email = key(&user.email);
    reset::store::end_of(&mut *tx, &email).await?;
    if !store::replace_password(&mut *tx, user.id, &old_hash, &hash).await? {
        // Another request changed the password after it was confirmed.
        return Err(ChangePasswordError::Unconfirmed(ConfirmError::WrongPassword));
    }
    store::delete_sessions_of(&mut *tx, user.id).await?;
    store::insert_session(&mut tx, &token, user.id, &hash, browser, user.has_second_factor).await?;
    attempts_store::forgive_attempts(&mut *tx, &email).await?;
    tx.commit().await?;
    Ok(token)
}

fn parse(change: &PasswordChange, email: &str) -> Result<Password, ChangePasswordError> {
    let mut problems = Problems::default();
    let current = if change.current.is_empty() { Err(Code::Required) } else { Ok(()) };
    let current = problems.take(Field::CurrentPassword, current);
    let new = problems.take(Field::NewPassword, Password::parse(&change.new, email));
    match (current, new) {
        (Some(()), Some(new)) => Ok(new),
        _ => Err(ChangePasswordError::Invalid(problems.into_error())),
    }
}

impl From<ChangePasswordError> for AppError {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::Invalid(problems) => problems,
            ChangePasswordError::Unconfirmed(error) => error.at(Field::CurrentPassword),
            ChangePasswordError::Hash(_) => Code::Internal.into(),
            ChangePasswordError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{ResetId, auth::Credentials};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::{
            confirm::TRIES,
            reset::{
                ResetToken,
                apply::{ResetPasswordError, reset_password},
                request::request_reset,
                send::send_reset,
            },
            sign_in::{SignInError, TRIES_PER_ACCOUNT, sign_in},
        },
        current_user::current_user,
        mail::Mail,
        outbox::Job,
        testing::{self, Smtp, TestBackend, sign_up},
    };

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn credentials(password: &str) -> Credentials {
        Credentials { email: "ana@example.com".into(), password: password.into() }
    }

    fn change(current: &str, new: &str) -> PasswordChange {
        PasswordChange { current: current.into(), new: new.into() }
    }

    async fn with_ana(db: PgPool) -> (Backend, CurrentUser, SessionToken) {
        let backend = TestBackend::without_stripe(db);
        let token = sign_up(&backend, &credentials("correct horse"), &Browser::default()).await.expect("signs up");
        let ana = current_user(&backend, &token).await.expect("the database answers").expect("signed in");
        (backend, ana, token)
    }

    /// The newest request for a link.
    async fn asked_for_a_link(backend: &Backend) -> ResetId {
        request_reset(backend, "ANA@example.com").await.expect("is stored");
        match testing::outbox(&backend.db).await.pop() {
            Some((Job::SendMail { mail: Mail::PasswordReset { reset_id } }, _)) => reset_id,
            other => panic!("expected a mail job, found {other:?}"),
        }
    }

    async fn is_signed_in(backend: &Backend, token: &SessionToken) -> bool {
        current_user(backend, token).await.expect("the database answers").is_some()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn change_replaces_password_and_sessions(db: PgPool) {
        let (backend, ana, here) = with_ana(db).await;
        let elsewhere =
            sign_in(&backend, &credentials("correct horse"), HOME, &Browser::default()).await.expect("signs in");
        let browser = Browser::new("", Some(here.clone()));
        let new = change_password(&backend, &ana, &browser, HOME, &change("correct horse", "a new horse"))
            .await
            .expect("changes");
        assert!(is_signed_in(&backend, &new).await);
        assert!(!is_signed_in(&backend, &here).await, "a copy of this browser's cookie opens nothing");
        assert!(!is_signed_in(&backend, &elsewhere).await);
        let old = sign_in(&backend, &credentials("correct horse"), HOME, &Browser::default()).await;
        assert!(matches!(old, Err(SignInError::WrongCredentials)), "{old:?}");
        sign_in(&backend, &credentials("a new horse"), HOME, &Browser::default()).await.expect("signs in");
    }

    /// An attacker reads the user's mail: changing the password must void the link.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn change_ends_reset_links(db: PgPool) {
        let (mut backend, ana, _) = with_ana(db).await;
        let smtp = Smtp::listen(&mut backend);
        send_reset(&backend, asked_for_a_link(&backend).await).await.expect("sends");
        let mail = smtp.mails().pop().expect("a mail");
        let token = ResetToken::parse(&mail.split_once("/reset#").expect("a link").1[..64]).expect("a token");
        let change_to = async |current: &str, new: &str| {
            change_password(&backend, &ana, &Browser::default(), HOME, &change(current, new)).await.expect("changes");
        };
        change_to("correct horse", "a new horse").await;
        let mailed = reset_password(&backend, &token, "the horse of a thief").await;
        assert!(matches!(mailed, Err(ResetPasswordError::LinkEnded)), "{mailed:?}");

        let under_way = asked_for_a_link(&backend).await;
        change_to("a new horse", "another horse").await;
        send_reset(&backend, under_way).await.expect("does nothing: the change came later");
        assert_eq!(smtp.mails().len(), 1);
    }

    /// Proves that attempts are counted: without the count the last attempt succeeds. Proves too that
    /// other users, who can only try to sign in, use up none of these attempts.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn confirmations_are_counted_apart_from_sign_ins(db: PgPool) {
        let (backend, ana, here) = with_ana(db).await;
        let sign_in = async |password: &str| sign_in(&backend, &credentials(password), HOME, &Browser::default()).await;
        for _ in 0..TRIES_PER_ACCOUNT {
            sign_in("a guess").await.expect_err("refuses");
        }
        assert!(matches!(sign_in("correct horse").await, Err(SignInError::TooManyAttempts { .. })));
        let browser = Browser::default();
        let try_with = async |current: &str| {
            let change = change(current, "a new horse");
            let outcome = change_password(&backend, &ana, &browser, HOME, &change).await;
            AppError::from(outcome.expect_err("refuses"))
        };
        for _ in 0..TRIES {
            assert_eq!(try_with("a guess").await, AppError::field(Field::CurrentPassword, Code::WrongPassword));
        }
        assert_eq!(try_with("correct horse").await.code(), Code::TooManyAttempts);
        assert!(is_signed_in(&backend, &here).await);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn change_names_every_wrong_field(db: PgPool) {
        let (backend, ana, _) = with_ana(db).await;
        let refused = change_password(&backend, &ana, &Browser::default(), HOME, &change("", "short")).await;
        let refused = AppError::from(refused.expect_err("every field is wrong"));
        let fields: Vec<_> = refused.errors().iter().filter_map(|problem| problem.field).collect();
        assert_eq!(fields, [Field::CurrentPassword, Field::NewPassword]);
    }

    /// A sign-in that has verified the old password begins no session once the password has changed.
    ///
    /// Proves that beginning a session checks the password again under the account's row lock.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sign_in_fails_when_password_changes_meanwhile(db: PgPool) {
        let (backend, ana, _) = with_ana(db).await;
        let verified = store::password_hash(&backend.db, ana.id).await.expect("reads").expect("a hash");
        let mut change = backend.db.begin().await.expect("begins");
        assert!(store::replace_password(&mut *change, ana.id, &verified, "another").await.expect("replaces"));
        store::delete_sessions_of(&mut *change, ana.id).await.expect("deletes");

        let late = tokio::spawn({
            let (db, verified) = (backend.db.clone(), verified.clone());
            async move {
                let mut tx = db.begin().await?;
                let token = SessionToken::generate();
                let begun =
                    store::insert_session(&mut tx, &token, ana.id, &verified, &Browser::default(), false).await?;
                tx.commit().await?;
                Ok::<_, sqlx::Error>(begun)
            }
        });
        crate::testing::until("the sign-in waits", || async {
            crate::testing::waiting_for_locks(&backend.db).await > 0
        })
        .await;
        change.commit().await.expect("commits");
        assert!(!late.await.expect("no panic").expect("the database answers"));
        assert_eq!(crate::testing::count(&backend.db, "SELECT count(*) FROM sessions").await, 0);
    }

    /// Two windows have both verified the old password. The second fails, because the password it
    /// verified is not the account's after the first change.
    ///
    /// Proves the check of the hash in `store::replace_password`: without it both requests change the
    /// password.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn only_one_of_two_changes_at_once_succeeds(db: PgPool) {
        let (backend, ana, _) = with_ana(db).await;
        let mut holder = backend.db.begin().await.expect("begins");
        sqlx::query("SELECT FROM users FOR UPDATE").execute(&mut *holder).await.expect("holds");
        let changing = ["a new horse", "another horse"].map(|new| {
            let (backend, ana) = (backend.clone(), ana.clone());
            tokio::spawn(async move {
                change_password(&backend, &ana, &Browser::default(), HOME, &change("correct horse", new)).await
            })
        });
        crate::testing::until("both wait", || async { crate::testing::waiting_for_locks(&backend.db).await == 2 })
            .await;
        holder.rollback().await.expect("rolls back");
        let mut refused = 0;
        for change in changing {
            match change.await.expect("no panic") {
                Ok(_) => {}
                Err(ChangePasswordError::Unconfirmed(ConfirmError::WrongPassword)) => refused += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(refused, 1);
    }
}
