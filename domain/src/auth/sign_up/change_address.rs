//! Changing an account's address: the new one is verified by a code that is mailed to it.

use std::net::IpAddr;

use model::{
    AppError, Code, SignUpId, UserId,
    auth::CurrentUser,
    error::{Field, Problems},
};

use super::{
    MAILS_PER_DAY, MAILS_PER_HOUR, SignUpToken,
    code::{Matched, TryCodeError, try_code},
    purpose::Purpose,
    store,
};
use crate::{
    Backend,
    auth::{
        self,
        confirm::{ConfirmError, confirm},
        email::{Email, key},
        password::HashError,
        reset,
        session::SessionToken,
    },
    database,
    ids::fresh,
    mail::Mail,
    outbox::{self, Job},
};

/// Why the change was not begun.
#[derive(Debug, thiserror::Error)]
pub enum ChangeAddressError {
    /// The address or the password is missing or out of bounds.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// The password was not confirmed.
    #[error("the password was not confirmed")]
    Unconfirmed(#[source] ConfirmError),
    /// A query that stores the change failed.
    #[error("the change was not stored")]
    Database(#[from] sqlx::Error),
}

/// Has a code mailed to a new address. Returns the token for the browser, in which the code is good.
///
/// It does the same for an address that has an account: only the mail tells.
///
/// # Errors
///
/// Each variant of [`ChangeAddressError`] is one reason.
#[tracing::instrument(name = "auth.change_address", skip_all, fields(user.id = %user.id))]
pub async fn change_address(
    backend: &Backend,
    user: &CurrentUser,
    email: &str,
    password: &str,
    address: IpAddr,
) -> Result<SignUpToken, ChangeAddressError> {
    let mut problems = Problems::default();
    let email = problems.take(Field::Email, Email::parse(email));
    let filled_in = if password.is_empty() { Err(Code::Required) } else { Ok(()) };
    let filled_in = problems.take(Field::Password, filled_in);
    let Some((email, ())) = email.zip(filled_in) else {
        return Err(ChangeAddressError::Invalid(problems.into_error()));
    };
    let verified = confirm(backend, user, password, address).await.map_err(ChangeAddressError::Unconfirmed)?;
    let (id, token) = (fresh::<SignUpId>(), SignUpToken::generate());
    let purpose = Purpose::ChangeOfAddress(user.id);
    let new = store::NewSignUp { id, email: &email, password_hash: Some(&verified), next: None, purpose };
    let mut tx = backend.begin().await?;
    if store::insert(&mut tx, &new, &token, MAILS_PER_HOUR, MAILS_PER_DAY).await? {
        outbox::write(&mut tx, &Job::SendMail { mail: Mail::SignUp { sign_up_id: id } }, None).await?;
    }
    tx.commit().await?;
    Ok(token)
}

/// Why the address was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EnterAddressCodeError {
    /// It is not the code that was mailed, or none is mailed yet.
    #[error("the code is wrong")]
    WrongCode,
    /// The browser changes no address of the user, or the code was used, mistyped too often, or is too old, or the password
    /// has changed since.
    #[error("the change has ended")]
    Ended,
    /// The address got an account meanwhile.
    #[error("the address has an account")]
    EmailTaken,
    /// Verifying the code failed.
    #[error("the code was not verified")]
    Hash(#[source] HashError),
    /// A query that reads the change or stores the address failed.
    #[error("the address was not stored")]
    Database(#[from] sqlx::Error),
}

/// The address that the account of `user` changes to in a browser; `None` if it does not, or that has ended.
///
/// # Errors
///
/// When the database does not answer.
pub async fn changing_to(
    backend: &Backend,
    user: UserId,
    token: &SignUpToken,
) -> Result<Option<String>, EnterAddressCodeError> {
    Ok(store::address_of(&backend.db, token, Purpose::ChangeOfAddress(user)).await?)
}

/// Changes the address, if `code` is the one that was mailed to it, and has a mail tell the old one.
///
/// All other sessions end: a device that the owner has forgotten, or that another person uses, must not stay with an
/// account whose mails go elsewhere from now on.
///
/// # Errors
///
/// Each variant of [`EnterAddressCodeError`] is one reason.
#[tracing::instrument(name = "auth.enter_address_code", skip_all, fields(user.id = %user.id))]
pub async fn enter_address_code(
    backend: &Backend,
    user: &CurrentUser,
    here: &SessionToken,
    token: &SignUpToken,
    code: &str,
) -> Result<(), EnterAddressCodeError> {
    let Matched { id, email } = try_code(backend, token, Purpose::ChangeOfAddress(user.id), code).await?;
    let mut tx = backend.begin().await?;
    // No one signs up with the address meanwhile. Links come before the account's row, as when a link is used.
    store::lock_address(&mut tx, email.as_str()).await?;
    let verified = store::use_up(&mut *tx, id).await?.and_then(|change| change.password_hash);
    let verified = verified.ok_or(EnterAddressCodeError::Ended)?;
    reset::store::end_of(&mut *tx, &key(&user.email)).await?;
    let old = match auth::store::change_email(&mut tx, user.id, &verified, &email).await? {
        auth::store::EmailChange::Changed { old } => old,
        auth::store::EmailChange::Taken => return Err(EnterAddressCodeError::EmailTaken),
        auth::store::EmailChange::OtherPassword => return Err(EnterAddressCodeError::Ended),
    };
    auth::store::delete_other_sessions(&mut *tx, user.id, here).await?;
    auth::attempts_store::forgive_attempts(&mut *tx, &key(&old)).await?;
    store::end_of(&mut *tx, &email).await?;
    store::end_changes_of(&mut *tx, user.id).await?;
    store::keep_old_email(&mut *tx, id, &old).await?;
    outbox::write(&mut tx, &Job::SendMail { mail: Mail::AddressChanged { sign_up_id: id } }, None).await?;
    Ok(tx.commit().await?)
}

impl From<ChangeAddressError> for AppError {
    fn from(error: ChangeAddressError) -> Self {
        match error {
            ChangeAddressError::Invalid(problems) => problems,
            ChangeAddressError::Unconfirmed(error) => error.at(Field::Password),
            ChangeAddressError::Database(error) => database::public_code(&error).into(),
        }
    }
}

impl From<TryCodeError> for EnterAddressCodeError {
    fn from(error: TryCodeError) -> Self {
        match error {
            TryCodeError::Wrong => Self::WrongCode,
            TryCodeError::Ended => Self::Ended,
            TryCodeError::Hash(error) => Self::Hash(error),
            TryCodeError::Database(error) => Self::Database(error),
        }
    }
}

impl From<EnterAddressCodeError> for AppError {
    fn from(error: EnterAddressCodeError) -> Self {
        match error {
            EnterAddressCodeError::WrongCode => Self::field(Field::Code, Code::WrongCode),
            EnterAddressCodeError::Ended => Code::AddressChangeEnded.into(),
            EnterAddressCodeError::EmailTaken => Code::EmailTaken.into(),
            EnterAddressCodeError::Hash(_) => Code::Internal.into(),
            EnterAddressCodeError::Database(error) => database::public_code(&error).into(),
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
        auth::{
            browser::Browser,
            sign_in::sign_in,
            sign_up::{EnterCodeError, TRIES, enter_code, send_address_changed, send_code},
        },
        current_user::current_user,
        testing::{self, Smtp, TestBackend, sign_up},
    };

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const PASSWORD: &str = "correct horse";

    fn credentials(email: &str) -> Credentials {
        Credentials { email: email.into(), password: PASSWORD.into() }
    }

    struct Ana {
        backend: Backend,
        smtp: Smtp,
        here: SessionToken,
        user: CurrentUser,
    }

    async fn ana(db: PgPool) -> Ana {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        let here = sign_up(&backend, &credentials("ana@example.com"), &Browser::default()).await.expect("signs up");
        let user = current_user(&backend, &here).await.expect("the database answers").expect("signed in");
        Ana { backend, smtp, here, user }
    }

    impl Ana {
        async fn asks(&self, email: &str) -> SignUpToken {
            change_address(&self.backend, &self.user, email, PASSWORD, HOME).await.expect("is stored")
        }

        /// Sends what waits in the outbox. Returns the newest mail.
        async fn mail(&self) -> String {
            for (job, _) in testing::outbox(&self.backend.db).await {
                match job {
                    Job::SendMail { mail: Mail::SignUp { sign_up_id } } => send_code(&self.backend, sign_up_id).await,
                    Job::SendMail { mail: Mail::AddressChanged { sign_up_id } } => {
                        send_address_changed(&self.backend, sign_up_id).await
                    }
                    _ => Ok(()),
                }
                .expect("sends");
            }
            self.smtp.mails().pop().expect("a mail")
        }

        async fn code(&self) -> String {
            let mail = self.mail().await;
            mail.split_once("/account/email?code=").expect("a link").1[..6].to_owned()
        }

        async fn enters(&self, token: &SignUpToken, code: &str) -> Result<(), AppError> {
            let entered = enter_address_code(&self.backend, &self.user, &self.here, token, code).await;
            entered.map_err(AppError::from)
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn address_changes_with_the_code_that_was_mailed_to_it(db: PgPool) {
        let ana = ana(db).await;
        let elsewhere =
            sign_in(&ana.backend, &credentials("ana@example.com"), HOME, &Browser::default()).await.expect("signs in");
        let refused = change_address(&ana.backend, &ana.user, "new@example.com", "a guess", HOME).await;
        assert_eq!(
            AppError::from(refused.expect_err("refused")),
            AppError::field(Field::Password, Code::WrongPassword)
        );
        let token = ana.asks("New@example.com").await;
        assert_eq!(
            changing_to(&ana.backend, ana.user.id, &token).await.expect("reads").as_deref(),
            Some("New@example.com")
        );
        let code = ana.code().await;
        assert_eq!(ana.enters(&token, "12").await, Err(AppError::field(Field::Code, Code::WrongCode)));
        assert_eq!(ana.enters(&SignUpToken::generate(), &code).await, Err(Code::AddressChangeEnded.into()));
        let made = enter_code(&ana.backend, &token, &code, &Browser::default()).await;
        assert!(matches!(made, Err(EnterCodeError::Ended)), "it makes no account: {made:?}");
        ana.enters(&token, &code).await.expect("changes");
        assert_eq!(ana.enters(&token, &code).await, Err(Code::AddressChangeEnded.into()), "once");

        let user = current_user(&ana.backend, &ana.here).await.expect("the database answers").expect("still signed in");
        assert_eq!(user.email, "New@example.com");
        assert!(current_user(&ana.backend, &elsewhere).await.expect("the database answers").is_none());
        sign_in(&ana.backend, &credentials("new@example.com"), HOME, &Browser::default())
            .await
            .expect("by the new one");
        sign_in(&ana.backend, &credentials("ana@example.com"), HOME, &Browser::default())
            .await
            .expect_err("not by the old");
        let mail = ana.mail().await;
        assert!(mail.contains("To: ana@example.com") && !mail.to_lowercase().contains("new@example.com"), "{mail}");
    }

    /// A stranger who is signed in learns from no answer who has an account.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn taken_address_gets_the_same_answer_and_no_code(db: PgPool) {
        let ana = ana(db).await;
        testing::user(&ana.backend.db, "bob").await;
        let token = ana.asks("bob@example.com").await;
        assert!(changing_to(&ana.backend, ana.user.id, &token).await.expect("reads").is_some());
        let mail = ana.mail().await;
        assert!(mail.contains("To: bob@example.com") && !mail.contains("code="), "{mail}");
        assert_eq!(ana.enters(&token, "000000").await, Err(AppError::field(Field::Code, Code::WrongCode)));

        let token = ana.asks("new@example.com").await;
        let code = ana.code().await;
        testing::user(&ana.backend.db, "new").await;
        assert_eq!(ana.enters(&token, &code).await, Err(Code::EmailTaken.into()), "it was taken meanwhile");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn change_ends(db: PgPool) {
        let ana = ana(db).await;
        let token = ana.asks("new@example.com").await;
        let code = ana.code().await;
        for _ in 0..TRIES {
            assert_eq!(ana.enters(&token, "000000").await, Err(AppError::field(Field::Code, Code::WrongCode)));
        }
        assert_eq!(ana.enters(&token, &code).await, Err(Code::AddressChangeEnded.into()), "ten tries");

        let token = ana.asks("new@example.com").await;
        let code = ana.code().await;
        testing::let_time_pass(&ana.backend.db, Duration::from_mins(15)).await;
        assert_eq!(ana.enters(&token, &code).await, Err(Code::AddressChangeEnded.into()), "fifteen minutes");

        let token = ana.asks("new@example.com").await;
        let code = ana.code().await;
        sqlx::query("UPDATE users SET password_hash = 'another'")
            .execute(&ana.backend.db)
            .await
            .expect("another password");
        assert_eq!(ana.enters(&token, &code).await, Err(Code::AddressChangeEnded.into()), "another password");
    }
}
