//! The second factor: a code of an app, by RFC 6238, after the password. It is each user's to have, and an operator's
//! pages need it.
//!
//! - The secret is sealed at rest, bound to its user.
//! - Each code is good once: the step of the last one is stored, and no earlier one is taken.
//! - Ten recovery codes stand in for a lost app, each once. They are shown while the app is set up, and never again.
//! - Tries are counted by account, whichever browser makes them.
//! - A mail tells the owner when it is turned on or off.

mod bounds;
mod code;
mod remove;
mod set_up;
mod sign_in;
pub(super) mod store;
#[cfg(test)]
mod tests;
mod token;
mod told;

use model::{AppError, Code, UserId, error::Field};
use platform::sealing::SealingError;
use time::OffsetDateTime;

pub(super) use self::sign_in::begin_sign_in;
pub use self::{
    bounds::{RECOVERY_CODES, SET_UP_MINUTES, SIGN_IN_MINUTES, TRIES, TRIES_MINUTES},
    remove::{RemoveError, remove, remove_lost},
    set_up::{SetUpError, begin, confirm, show},
    sign_in::{EnterSignInCodeError, enter_sign_in_code},
    token::{SignInToken, SigningIn},
    told::{SendChangedError, send_changed},
};
use crate::{Backend, database};

/// Why a code was refused.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// It is not the app's at this moment, was used already, or is no recovery code that is left.
    #[error("the code is wrong")]
    Wrong,
    /// The account has been tried too often. This try counts, too.
    #[error("too many tries")]
    TooManyAttempts {
        /// When the tries count no more.
        until: OffsetDateTime,
    },
    /// The secret was not opened.
    #[error("the secret of the app was not opened")]
    Sealing(#[from] SealingError),
    /// A query that reads the second factor or uses up the code failed.
    #[error("the second factor was not read")]
    Database(#[from] sqlx::Error),
}

impl From<CodeError> for AppError {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Wrong => Self::field(Field::Code, Code::WrongSecondFactor),
            CodeError::TooManyAttempts { until } => Self::too_many_attempts_until(until.unix_timestamp() * 1000),
            CodeError::Sealing(_) => Code::Internal.into(),
            CodeError::Database(error) => database::public_code(&error).into(),
        }
    }
}

/// Uses up a code of a user's app or a recovery code.
async fn use_code(backend: &Backend, user: UserId, typed: &str) -> Result<(), CodeError> {
    // Counted before it is compared, so that many at once are no more than the bound.
    let tried = store::count_try(&backend.db, user, true).await?.ok_or(CodeError::Wrong)?;
    if code::is_of_app(typed) {
        return use_code_of_app(backend, user, &tried, typed).await;
    }
    tried.within_bounds()?;
    let is_good = store::use_recovery_code(&backend.db, user, &code::recovery_hash(typed)).await?;
    if is_good { Ok(()) } else { Err(CodeError::Wrong) }
}

/// Uses up a code of the app that `tried` is about.
async fn use_code_of_app(backend: &Backend, user: UserId, tried: &store::Tried, typed: &str) -> Result<(), CodeError> {
    tried.within_bounds()?;
    let secret = backend.second_factor_keys.open(&code::context(user), &tried.sealed())?;
    let step = code::step_of(&secret, typed, tried.now).ok_or(CodeError::Wrong)?;
    // Whichever of two requests with one code comes second finds its step used.
    if store::use_step(&backend.db, user, step).await? { Ok(()) } else { Err(CodeError::Wrong) }
}

impl store::Tried {
    fn within_bounds(&self) -> Result<(), CodeError> {
        if self.tries > TRIES { Err(CodeError::TooManyAttempts { until: self.until }) } else { Ok(()) }
    }
}
