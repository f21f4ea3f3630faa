//! Session tokens: 256 random bits in a cookie, their hash in the database.

use std::fmt;

use sha2::{Digest, Sha256};

/// A session ends this long after it was last used.
pub const IDLE_DAYS: i32 = 14;
/// A session ends this long after its sign-in, however busy.
pub const ABSOLUTE_DAYS: i32 = 30;

/// The secret in the cookie. Whoever has it is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// A new token from the system's generator.
    #[must_use]
    pub fn generate() -> Self {
        Self(hex::encode(rand::random::<[u8; 32]>()))
    }

    /// Takes a cookie's value for a token, if it has the form of one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        (value.len() == 64 && value.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
            .then(|| Self(value.to_owned()))
    }

    /// The cookie's value.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored. A plain hash will do: the token has no pattern to guess by.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_its_own_form() {
        let token = SessionToken::generate();
        assert_eq!(SessionToken::parse(token.expose()), Some(token.clone()));
        assert_ne!(SessionToken::generate(), token);
        for value in ["", "abc", &"G".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
            assert_eq!(SessionToken::parse(value), None, "{value:?}");
        }
        assert!(!format!("{token:?}").contains(token.expose()));
    }
}
