//! Signing in.

use std::net::IpAddr;

use model::{
    AppError, Code, UserId,
    auth::Credentials,
    error::{Field, Problems},
};

use time::OffsetDateTime;

use super::{
    attempts_store,
    browser::Browser,
    email::Spellings,
    known_browser,
    network::{SHARES, network, networks},
    password::{self, HashError, Password},
    second_factor::{self, SignInToken},
    session::SessionToken,
    store,
};
use crate::{Backend, database};

/// Attempts that an account has within [`WINDOW_MINUTES`] from one network, so that an attacker elsewhere
/// does not lock out its owner. The networks around it have more, by [`SHARES`]. A browser that has signed in to the account
/// before has as many of its own.
pub const TRIES_PER_ACCOUNT: i64 = 10;
/// Attempts that an account has within [`WINDOW_MINUTES`] from all networks. Of each network at most its bound counts, so it
/// takes ten networks far from each other to use these up.
pub const TRIES_PER_ACCOUNT_EVERYWHERE: i64 = 100;
/// Attempts that a network has within [`WINDOW_MINUTES`], for all accounts. The limit is higher, because
/// a school or an office shares one network. The networks around it have more, by [`SHARES`].
pub const TRIES_PER_ADDRESS: i64 = 100;
/// How long a failed attempt counts.
pub const WINDOW_MINUTES: i32 = 15;

/// Why the user was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// A field is empty.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// There is no such account, or the password is wrong.
    #[error("the e-mail is unknown or the password is wrong")]
    WrongCredentials,
    /// The password is right, and the account has a second factor.
    #[error("a second factor is asked for")]
    CodeNeeded(SignInToken),
    /// There were too many attempts for this account or from this network. This one counts, too.
    #[error("too many tries")]
    TooManyAttempts {
        /// When this attempt counts no more.
        until: OffsetDateTime,
    },
    /// Hashing the typed password failed.
    #[error("the password was not verified")]
    Hash(#[source] HashError),
    /// A query that counts attempts, reads the account or stores the session failed.
    #[error("the session was not stored")]
    Database(#[from] sqlx::Error),
}

/// Signs in a user with a new token, which replaces the browser's present session. Where the account has a second factor,
/// it ends with [`SignInError::CodeNeeded`], whose token the browser needs for the second step. Until that is done, the
/// attempt counts.
///
/// An unknown address and a wrong password get the same answer after the same work, so that the answer
/// does not reveal who has an account.
///
/// # Errors
///
/// Each variant of [`SignInError`] is one reason.
#[tracing::instrument(name = "auth.sign_in", skip_all)]
pub async fn sign_in(
    backend: &Backend,
    credentials: &Credentials,
    address: IpAddr,
    browser: &Browser,
) -> Result<SessionToken, SignInError> {
    let email = parse(credentials)?;
    let account = store::find_by_email(&backend.db, &email).await?;
    let user = account.as_ref().map(|(user, _)| *user);
    let known = browser.mark().zip(user).and_then(|(mark, user)| known_browser::counted_by(backend, mark, user));
    if let Some(until) = refused_until(backend, &email.coded, address, known).await? {
        return Err(SignInError::TooManyAttempts { until });
    }
    let hash = account.as_ref().map(|(_, hash)| hash.clone());
    let matches = backend.passwords.verify(&credentials.password, hash).await.map_err(SignInError::Hash)?;
    let (true, Some((user, hash))) = (matches, account) else { return Err(SignInError::WrongCredentials) };

    let hash = renewed(backend, user, hash, &credentials.password).await?;
    if let Some(token) = second_factor::begin_sign_in(backend, user, &hash).await? {
        return Err(SignInError::CodeNeeded(token));
    }
    let token = SessionToken::generate();
    let mut tx = backend.begin().await?;
    if !store::insert_session(&mut tx, &token, user, &hash, browser, false).await? {
        // The password was changed after it was verified, or a second factor was set up.
        return Err(SignInError::WrongCredentials);
    }
    attempts_store::forgive_attempts(&mut *tx, &email.coded).await?;
    tx.commit().await?;
    tracing::info!(target: "security", { user.id = %user }, "signed in");
    Ok(token)
}

/// The account's hash, made anew if hashes were made otherwise when it was made. Only now is the password at hand.
async fn renewed(backend: &Backend, user: UserId, hash: String, password: &str) -> Result<String, SignInError> {
    if backend.passwords.is_current(&hash) {
        return Ok(hash);
    }
    let new = backend.passwords.hash(&Password::matched(password)).await.map_err(SignInError::Hash)?;
    let is_replaced = store::replace_password(&backend.db, user, &hash, &new).await?;
    Ok(if is_replaced { new } else { hash })
}

/// Only an empty field or one beyond the bounds gets an error of its own; everything else counts as wrong
/// credentials.
fn parse(credentials: &Credentials) -> Result<Spellings, SignInError> {
    let filled_in = |text: &str| if text.is_empty() { Err(Code::Required) } else { Ok(()) };
    let mut problems = Problems::default();
    let email = Spellings::of(&credentials.email);
    let both = problems
        .take(Field::Email, filled_in(&email.typed))
        .zip(problems.take(Field::Password, filled_in(&credentials.password)));
    if both.is_none() {
        return Err(SignInError::Invalid(problems.into_error()));
    }
    let too_long = email.typed.len() > model::auth::Email::MAX_BYTES || !password::can_be_stored(&credentials.password);
    // PostgreSQL's text cannot hold a zero byte.
    if too_long || email.typed.contains('\0') { Err(SignInError::WrongCredentials) } else { Ok(email) }
}

/// Stores an attempt to sign in. If it is beyond the limits, returns until when it counts. `known` is what the tries of a
/// browser are counted by that has signed in to the account before.
async fn refused_until(
    backend: &Backend,
    email: &str,
    address: IpAddr,
    known: Option<[u8; 32]>,
) -> sqlx::Result<Option<OffsetDateTime>> {
    let mut db = backend.db.acquire().await?;
    let until = attempts_store::note_attempt(&mut db, email, network(address), known.as_ref(), WINDOW_MINUTES).await?;
    let is_within = if let Some(browser) = known {
        attempts_store::tries_of_browser(&mut db, email, &browser, WINDOW_MINUTES).await? <= TRIES_PER_ACCOUNT
    } else {
        let networks = networks(address);
        let counts =
            attempts_store::count_attempts(&mut db, email, &networks, WINDOW_MINUTES, TRIES_PER_ACCOUNT).await?;
        let within = |counts: [i64; 3], bound: i64| {
            counts.into_iter().zip(SHARES).all(|(count, share)| count <= bound * i64::from(share))
        };
        counts.everywhere <= TRIES_PER_ACCOUNT_EVERYWHERE
            && within(counts.of_account, TRIES_PER_ACCOUNT)
            && within(counts.of_networks, TRIES_PER_ADDRESS)
    };
    Ok((!is_within).then_some(until))
}

impl From<SignInError> for AppError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Invalid(problems) => problems,
            SignInError::WrongCredentials => Code::WrongCredentials.into(),
            // The caller goes on to the second step.
            SignInError::CodeNeeded(_) => Code::SecondFactorNeeded.into(),
            SignInError::TooManyAttempts { until } => AppError::too_many_attempts_until(until.unix_timestamp() * 1000),
            SignInError::Hash(_) => Code::Internal.into(),
            SignInError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests;
