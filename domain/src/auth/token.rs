//! Secret tokens: 256 random bits, of which only a hash is stored.

use std::{fmt, marker::PhantomData};

use sha2::{Digest, Sha256};

/// A secret of one kind: the type keeps a reset token from being used as a session token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token<Kind>(String, PhantomData<Kind>);

impl<Kind> Token<Kind> {
    /// A new token from the system's random number generator.
    #[must_use]
    pub fn generate() -> Self {
        Self(hex::encode(rand::random::<[u8; 32]>()), PhantomData)
    }

    /// Parses a token. Returns `None` if the text does not have the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
            .then(|| Self(text.to_owned(), PhantomData))
    }

    /// The secret as text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The hash that is stored. An unsalted hash is enough, because a random token cannot be guessed.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl<Kind> fmt::Debug for Token<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use crate::auth::session::SessionToken;

    #[test]
    fn parse_accepts_only_token_form() {
        let token = SessionToken::generate();
        assert_eq!(SessionToken::parse(token.expose()), Some(token.clone()));
        assert_ne!(SessionToken::generate(), token);
        for value in ["", "abc", &"G".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
            assert_eq!(SessionToken::parse(value), None, "{value:?}");
        }
        assert!(!format!("{token:?}").contains(token.expose()));
    }
}
