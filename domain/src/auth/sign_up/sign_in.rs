//! Signing in by a code that is mailed, instead of by the password.

use model::{AppError, Code, SignUpId, error::Field};

use super::{
    MAILS_PER_DAY, MAILS_PER_HOUR, NEXT_MAX, SignUpToken,
    code::{Matched, TryCodeError, try_code},
    purpose::Purpose,
    store,
};
use crate::{
    Backend,
    auth::{
        self,
        browser::Browser,
        email::{Email, Spellings},
        password::HashError,
        second_factor::{self, SignInToken},
        session::SessionToken,
    },
    database,
    ids::fresh,
    mail::Mail,
    outbox::{self, Job},
};

/// Why no code is mailed.
#[derive(Debug, thiserror::Error)]
pub enum MailCodeError {
    /// The address is missing or not valid.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// A query that stores the request failed.
    #[error("the request was not stored")]
    Database(#[from] sqlx::Error),
}

/// Has a code mailed to an address. `next` is the page to open afterwards. Returns the token for the browser, in which the
/// code is good.
///
/// It does the same for an address without an account: only the mail tells.
///
/// # Errors
///
/// Each variant of [`MailCodeError`] is one reason.
#[tracing::instrument(name = "auth.mail_sign_in_code", skip_all)]
pub async fn mail_sign_in_code(
    backend: &Backend,
    email: &str,
    next: Option<&str>,
) -> Result<SignUpToken, MailCodeError> {
    let email = Email::parse(email).map_err(|code| MailCodeError::Invalid(AppError::field(Field::Email, code)))?;
    let (id, token) = (fresh::<SignUpId>(), SignUpToken::generate());
    let next = next.filter(|next| next.len() <= NEXT_MAX);
    let new = store::NewSignUp { id, email: &email, password_hash: None, next, purpose: Purpose::SignIn };
    let mut tx = backend.begin().await?;
    if store::insert(&mut tx, &new, &token, MAILS_PER_HOUR, MAILS_PER_DAY).await? {
        outbox::write(&mut tx, &Job::SendMail { mail: Mail::SignInCode { sign_up_id: id } }, None).await?;
    }
    tx.commit().await?;
    Ok(token)
}

/// Why the code signed no one in.
#[derive(Debug, thiserror::Error)]
pub enum EnterMailedCodeError {
    /// It is not the code that was mailed, or none is mailed.
    #[error("the code is wrong")]
    WrongCode,
    /// The browser has no such code, or it was used, mistyped too often, or is too old, or the account is gone.
    #[error("the code has ended")]
    Ended,
    /// Verifying the code failed.
    #[error("the code was not verified")]
    Hash(#[source] HashError),
    /// A query that reads the code or stores the session failed.
    #[error("the session was not stored")]
    Database(#[from] sqlx::Error),
}

/// What a right code leads to, with the page that was wanted before.
#[derive(Debug)]
pub enum SignedIn {
    /// A session.
    Yes {
        /// Its token.
        session: SessionToken,
        /// The page.
        next: Option<String>,
    },
    /// The second step: the account has a second factor.
    CodeNeeded {
        /// The token for it.
        token: SignInToken,
        /// The page.
        next: Option<String>,
    },
}

/// The address to which a browser has a code mailed for signing in; `None` if it has not, or that has ended.
///
/// # Errors
///
/// When the database does not answer.
pub async fn signing_in_with(backend: &Backend, token: &SignUpToken) -> Result<Option<String>, EnterMailedCodeError> {
    Ok(store::address_of(&backend.db, token, Purpose::SignIn).await?)
}

/// Signs the user of the address in, if `code` is the one that was mailed. Where the account has a second factor, it leads
/// to the second step as the password does.
///
/// # Errors
///
/// Each variant of [`EnterMailedCodeError`] is one reason.
#[tracing::instrument(name = "auth.enter_mailed_code", skip_all)]
pub async fn enter_mailed_code(
    backend: &Backend,
    token: &SignUpToken,
    code: &str,
    browser: &Browser,
) -> Result<SignedIn, EnterMailedCodeError> {
    let Matched { id, email } = try_code(backend, token, Purpose::SignIn, code).await?;
    let used_up = store::use_up(&backend.db, id).await?;
    let store::UsedUp { next, .. } = used_up.ok_or(EnterMailedCodeError::Ended)?;
    let account = auth::store::find_by_email(&backend.db, &Spellings::of(email.as_str())).await?;
    let (user, hash) = account.ok_or(EnterMailedCodeError::Ended)?;
    if let Some(token) = second_factor::begin_sign_in(backend, user, &hash).await? {
        return Ok(SignedIn::CodeNeeded { token, next });
    }
    let session = SessionToken::generate();
    let mut tx = backend.begin().await?;
    // Only who reads the mail to the address has the code.
    auth::store::verify_email(&mut *tx, user).await?;
    if !auth::store::insert_session(&mut tx, &session, user, &hash, browser, false).await? {
        // The password was changed at this moment, or a second factor was set up.
        return Err(EnterMailedCodeError::Ended);
    }
    auth::attempts_store::forgive_attempts(&mut *tx, email.as_str()).await?;
    tx.commit().await?;
    tracing::info!(target: "security", { user.id = %user }, "signed in by a mailed code");
    Ok(SignedIn::Yes { session, next })
}

impl From<MailCodeError> for AppError {
    fn from(error: MailCodeError) -> Self {
        match error {
            MailCodeError::Invalid(problems) => problems,
            MailCodeError::Database(error) => database::public_code(&error).into(),
        }
    }
}

impl From<TryCodeError> for EnterMailedCodeError {
    fn from(error: TryCodeError) -> Self {
        match error {
            TryCodeError::Wrong => Self::WrongCode,
            TryCodeError::Ended => Self::Ended,
            TryCodeError::Hash(error) => Self::Hash(error),
            TryCodeError::Database(error) => Self::Database(error),
        }
    }
}

impl From<EnterMailedCodeError> for AppError {
    fn from(error: EnterMailedCodeError) -> Self {
        match error {
            EnterMailedCodeError::WrongCode => Self::field(Field::Code, Code::WrongCode),
            EnterMailedCodeError::Ended => Code::MailedCodeEnded.into(),
            EnterMailedCodeError::Hash(_) => Code::Internal.into(),
            EnterMailedCodeError::Database(error) => database::public_code(&error).into(),
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
        auth::sign_up::{CODE_MINUTES, EnterCodeError, TRIES, enter_code, send_code, sign_up},
        current_user::current_user,
        testing::{self, Smtp, TestBackend},
    };

    async fn site(db: PgPool) -> (Backend, Smtp) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        testing::user(&backend.db, "ana").await;
        (backend, smtp)
    }

    /// Asks for a code, and sends the mail. Returns the browser's token and the mail.
    async fn mailed(backend: &Backend, smtp: &Smtp, email: &str, next: Option<&str>) -> (SignUpToken, String) {
        let token = mail_sign_in_code(backend, email, next).await.expect("is stored");
        let Some((Job::SendMail { mail: Mail::SignInCode { sign_up_id } }, _)) =
            testing::outbox(&backend.db).await.pop()
        else {
            panic!("no mail")
        };
        send_code(backend, sign_up_id).await.expect("sends");
        send_code(backend, sign_up_id).await.expect("a second time sends nothing");
        (token, smtp.mails().pop().expect("a mail"))
    }

    fn code_in(mail: &str) -> &str {
        mail.split_once("/signin/email?code=").expect("a link").1.get(..6).expect("a whole code")
    }

    async fn enter(backend: &Backend, token: &SignUpToken, code: &str) -> Result<SignedIn, AppError> {
        enter_mailed_code(backend, token, code, &Browser::default()).await.map_err(AppError::from)
    }

    fn wrong() -> AppError {
        AppError::field(Field::Code, Code::WrongCode)
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mailed_code_signs_in_once_in_the_browser_that_asked(db: PgPool) {
        let (backend, smtp) = site(db).await;
        sqlx::query("UPDATE users SET email_verified_at = NULL").execute(&backend.db).await.expect("is old");
        let (token, mail) = mailed(&backend, &smtp, "ANA@example.com", Some("/orders")).await;
        assert!(mail.contains("is your code for GitTix") && mail.contains("To: ANA@example.com"), "{mail}");
        let other = SignUpToken::generate();
        assert_eq!(enter(&backend, &other, code_in(&mail)).await.expect_err("refuses"), Code::MailedCodeEnded.into());
        let signed_in = enter(&backend, &token, code_in(&mail)).await.expect("signs in");
        let SignedIn::Yes { session, next } = signed_in else { panic!("{signed_in:?}") };
        assert_eq!(next.as_deref(), Some("/orders"));
        let user = current_user(&backend, &session).await.expect("reads").expect("signed in");
        assert_eq!((user.email.as_str(), user.is_verified), ("ana@example.com", true));
        let again = enter(&backend, &token, code_in(&mail)).await.expect_err("once");
        assert_eq!(again, Code::MailedCodeEnded.into());
    }

    /// The answers and what is stored are the same; only the mail tells.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn address_without_an_account_gets_the_same_answer_and_no_code(db: PgPool) {
        let (backend, smtp) = site(db).await;
        let (token, mail) = mailed(&backend, &smtp, "nobody@example.com", None).await;
        assert!(mail.contains("There is no GitTix account") && !mail.contains("code="), "{mail}");
        assert!(mail.contains("https://gittix.example/signup"), "{mail}");
        assert!(signing_in_with(&backend, &token).await.expect("reads").is_some());
        for _ in 0..TRIES {
            assert_eq!(enter(&backend, &token, "000000").await.expect_err("no code"), wrong());
        }
        assert_eq!(enter(&backend, &token, "000000").await.expect_err("ten"), Code::MailedCodeEnded.into());
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM sessions").await, 0);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn code_ends_after_ten_tries_and_fifteen_minutes(db: PgPool) {
        let (backend, smtp) = site(db).await;
        let (token, mail) = mailed(&backend, &smtp, "ana@example.com", None).await;
        for _ in 0..TRIES {
            assert_eq!(enter(&backend, &token, "no code").await.expect_err("wrong"), wrong());
        }
        let ended = enter(&backend, &token, code_in(&mail)).await.expect_err("ten tries");
        assert_eq!(ended, Code::MailedCodeEnded.into());
        let (token, mail) = mailed(&backend, &smtp, "ana@example.com", None).await;
        testing::let_time_pass(&backend.db, Duration::from_mins(CODE_MINUTES.unsigned_abs().into())).await;
        let ended = enter(&backend, &token, code_in(&mail)).await.expect_err("fifteen minutes");
        assert_eq!(ended, Code::MailedCodeEnded.into());
        assert_eq!(signing_in_with(&backend, &token).await.expect("reads"), None);
    }

    /// Codes of one kind are none of another, and all mails of an address count together.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn code_is_good_for_signing_in_alone_and_counts_with_sign_ups(db: PgPool) {
        let (backend, smtp) = site(db).await;
        let (token, mail) = mailed(&backend, &smtp, "ana@example.com", None).await;
        let made = enter_code(&backend, &token, code_in(&mail), &Browser::default()).await;
        assert!(matches!(made, Err(EnterCodeError::Ended)), "{made:?}");
        let credentials = Credentials { email: "ana@example.com".into(), password: "correct horse".into() };
        let mails = async || i64::try_from(testing::outbox(&backend.db).await.len()).expect("few");
        for _ in 1..MAILS_PER_HOUR {
            sign_up(&backend, &credentials, None).await.expect("is stored");
        }
        assert_eq!(mails().await, MAILS_PER_HOUR);
        mail_sign_in_code(&backend, "ana@example.com", None).await.expect("the same answer");
        assert_eq!(mails().await, MAILS_PER_HOUR, "and no mail");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn deleted_or_renamed_account_is_not_signed_in(db: PgPool) {
        let (backend, smtp) = site(db).await;
        let (token, mail) = mailed(&backend, &smtp, "ana@example.com", None).await;
        sqlx::query("UPDATE users SET email = 'new@example.com'").execute(&backend.db).await.expect("another address");
        let ended = enter(&backend, &token, code_in(&mail)).await.expect_err("no account");
        assert_eq!(ended, Code::MailedCodeEnded.into());
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn request_names_the_wrong_field(db: PgPool) {
        let (backend, _smtp) = site(db).await;
        let refused = mail_sign_in_code(&backend, "ana", None).await.map_err(AppError::from);
        assert_eq!(refused.map(|_| ()), Err(AppError::field(Field::Email, Code::InvalidEmail)));
    }
}
