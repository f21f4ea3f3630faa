//! Signing up, up to the mail with the code.

use model::{
    AppError, Code, SignUpId,
    auth::Credentials,
    error::{Field, Problems},
};

use super::{MAILS_PER_DAY, MAILS_PER_HOUR, NEXT_MAX, SignUpToken, purpose::Purpose, store};
use crate::{
    Backend,
    auth::{
        email::Email,
        password::{HashError, Password},
    },
    database,
    ids::fresh,
    mail::Mail,
    outbox::{self, Job},
};

/// Why the sign-up was not stored.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// A field of the form is missing or out of bounds.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// Hashing the password failed.
    #[error("the password was not hashed")]
    Hash(#[source] HashError),
    /// A query that stores the sign-up failed.
    #[error("the sign-up was not stored")]
    Database(#[from] sqlx::Error),
}

/// Stores what was typed, and has a mail sent to the address. `next` is the page to open afterwards. Returns the token
/// for the browser, in which the code of the mail is good.
///
/// It does the same for an address that has an account, and for one that got its last mails just before.
///
/// # Errors
///
/// Each variant of [`SignUpError`] is one reason.
#[tracing::instrument(name = "auth.sign_up", skip_all)]
pub async fn sign_up(
    backend: &Backend,
    credentials: &Credentials,
    next: Option<&str>,
) -> Result<SignUpToken, SignUpError> {
    let (email, password) = parse(credentials).map_err(SignUpError::Invalid)?;
    let hash = backend.passwords.hash(&password).await.map_err(SignUpError::Hash)?;
    let (id, token) = (fresh::<SignUpId>(), SignUpToken::generate());
    let new = store::NewSignUp {
        id,
        email: &email,
        password_hash: Some(&hash),
        next: next.filter(|next| next.len() <= NEXT_MAX),
        purpose: Purpose::SignUp,
    };
    let mut tx = backend.begin().await?;
    if store::insert(&mut tx, &new, &token, MAILS_PER_HOUR, MAILS_PER_DAY).await? {
        outbox::write(&mut tx, &Job::SendMail { mail: Mail::SignUp { sign_up_id: id } }, None).await?;
    }
    tx.commit().await?;
    Ok(token)
}

/// Parses both fields, and collects an error for each wrong one.
pub(super) fn parse(credentials: &Credentials) -> Result<(Email, Password), AppError> {
    let mut problems = Problems::default();
    let email = problems.take(Field::Email, Email::parse(&credentials.email));
    let password = problems.take(Field::Password, Password::parse(&credentials.password, &credentials.email));
    email.zip(password).ok_or_else(|| problems.into_error())
}

impl From<SignUpError> for AppError {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::Invalid(problems) => problems,
            SignUpError::Hash(_) => Code::Internal.into(),
            SignUpError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_names_every_wrong_field() {
        let error = parse(&Credentials::default()).expect_err("both are empty");
        let fields: Vec<_> = error.errors().iter().filter_map(|problem| problem.field).collect();
        assert_eq!(fields, [Field::Email, Field::Password]);
    }
}
