//! Seals what only one person may read: the files and codes of tickets.
//!
//! AES-256-GCM, by `ring`. A sealed text is its nonce, which is random, and what `ring` makes of the text. It is bound to
//! a context: opened with another one, it fails.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Greatest length of a key's id.
const ID_MAX: usize = 20;

/// What is sealed, and the id of the key that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The id of the key.
    pub key_id: String,
    /// The nonce and the sealed text.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Why something was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingError {
    /// No key has this id: it was taken out of the settings too early.
    #[error("no key of this id is set")]
    UnknownKey,
    /// It was changed, or belongs to another context.
    #[error("it was changed since it was sealed")]
    Changed,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandom,
}

/// The keys that seal. New things are sealed with the first; the others open what was sealed before a rotation.
#[derive(Clone)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: String,
    secret: SecretSlice<u8>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl FromStr for Keys {
    type Err = String;

    /// Reads `id:key`, with commas between several: the key is 32 bytes in hexadecimal.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let keys = text.split(',').map(|part| {
            let (id, key) = part.trim().split_once(':').ok_or("each key is written ID:KEY")?;
            let is_id = (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_id {
                return Err(format!("the id of a key is 1 to {ID_MAX} letters and digits"));
            }
            Ok(Key { id: id.to_owned(), secret: read_key(key)? })
        });
        let keys: Vec<Key> = keys.collect::<Result<_, String>>()?;
        let has_twins = (1..keys.len()).any(|place| keys[..place].iter().any(|key| key.id == keys[place].id));
        if has_twins { Err("two keys have one id".to_owned()) } else { Ok(Self(keys)) }
    }
}

/// A key as it is written in the settings.
fn read_key(text: &str) -> Result<SecretSlice<u8>, String> {
    let bytes = hex::decode(text.trim()).ok().filter(|bytes| bytes.len() == KEY_BYTES);
    bytes.map(Into::into).ok_or_else(|| {
        format!("a key is {KEY_BYTES} bytes in hexadecimal, as `openssl rand -hex {KEY_BYTES}` writes them")
    })
}

impl Keys {
    /// Seals a short text with the present key.
    ///
    /// # Errors
    ///
    /// [`SealingError::NoRandom`].
    pub fn seal(&self, context: &[u8], text: &[u8]) -> Result<Sealed, SealingError> {
        let key = self.0.first().ok_or(SealingError::UnknownKey)?;
        Ok(Sealed { key_id: key.id.clone(), bytes: seal(key.secret.expose_secret(), context, text)? })
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`SealingError::UnknownKey`] and [`SealingError::Changed`].
    pub fn open(&self, context: &[u8], sealed: &Sealed) -> Result<Vec<u8>, SealingError> {
        let key = self.0.iter().find(|key| key.id == sealed.key_id).ok_or(SealingError::UnknownKey)?;
        open(key.secret.expose_secret(), context, &sealed.bytes)
    }

    /// Seals a file with a key of its own. Returns the sealed file, and its key, which is sealed in turn: rotating the
    /// keys of the settings need not touch files.
    ///
    /// # Errors
    ///
    /// [`SealingError::NoRandom`].
    pub fn seal_file(&self, context: &[u8], file: &[u8]) -> Result<(Vec<u8>, Sealed), SealingError> {
        let mut own = [0; KEY_BYTES];
        SystemRandom::new().fill(&mut own).map_err(|_| SealingError::NoRandom)?;
        Ok((seal(&own, context, file)?, self.seal(context, &own)?))
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// [`SealingError::UnknownKey`] and [`SealingError::Changed`].
    pub fn open_file(&self, context: &[u8], file: &[u8], own: &Sealed) -> Result<Vec<u8>, SealingError> {
        open(&self.open(context, own)?, context, file)
    }
}

/// The key with which codes and files are compared without being kept. It is never rotated: what was hashed before
/// would not be found again.
#[derive(Clone)]
pub struct HashKey(SecretSlice<u8>);

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey")
    }
}

impl FromStr for HashKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read_key(text).map(Self)
    }
}

impl HashKey {
    /// HMAC-SHA-256 of `bytes`, for one `purpose`: hashes for different purposes are never equal.
    #[must_use]
    pub fn hash(&self, purpose: &str, bytes: &[u8]) -> Vec<u8> {
        self.mac(purpose, bytes).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }

    /// Whether `given` is the hash of `bytes`. The time it takes does not tell how much of it is right.
    #[must_use]
    pub fn verify(&self, purpose: &str, bytes: &[u8], given: &[u8]) -> bool {
        self.mac(purpose, bytes).is_some_and(|mac| mac.verify_slice(given).is_ok())
    }

    fn mac(&self, purpose: &str, bytes: &[u8]) -> Option<Hmac<Sha256>> {
        // Always one: a key of any length is taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(bytes);
        Some(mac)
    }
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, SealingError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| SealingError::Changed)
}

fn seal(key: &[u8], context: &[u8], text: &[u8]) -> Result<Vec<u8>, SealingError> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(|_| SealingError::NoRandom)?;
    let mut sealed = Vec::with_capacity(NONCE_LEN + text.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(text);
    let tag = cipher(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed[NONCE_LEN..])
        .map_err(|_| SealingError::Changed)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn open(key: &[u8], context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealingError> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(SealingError::Changed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealingError::Changed)?;
    let mut text = text.to_vec();
    let opened = cipher(key)?.open_in_place(nonce, Aad::from(context), &mut text);
    let length = opened.map_err(|_| SealingError::Changed)?.len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Keys {
        text.parse().expect("keys")
    }

    fn key(digit: char) -> String {
        digit.to_string().repeat(2 * KEY_BYTES)
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_and_in_its_context() {
        let old = keys(&format!("a:{}", key('1')));
        let sealed = old.seal(b"ticket 1", b"LH-1").expect("seals");
        assert!(!sealed.bytes.windows(4).any(|part| part == b"LH-1"));
        assert_ne!(sealed, old.seal(b"ticket 1", b"LH-1").expect("seals"), "each has a nonce of its own");
        let rotated = keys(&format!("b:{}, a:{}", key('2'), key('1')));
        assert_eq!(rotated.open(b"ticket 1", &sealed).expect("opens"), b"LH-1");
        assert_eq!(rotated.open(b"ticket 2", &sealed), Err(SealingError::Changed));
        assert_eq!(rotated.seal(b"", b"").expect("seals").key_id, "b");
        assert_eq!(keys(&format!("b:{}", key('2'))).open(b"ticket 1", &sealed), Err(SealingError::UnknownKey));
        assert_eq!(keys(&format!("a:{}", key('2'))).open(b"ticket 1", &sealed), Err(SealingError::Changed));
        for place in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[place] ^= 1;
            assert_eq!(old.open(b"ticket 1", &changed), Err(SealingError::Changed), "byte {place}");
        }
        let short = Sealed { bytes: sealed.bytes[..5].to_vec(), ..sealed };
        assert_eq!(old.open(b"ticket 1", &short), Err(SealingError::Changed));
    }

    #[test]
    fn each_file_has_a_key_of_its_own() {
        let keys = keys(&format!("a:{}", key('1')));
        let file = vec![7; 100_000];
        let (sealed, own) = keys.seal_file(b"file 1", &file).expect("seals");
        assert_eq!(keys.open_file(b"file 1", &sealed, &own).expect("opens"), file);
        let (other, _) = keys.seal_file(b"file 1", &file).expect("seals");
        assert_eq!(keys.open_file(b"file 1", &other, &own), Err(SealingError::Changed));
        assert_eq!(keys.open_file(b"file 2", &sealed, &own), Err(SealingError::Changed));
    }

    #[test]
    fn keys_are_read_or_refused_in_words() {
        let refused = |text: &str| text.parse::<Keys>().expect_err("no keys");
        assert!(refused("").contains("ID:KEY"));
        assert!(refused("a:12").contains("32 bytes"));
        assert!(refused(&format!("a b:{}", key('1'))).contains("letters"));
        assert!(refused(&format!("a:{},a:{}", key('1'), key('2'))).contains("one id"));
        assert!("12".parse::<HashKey>().is_err());
    }

    #[test]
    fn hashes_tell_purposes_apart_and_secrets_are_not_shown() {
        let hash = key('3').parse::<HashKey>().expect("a key");
        assert_eq!(hash.hash("code", b"1"), hash.hash("code", b"1"));
        assert_ne!(hash.hash("code", b"1"), hash.hash("file", b"1"));
        assert_ne!(hash.hash("code", b"1"), key('4').parse::<HashKey>().expect("a key").hash("code", b"1"));
        let shown = format!("{:?} {hash:?}", keys(&format!("a:{}", key('1'))));
        assert_eq!(shown, r#"["a"] HashKey"#);
    }
}
