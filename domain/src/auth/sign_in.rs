//! Signing in.

use std::net::IpAddr;

use model::{
    AppError, Code,
    auth::Credentials,
    error::{Field, Problems},
};

use super::{browser::Browser, network::network, password::HashError, session::SessionToken, store};
use crate::{Backend, database};

/// Tries that an account has within [`WINDOW_MINUTES`] from one network, so that whoever guesses at it
/// from elsewhere does not keep its owner out.
pub const TRIES_PER_ACCOUNT: i64 = 10;
/// Tries that an account has within [`WINDOW_MINUTES`] from everywhere. Of each network no more count
/// than [`TRIES_PER_ACCOUNT`]: it takes ten networks to use these up.
pub const TRIES_PER_ACCOUNT_EVERYWHERE: i64 = 100;
/// Tries that a network has within [`WINDOW_MINUTES`], whatever the account. Higher, because
/// a school or an office shares one.
pub const TRIES_PER_ADDRESS: i64 = 100;
/// How long a failed try counts.
pub const WINDOW_MINUTES: i32 = 15;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// A field was left empty.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// No such account, or another password.
    #[error("the e-mail is unknown or the password is wrong")]
    WrongCredentials,
    /// Too many tries for this account or from this address.
    #[error("too many tries")]
    TooManyAttempts,
    /// The hasher.
    #[error("the password was not verified")]
    Hash(#[source] HashError),
    /// The database.
    #[error("the session was not stored")]
    Database(#[from] sqlx::Error),
}

/// Signs somebody in with a new token, in the place of the session that the browser has so far.
///
/// An unknown e-mail and a wrong password get one answer after the same work, so that
/// nobody learns here who has an account.
///
/// # Errors
///
/// See [`SignInError`].
#[tracing::instrument(name = "auth.sign_in", skip_all)]
pub async fn sign_in(
    backend: &Backend,
    credentials: &Credentials,
    address: IpAddr,
    browser: &Browser,
) -> Result<SessionToken, SignInError> {
    let email = parse(credentials)?;
    if !may_try(backend, email, address).await? {
        return Err(SignInError::TooManyAttempts);
    }
    let account = store::find_by_email(&backend.db, email).await?;
    let hash = account.as_ref().map(|(_, hash)| hash.clone());
    let matches = backend.passwords.verify(&credentials.password, hash).await.map_err(SignInError::Hash)?;
    let (true, Some((user, hash))) = (matches, account) else { return Err(SignInError::WrongCredentials) };

    let token = SessionToken::generate();
    let mut tx = backend.db.begin().await?;
    if !store::insert_session(&mut tx, &token, user, &hash, browser).await? {
        // The password was changed since it was verified.
        return Err(SignInError::WrongCredentials);
    }
    store::forgive_attempts(&mut *tx, email).await?;
    tx.commit().await?;
    Ok(token)
}

/// Only what is empty or beyond any account's bounds is told apart; the rest is simply wrong.
fn parse(credentials: &Credentials) -> Result<&str, SignInError> {
    let filled_in = |text: &str| if text.is_empty() { Err(Code::Required) } else { Ok(()) };
    let mut problems = Problems::default();
    let email = credentials.email.trim();
    let both = problems
        .take(Field::Email, filled_in(email))
        .zip(problems.take(Field::Password, filled_in(&credentials.password)));
    if both.is_none() {
        return Err(SignInError::Invalid(problems.into_error()));
    }
    let too_long = email.len() > model::auth::Email::MAX_BYTES
        || credentials.password.len() > 4 * model::auth::Password::MAX_CHARS;
    // PostgreSQL has no text with a zero in it.
    if too_long || email.contains('\0') { Err(SignInError::WrongCredentials) } else { Ok(email) }
}

/// Notes a try at an account's password, and says whether it may go on: not past the limits.
async fn may_try(backend: &Backend, email: &str, address: IpAddr) -> sqlx::Result<bool> {
    let mut db = backend.db.acquire().await?;
    let counts = store::note_attempt(&mut db, email, network(address), WINDOW_MINUTES, TRIES_PER_ACCOUNT).await?;
    Ok(counts.here <= TRIES_PER_ACCOUNT
        && counts.everywhere <= TRIES_PER_ACCOUNT_EVERYWHERE
        && counts.of_network <= TRIES_PER_ADDRESS)
}

impl From<SignInError> for AppError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Invalid(problems) => problems,
            SignInError::WrongCredentials => Code::WrongCredentials.into(),
            SignInError::TooManyAttempts => Code::TooManyAttempts.into(),
            SignInError::Hash(_) => Code::Internal.into(),
            SignInError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use sqlx::PgPool;

    use super::*;
    use crate::{
        auth::sign_up::sign_up,
        current_user::current_user,
        testing::{self, TestBackend},
    };

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn credentials(email: &str, password: &str) -> Credentials {
        Credentials { email: email.into(), password: password.into() }
    }

    async fn with_ana(db: PgPool) -> Backend {
        let backend = TestBackend::without_stripe(db);
        sign_up(&backend, &credentials("ana@example.com", "correct horse"), &Browser::default())
            .await
            .expect("a new account");
        backend
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn gives_a_new_token_each_time(db: PgPool) {
        let backend = with_ana(db).await;
        let one = sign_in(&backend, &credentials(" ANA@example.com", "correct horse"), HOME, &Browser::default())
            .await
            .expect("signs in");
        let two = sign_in(&backend, &credentials("ana@example.com", "correct horse"), HOME, &Browser::default())
            .await
            .expect("signs in");
        assert_ne!(one, two);
        for token in [one, two] {
            assert!(current_user(&backend, &token).await.expect("the database answers").is_some());
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn says_the_same_of_an_unknown_account_and_a_wrong_password(db: PgPool) {
        let backend = with_ana(db).await;
        let answers = [
            sign_in(&backend, &credentials("ana@example.com", "wrong horse"), HOME, &Browser::default()).await,
            sign_in(&backend, &credentials("bob@example.com", "correct horse"), HOME, &Browser::default()).await,
            sign_in(&backend, &credentials("not an address", "correct horse"), HOME, &Browser::default()).await,
            sign_in(&backend, &credentials("ana@example.com", &"x".repeat(10_000)), HOME, &Browser::default()).await,
            sign_in(&backend, &credentials("ana\0@example.com", "correct horse"), HOME, &Browser::default()).await,
        ];
        for answer in answers {
            let error = AppError::from(answer.expect_err("nobody is signed in"));
            assert_eq!(error, Code::WrongCredentials.into());
        }
    }

    /// Whoever has a network of IPv6 has an address for each try.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn limits_tries_per_account_and_network_until_the_window_has_passed(db: PgPool) {
        let backend = with_ana(db).await;
        let try_at = async |account: &str, password: &str, host: i64| {
            let host = u16::try_from(host).expect("a few");
            let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host).into();
            sign_in(&backend, &credentials(account, password), address, &Browser::default()).await
        };
        // An account that nobody has is limited just the same.
        for account in ["ana@example.com", "nobody@example.com"] {
            for host in 0..TRIES_PER_ACCOUNT {
                let answer = try_at(account, "wrong horse", host).await;
                assert!(matches!(answer, Err(SignInError::WrongCredentials)), "{answer:?}");
            }
            let answer = try_at(&account.to_uppercase(), "correct horse", TRIES_PER_ACCOUNT).await;
            assert!(matches!(answer, Err(SignInError::TooManyAttempts)), "{answer:?}");
        }
        testing::let_time_pass(&backend.db, std::time::Duration::from_mins(16)).await;
        try_at("ana@example.com", "correct horse", 0).await.expect("signs in again");
    }

    /// Tries at Ana's account, as many from each of the networks.
    async fn strangers_try(backend: &Backend, networks: i64, tries: i64) {
        let insert = "INSERT INTO sign_in_attempts (email, address) SELECT 'ana@example.com', '198.51.100.0'::inet + n FROM generate_series(1, $1) n, generate_series(1, $2)";
        sqlx::query(insert).bind(networks).bind(tries).execute(&backend.db).await.expect("tries");
    }

    /// The right password, from where nobody has guessed.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn strangers_keep_the_owner_out_from_many_networks_only(db: PgPool) {
        let backend = with_ana(db).await;
        let ana = async || {
            sign_in(&backend, &credentials("ana@example.com", "correct horse"), HOME, &Browser::default()).await
        };
        strangers_try(&backend, 1, 10 * TRIES_PER_ACCOUNT_EVERYWHERE).await;
        ana().await.expect("one network is held up, and she is in another");
        let networks = TRIES_PER_ACCOUNT_EVERYWHERE / TRIES_PER_ACCOUNT;
        strangers_try(&backend, networks - 1, 10 * TRIES_PER_ACCOUNT).await;
        ana().await.expect("some networks are held up");
        strangers_try(&backend, networks, TRIES_PER_ACCOUNT).await;
        let answer = ana().await;
        assert!(matches!(answer, Err(SignInError::TooManyAttempts)), "a crowd guesses: {answer:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn limits_tries_per_address(db: PgPool) {
        let backend = with_ana(db).await;
        sqlx::query("INSERT INTO sign_in_attempts (email, address) SELECT 'user' || n || '@example.com', '192.0.2.1' FROM generate_series(1, $1) n")
            .bind(TRIES_PER_ADDRESS)
            .execute(&backend.db)
            .await
            .expect("attempts on many accounts");
        let answer =
            sign_in(&backend, &credentials("ana@example.com", "correct horse"), HOME, &Browser::default()).await;
        assert!(matches!(answer, Err(SignInError::TooManyAttempts)), "{answer:?}");
        sign_in(&backend, &credentials("ana@example.com", "correct horse"), ELSEWHERE, &Browser::default())
            .await
            .expect("another address is not held up");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn names_empty_fields(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let error = AppError::from(
            sign_in(&backend, &Credentials::default(), HOME, &Browser::default()).await.expect_err("nothing was typed"),
        );
        assert_eq!(error.errors().len(), 2);
    }
}
