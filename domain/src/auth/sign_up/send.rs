//! Mailing codes.

use model::{SignUpId, error::causes};
use platform::mail::{Message, SendError};

use super::{CODE_MINUTES, purpose::Purpose, store};
use crate::{
    Backend,
    auth::{
        self,
        email::{Email, Spellings},
        password::{HashError, Password},
    },
    mail::templates,
};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendCodeError {
    /// The mail server did not take the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// Hashing the code failed.
    #[error("the code was not hashed")]
    Hash(#[source] HashError),
    /// A query that reads or writes the sign-up failed.
    #[error("the sign-up was not read")]
    Database(#[from] sqlx::Error),
}

/// Mails a code, or says why there is none: to an address that has an account already, or, for signing in, to one that has
/// none. Does nothing if the code is too old or has ended, or its mail was sent.
///
/// A mail that is sent again carries another code, which replaces the one before.
///
/// # Errors
///
/// When a retry may help.
#[tracing::instrument(name = "auth.send_code", skip_all, fields(sign_up.id = %id))]
pub async fn send_code(backend: &Backend, id: SignUpId) -> Result<(), SendCodeError> {
    let Some(store::Due { email: address, purpose }) = store::due(&backend.db, id).await? else { return Ok(()) };
    let account = auth::store::find_by_email(&backend.db, &Spellings::of(&address)).await?;
    let message = match (purpose, account.is_some()) {
        (Purpose::SignUp, true) => templates::has_account(&backend.mail.page("/signin"), &backend.mail.page("/forgot")),
        (Purpose::ChangeOfAddress(_), true) => templates::address_has_account(),
        (Purpose::SignIn, false) => templates::has_no_account(&backend.mail.page("/signup")),
        (Purpose::SignUp | Purpose::ChangeOfAddress(_), false) | (Purpose::SignIn, true) => {
            let code = new_code();
            let hash = backend.passwords.hash(&Password::of_code(&code)).await.map_err(SendCodeError::Hash)?;
            if !store::arm(&backend.db, id, &hash).await? {
                return Ok(());
            }
            with_code(backend, purpose, &code)
        }
    };
    send_to(backend, &address, message).await?;
    Ok(store::mark_sent(&backend.db, id).await?)
}

fn with_code(backend: &Backend, purpose: Purpose, code: &str) -> Message {
    let link = |page| backend.mail.link(page, "code", code);
    match purpose {
        Purpose::SignUp => templates::sign_up_code(code, &link("/signup/code"), CODE_MINUTES),
        Purpose::ChangeOfAddress(_) => templates::address_code(code, &link("/account/email"), CODE_MINUTES),
        Purpose::SignIn => templates::sign_in_code(code, &link("/signin/email"), CODE_MINUTES),
    }
}

/// Tells the address that an account had before that it has another one now. Does nothing if that is not known any more.
///
/// # Errors
///
/// When a retry may help.
#[tracing::instrument(name = "auth.send_address_changed", skip_all, fields(sign_up.id = %id))]
pub async fn send_address_changed(backend: &Backend, id: SignUpId) -> Result<(), SendCodeError> {
    let Some(old) = store::old_email(&backend.db, id).await? else { return Ok(()) };
    send_to(backend, &old, templates::address_changed(&backend.mail.page("/imprint"))).await
}

/// Sends a mail, or gives it up.
async fn send_to(backend: &Backend, address: &str, message: Message) -> Result<(), SendCodeError> {
    let sent = match Email::parse(address) {
        Ok(email) => backend.mail.send(email.into_address(), message).await,
        Err(_) => Err(SendError::Unwritable),
    };
    match sent {
        Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
        sent => sent.map_err(SendCodeError::Send)?,
    }
    Ok(())
}

/// Six digits.
fn new_code() -> String {
    format!("{:06}", rand::random_range(0..1_000_000))
}
