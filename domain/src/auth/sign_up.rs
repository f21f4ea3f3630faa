//! Creating an account.

use model::{
    AppError, Code, UserId,
    auth::Credentials,
    error::{Field, Problems},
};

use super::{
    browser::Browser,
    email::Email,
    password::{HashError, Password},
    session::SessionToken,
    store,
};
use crate::{Backend, database, ids::fresh};

/// Why the account was not created.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// A field of the form is missing or out of bounds.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// The address has an account already, in upper or lower case.
    #[error("the e-mail has an account")]
    EmailTaken,
    /// Hashing the password failed.
    #[error("the password was not hashed")]
    Hash(#[source] HashError),
    /// A query that stores the account or its session failed.
    #[error("the account was not stored")]
    Database(#[from] sqlx::Error),
}

/// Creates an account and signs it in.
///
/// # Errors
///
/// Each variant of [`SignUpError`] is one reason.
#[tracing::instrument(name = "auth.sign_up", skip_all)]
pub async fn sign_up(
    backend: &Backend,
    credentials: &Credentials,
    browser: &Browser,
) -> Result<SessionToken, SignUpError> {
    let (email, password) = parse(credentials).map_err(SignUpError::Invalid)?;
    let hash = backend.passwords.hash(&password).await.map_err(SignUpError::Hash)?;
    let (id, token) = (fresh::<UserId>(), SessionToken::generate());

    let mut tx = backend.begin().await?;
    // There is no check before the insert: the unique index decides, also between two sign-ups at the
    // same time.
    if !store::insert_user(&mut *tx, id, &email, &hash).await? {
        return Err(SignUpError::EmailTaken);
    }
    store::insert_session(&mut tx, &token, id, &hash, browser).await?;
    tx.commit().await?;
    Ok(token)
}

/// Parses both fields, and collects an error for each wrong one.
fn parse(credentials: &Credentials) -> Result<(Email, Password), AppError> {
    let mut problems = Problems::default();
    let email = problems.take(Field::Email, Email::parse(&credentials.email));
    let password = problems.take(Field::Password, Password::parse(&credentials.password));
    email.zip(password).ok_or_else(|| problems.into_error())
}

impl From<SignUpError> for AppError {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::Invalid(problems) => problems,
            SignUpError::EmailTaken => Self::field(Field::Email, Code::EmailTaken),
            SignUpError::Hash(_) => Code::Internal.into(),
            SignUpError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{current_user::current_user, testing::TestBackend};

    fn credentials(email: &str, password: &str) -> Credentials {
        Credentials { email: email.into(), password: password.into() }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sign_up_creates_account_and_signs_in(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let token = sign_up(&backend, &credentials("Ana@Example.com", "correct horse"), &Browser::default())
            .await
            .expect("a new account");
        let user = current_user(&backend, &token).await.expect("the database answers").expect("signed in");
        assert_eq!(user.email, "Ana@example.com", "the name keeps its case");
    }

    #[test]
    fn parse_names_every_wrong_field() {
        let error = parse(&Credentials::default()).expect_err("both are empty");
        let fields: Vec<_> = error.errors().iter().filter_map(|problem| problem.field).collect();
        assert_eq!(fields, [Field::Email, Field::Password]);
    }

    /// Proves that the host is coded before it is stored, and that older accounts are looked up in both spellings.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn one_mailbox_has_one_account(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        sign_up(&backend, &credentials("idn@exämple.de", "correct horse"), &Browser::default()).await.expect("is new");
        // As an earlier version stored it.
        sqlx::query("INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), 'old@ÖLD.de', 'a hash')")
            .execute(&backend.db)
            .await
            .expect("an old account");
        for taken in ["idn@xn--exmple-cua.de", "IDN@EXÄMPLE.de", "old@öld.de", "Old@xn--ld-eka.de"] {
            let again = sign_up(&backend, &credentials(taken, "another horse"), &Browser::default()).await;
            assert!(matches!(again, Err(SignUpError::EmailTaken)), "{taken}: {again:?}");
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sign_up_fails_for_same_address_in_another_case(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        sign_up(&backend, &credentials("ana@example.com", "correct horse"), &Browser::default())
            .await
            .expect("a new account");
        let again = sign_up(&backend, &credentials("ANA@example.COM", "another horse"), &Browser::default()).await;
        assert!(matches!(again, Err(SignUpError::EmailTaken)), "{again:?}");
    }

    /// PostgreSQL logs an error with the row that it concerns, and so with the address.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn taken_address_logs_no_postgres_error(db: PgPool) {
        let email = Email::parse("ana@example.com").expect("valid");
        let mut tx = db.begin().await.expect("a transaction");
        for is_new in [true, false] {
            let inserted = store::insert_user(&mut *tx, fresh(), &email, "a hash").await.expect("no error");
            assert_eq!(inserted, is_new);
        }
        tx.commit().await.expect("the transaction goes on");
    }

    /// Proves `users_email_key`: without the index both sign-ups succeed.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn only_one_of_many_sign_ups_at_once_succeeds(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..8 {
            let backend = backend.clone();
            let email = if n % 2 == 0 { "ana@example.com" } else { "ANA@EXAMPLE.COM" };
            tries.spawn(
                async move { sign_up(&backend, &credentials(email, "correct horse"), &Browser::default()).await },
            );
        }
        let outcomes = tries.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(SignUpError::EmailTaken))).count(), 7);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn sign_up_stores_no_password_or_token(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let token = sign_up(&backend, &credentials("ana@example.com", "correct horse"), &Browser::default())
            .await
            .expect("a new account");
        let stored: String = sqlx::query_scalar(
            "SELECT (SELECT row_to_json(u)::text FROM users u) || (SELECT row_to_json(s)::text FROM sessions s)",
        )
        .fetch_one(&backend.db)
        .await
        .expect("both rows");
        assert!(stored.contains("$argon2id$"), "{stored}");
        assert!(!stored.contains("correct horse") && !stored.contains(token.expose()), "{stored}");
    }
}
