//! Setting the second factor up.

use std::net::IpAddr;

use model::{
    AppError, Code,
    auth::{CurrentUser, SecondFactorSetUp, SecondFactorView},
    error::Field,
    inspection::CodeKind,
};
use platform::sealing::SealingError;

use super::{CodeError, RECOVERY_CODES, code, store, told::tell, use_code_of_app};
use crate::{
    Backend,
    auth::{
        self,
        confirm::{self, ConfirmError},
        session::SessionToken,
    },
    database, delivery,
};

/// Why the second factor was not set up or shown.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The password was not confirmed.
    #[error("the password was not confirmed")]
    Unconfirmed(#[source] ConfirmError),
    /// The user has a second factor.
    #[error("there is a second factor")]
    IsOn,
    /// No set-up is under way, or it took too long.
    #[error("no set-up is under way")]
    Ended,
    /// The code was refused.
    #[error("the code was refused")]
    Code(#[from] CodeError),
    /// The secret was not sealed or opened, or is none.
    #[error("the secret of the app was not sealed or opened")]
    Sealing(#[from] SealingError),
    /// A query that reads or stores the second factor failed.
    #[error("the second factor was not stored")]
    Database(#[from] sqlx::Error),
}

/// Begins the set-up, which replaces one under way: makes a secret and recovery codes, which the page shows until a code
/// confirms it.
///
/// # Errors
///
/// Each variant of [`SetUpError`] is one reason.
#[tracing::instrument(name = "second_factor.begin", skip_all, fields(user.id = %user.id))]
pub async fn begin(backend: &Backend, user: &CurrentUser, password: &str, address: IpAddr) -> Result<(), SetUpError> {
    let verified = confirm::confirm(backend, user, password, address).await.map_err(SetUpError::Unconfirmed)?;
    let recovery: Vec<String> = (0..RECOVERY_CODES).map(|_| code::new_recovery_code()).collect();
    let (keys, context) = (&backend.second_factor_keys, code::context(user.id));
    let secret = keys.seal(&context, &code::new_secret())?;
    let recovery = keys.seal(&context, recovery.join("\n").as_bytes())?;
    if store::begin(&backend.db, user.id, &verified, &secret, &recovery).await? {
        Ok(())
    } else {
        Err(SetUpError::IsOn)
    }
}

/// How the user's second factor stands.
///
/// # Errors
///
/// [`SetUpError::Sealing`] and [`SetUpError::Database`].
pub async fn show(backend: &Backend, user: &CurrentUser) -> Result<SecondFactorView, SetUpError> {
    let standing = store::standing(&backend.db, user.id).await?;
    let Some(standing) = standing else { return Ok(SecondFactorView::default()) };
    let Some((secret, recovery)) = standing.set_up() else {
        let recovery_codes_left = u32::try_from(standing.codes_left).unwrap_or_default();
        return Ok(SecondFactorView { is_on: true, recovery_codes_left, set_up: None });
    };
    let (keys, context) = (&backend.second_factor_keys, code::context(user.id));
    let (key, address) = code::for_app(&keys.open(&context, &secret)?, &user.email).ok_or(SealingError::Changed)?;
    let recovery_codes = recovery_codes(&keys.open(&context, &recovery)?);
    let picture = delivery::draw(CodeKind::Qr, address.as_bytes()).unwrap_or_default();
    Ok(SecondFactorView {
        set_up: Some(SecondFactorSetUp { key, picture, recovery_codes }),
        ..SecondFactorView::default()
    })
}

/// Confirms the set-up by a code of the app. The session has passed the second factor by that; all others, which have
/// not, end.
///
/// # Errors
///
/// Each variant of [`SetUpError`] is one reason.
#[tracing::instrument(name = "second_factor.confirm", skip_all, fields(user.id = %user.id))]
pub async fn confirm(
    backend: &Backend,
    user: &CurrentUser,
    here: &SessionToken,
    typed: &str,
) -> Result<(), SetUpError> {
    let tried = store::count_try(&backend.db, user.id, false).await?.ok_or(SetUpError::Ended)?;
    use_code_of_app(backend, user.id, &tried, typed).await?;
    let sealed = tried.sealed_recovery().ok_or(SetUpError::Ended)?;
    let recovery = backend.second_factor_keys.open(&code::context(user.id), &sealed)?;
    let hashes: Vec<_> = recovery_codes(&recovery).iter().map(|code| code::recovery_hash(code).to_vec()).collect();

    let mut tx = backend.begin().await?;
    if !store::confirm(&mut tx, user.id, &tried.sealed()).await? {
        return Err(SetUpError::Ended);
    }
    store::insert_recovery_codes(&mut tx, user.id, &hashes).await?;
    auth::store::delete_other_sessions(&mut *tx, user.id, here).await?;
    auth::store::mark_second_factor(&mut *tx, here).await?;
    tell(&mut tx, user.id, true).await?;
    tx.commit().await?;
    tracing::info!(target: "security", { user.id = %user.id }, "a second factor was turned on");
    Ok(())
}

fn recovery_codes(opened: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(opened).lines().map(str::to_owned).collect()
}

impl From<SetUpError> for AppError {
    fn from(error: SetUpError) -> Self {
        match error {
            SetUpError::Unconfirmed(error) => error.at(Field::Password),
            SetUpError::IsOn => Code::SecondFactorOn.into(),
            SetUpError::Ended => Code::SetUpEnded.into(),
            SetUpError::Code(error) => error.into(),
            SetUpError::Sealing(_) => Code::Internal.into(),
            SetUpError::Database(error) => database::public_code(&error).into(),
        }
    }
}
