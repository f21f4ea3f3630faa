//! Password hashing: argon2id, off the async threads, a bounded number at once.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use model::auth::Password;
use tokio::sync::Semaphore;

/// Hashes and verifies passwords.
///
/// Each hash takes some 19 MiB and tens of milliseconds of one core (argon2's
/// defaults, OWASP's recommendation), so only as many run at once as there are cores.
#[derive(Clone, Debug)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
}

/// The hasher failed; never the password's fault.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed or verified")]
pub struct HashError;

/// What an unknown account is verified against, so that it takes the time of a known one.
/// Argon2id with the default parameters over a random password that nobody kept.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Z2l0dGl4LW5vYm9keS0wMQ$YJ/yYp61MrXmQ9MV3ea0T04nZLMZ2LtPTaoVZRcIBBw";

impl Passwords {
    /// A hasher that runs at most `at_once` hashes at a time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self { at_once: Arc::new(Semaphore::new(at_once.max(1))) }
    }

    /// Hashes a password with a fresh salt into a PHC string.
    ///
    /// # Errors
    ///
    /// When the system has no randomness or memory to give.
    pub async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let password = password.expose().to_owned();
        self.run(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash: PasswordHash| hash.to_string())
                .map_err(|_| HashError)
        })
        .await?
    }

    /// Whether `password` is the one behind `hash`. Without a hash the same work is
    /// done and the answer is no.
    ///
    /// # Errors
    ///
    /// When the stored hash cannot be read.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, HashError> {
        let password = password.to_owned();
        self.run(move || {
            let stored = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(|_| HashError)?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &stored).is_ok() && hash.is_some())
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let permit = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| HashError)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|_| HashError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text).expect("long enough")
    }

    #[tokio::test]
    async fn verifies_what_it_hashed() {
        let passwords = Passwords::new(2);
        let hash = passwords.hash(&password("correct horse")).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.expect("verifies"));
        assert!(!passwords.verify("correct horsf", Some(hash)).await.expect("verifies"));
    }

    #[tokio::test]
    async fn salts_every_hash() {
        let passwords = Passwords::new(2);
        let once = passwords.hash(&password("correct horse")).await.expect("hashes");
        let again = passwords.hash(&password("correct horse")).await.expect("hashes");
        assert_ne!(once, again);
    }

    /// An unknown account costs what a known one does: the stand-in has the parameters of a fresh hash.
    #[tokio::test]
    async fn an_unknown_account_is_the_same_work() {
        let passwords = Passwords::new(1);
        let fresh = passwords.hash(&password("correct horse")).await.expect("hashes");
        let parameters = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parameters(&fresh), parameters(NOBODY));
        assert!(!passwords.verify("anything", None).await.expect("the stand-in can be read"));
    }
}
