//! Password hashing: argon2id, off the async threads, a bounded number at once.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use model::{Code, auth::Password as Bounds};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// A user's new password, normalised and within its bounds.
pub struct Password(String);

/// How many guesses a new password has to withstand. The 10,000 commonest passwords do not, with a few digits or capitals
/// neither (ASVS 5.0, 6.2.4), nor does the shop's name or the account's (6.2.11).
const GUESSES_MIN: u64 = 100_000;
/// The shop's name.
const SHOP: &str = "gittix";

impl Password {
    /// Takes a password of any characters, without trimming it, for the account with an email, and normalises it.
    ///
    /// Keyboards type one text in several ways: `é` as one character or two, a space with or without the option key,
    /// Latin letters in full width. NFKC makes one of them; SP 800-63B asks for a normalisation before hashing, and NFC
    /// would leave the last two apart.
    ///
    /// # Errors
    ///
    /// [`Code::Required`], [`Code::PasswordTooShort`] or [`Code::PasswordTooLong`], by the normalised characters, and
    /// [`Code::PasswordTooCommon`].
    pub fn parse(text: &str, email: &str) -> Result<Self, Code> {
        let normalised = normalised(text);
        match normalised.chars().count() {
            0 => Err(Code::Required),
            1..Bounds::MIN_CHARS => Err(Code::PasswordTooShort),
            Bounds::MIN_CHARS..=Bounds::MAX_CHARS if is_common(&normalised, email) => Err(Code::PasswordTooCommon),
            Bounds::MIN_CHARS..=Bounds::MAX_CHARS => Ok(Self(normalised)),
            _ => Err(Code::PasswordTooLong),
        }
    }
}

impl Password {
    /// A password that has just matched an account's hash. It was within its bounds when it was set.
    pub(super) fn matched(typed: &str) -> Self {
        Self(normalised(typed))
    }

    /// A code that the shop made itself: shorter than what a person may choose.
    pub(super) fn of_code(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Whether a password is among the first guesses of a stranger who knows the account's email.
fn is_common(password: &str, email: &str) -> bool {
    let mut known: Vec<_> = email.split(|sign: char| !sign.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    known.extend([email, SHOP]);
    zxcvbn::zxcvbn(password, &known).guesses() < GUESSES_MIN
}

fn normalised(text: &str) -> String {
    text.nfkc().collect()
}

/// The texts that a typed password may have been hashed as: normalised and, by an earlier version, as typed.
fn spellings(typed: &str) -> Vec<String> {
    let mut spellings = vec![normalised(typed), typed.to_owned()];
    spellings.dedup();
    spellings.retain(|text| text.chars().count() <= Bounds::MAX_CHARS);
    spellings
}

/// Whether a typed password is short enough to be an account's.
pub(super) fn can_be_stored(typed: &str) -> bool {
    !spellings(typed).is_empty()
}

/// Hashes and verifies passwords.
///
/// Each hash takes some 19 MiB and tens of milliseconds of one core (argon2's defaults, OWASP's
/// recommendation), so only a few run at once, and each works in memory that the one before it has left.
/// Allocated anew for each hash, glibc 2.36 gives that memory neither back nor out again: its blocks are
/// aligned to 64 bytes, and a freed aligned chunk is lost while anything small lies above it. A server then
/// grows to 1.1 GiB in 640 sign-ins.
///
/// The memory is not erased after a hash. What stays in it is as hard to guess a password from as the stored
/// hash, the next hash overwrites it, and a process that leaks its memory leaks the passwords of requests
/// themselves. Erasing it would cost each hash another pass over 19 MiB.
#[derive(Clone, Debug)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Memory>>>,
}

/// What a hash works in. It is never freed: there are as many as there have been hashes at once.
type Memory = Vec<Block>;

/// The hasher failed; never the password's fault.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed or verified")]
pub struct HashError;

/// What an unknown account is verified against, so that it takes the time of a known one.
/// Argon2id with the default parameters over a random password that nobody kept.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Z2l0dGl4LW5vYm9keS0wMQ$YJ/yYp61MrXmQ9MV3ea0T04nZLMZ2LtPTaoVZRcIBBw";

impl Passwords {
    /// A hasher that runs at most `at_once` hashes at a time. It keeps 19 MiB for each that has been.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self { at_once: Arc::new(Semaphore::new(at_once.max(1))), idle: Arc::default() }
    }

    /// Hashes a password with a fresh salt into a PHC string.
    ///
    /// # Errors
    ///
    /// When the system has no randomness or memory to give.
    pub async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let password = password.0.clone();
        self.run(move |memory| {
            let salt = argon2::password_hash::try_generate_salt().map_err(|_| HashError)?;
            let (algorithm, version, params) = (Algorithm::default(), Version::default(), Params::default());
            let shown = ParamsString::try_from(&params).map_err(|_| HashError)?;
            let argon2 = Argon2::new(algorithm, version, params);
            let output = output(&argon2, password.as_bytes(), &salt, memory)?;
            let hash = PasswordHash {
                algorithm: algorithm.ident(),
                version: Some(version.into()),
                params: shown,
                salt: Some(Salt::new(&salt).map_err(|_| HashError)?),
                hash: Some(output),
            };
            Ok(hash.to_string())
        })
        .await?
    }

    /// Whether a hash was made as hashes are made today. One that cannot be read was not.
    #[must_use]
    pub fn is_current(&self, hash: &str) -> bool {
        let today = (
            Algorithm::default().ident(),
            Some(Version::default().into()),
            ParamsString::try_from(&Params::default()).ok(),
        );
        PasswordHash::new(hash).is_ok_and(|hash| (hash.algorithm, hash.version, Some(hash.params)) == today)
    }

    /// Whether `password` is the one behind `hash`. Without a hash the same work is
    /// done and the answer is no.
    ///
    /// A hash of an earlier version is of the text as typed: it is tried where the normalised text does not match and
    /// differs.
    ///
    /// # Errors
    ///
    /// When the stored hash cannot be read.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, HashError> {
        let spellings = spellings(password);
        self.run(move |memory| {
            let stored = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(|_| HashError)?;
            let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Err(HashError) };
            let argon2 = hasher_of(&stored)?;
            for text in spellings {
                // `Output` compares in constant time.
                if output(&argon2, text.as_bytes(), salt, memory)? == *expected {
                    return Ok(hash.is_some());
                }
            }
            Ok(false)
        })
        .await?
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| HashError)?;
        let idle = Arc::clone(&self.idle);
        tokio::task::spawn_blocking(move || {
            let mut memory = locked(&idle).pop().unwrap_or_default();
            let outcome = work(&mut memory);
            // Before the permit goes back: the hash that gets it finds the memory.
            locked(&idle).push(memory);
            drop(permit);
            outcome
        })
        .await
        .map_err(|_| HashError)
    }
}

fn locked(idle: &Mutex<Vec<Memory>>) -> MutexGuard<'_, Vec<Memory>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hasher that a stored hash was made by.
fn hasher_of(stored: &PasswordHash) -> Result<Argon2<'static>, HashError> {
    let algorithm = Algorithm::new(stored.algorithm.as_str()).map_err(|_| HashError)?;
    let version = stored.version.map(Version::try_from).transpose().map_err(|_| HashError)?;
    let params = Params::try_from(stored).map_err(|_| HashError)?;
    Ok(Argon2::new(algorithm, version.unwrap_or_default(), params))
}

/// Runs argon2 in `memory`, which grows to what the hasher's parameters ask for.
fn output(argon2: &Argon2<'_>, password: &[u8], salt: &[u8], memory: &mut Memory) -> Result<Output, HashError> {
    let blocks = argon2.params().block_count();
    if let Some(missing) = blocks.checked_sub(memory.len()) {
        memory.try_reserve_exact(missing).map_err(|_| HashError)?;
        memory.resize(blocks, Block::new());
    }
    let mut output = [0; Output::MAX_LENGTH];
    let length = argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let output = output.get_mut(..length).ok_or(HashError)?;
    argon2.hash_password_into_with_memory(password, salt, output, memory).map_err(|_| HashError)?;
    Output::new(output).map_err(|_| HashError)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text, "ana@example.com").expect("long enough")
    }

    #[tokio::test]
    async fn verifies_what_it_hashed() {
        let passwords = Passwords::new(2);
        let hash = passwords.hash(&password("correct horse")).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.expect("verifies"));
        assert!(!passwords.verify("correct horsf", Some(hash)).await.expect("verifies"));
    }

    #[test]
    fn passwords_are_bounded_in_normalised_characters() {
        let parse = |text: &str| Password::parse(text, "ana@example.com").map(|password| password.0);
        assert_eq!(parse(""), Err(Code::Required));
        assert_eq!(parse("1234567"), Err(Code::PasswordTooShort));
        assert_eq!(parse("e\u{301}234567"), Err(Code::PasswordTooShort), "seven characters");
        assert_eq!(parse(" 123456 "), Ok(" 123456 ".to_owned()));
        assert_eq!(parse(&"e\u{301} plain words ".repeat(8)), Ok("é plain words ".repeat(8)));
        assert_eq!(parse(&"é".repeat(129)), Err(Code::PasswordTooLong));
        assert!(can_be_stored(&"\u{1112}\u{1161}\u{11ab}".repeat(128)) && !can_be_stored(&"é".repeat(129)));
        assert!(!format!("{:?}", password("hunter of 22")).contains("hunter"));
    }

    #[test]
    fn passwords_that_others_would_guess_are_refused() {
        let parse = |text: &str| Password::parse(text, "ana.ferry@night.example").map(drop);
        for common in [
            "password1",
            "Passw0rd",
            "qwertyuiop",
            "12345678",
            "iloveyou",
            "hunter22",
            "gittix2026",
            "GitTixGitTix",
            "anaferry",
            "ana.ferry@night.example",
            "aaaaaaaaaaaa",
        ] {
            assert_eq!(parse(common), Err(Code::PasswordTooCommon), "{common}");
        }
        for good in ["correct horse", "a few plain words", "the ferry of ana", "x7#kQ2!v", "Žluťoučký kůň"] {
            assert_eq!(parse(good), Ok(()), "{good}");
        }
    }

    /// Proves the normalisation: the same password comes from different keyboards in different characters.
    #[tokio::test]
    async fn keyboards_do_not_matter() {
        let passwords = Passwords::new(2);
        let hash = passwords.hash(&password("Café Zürich 12")).await.expect("hashes");
        for typed in
            ["Café Zürich 12", "Cafe\u{301} Zu\u{308}rich 12", "Café\u{a0}Zürich 12", "Ｃafé Zürich\u{3000}１２"]
        {
            assert!(passwords.verify(typed, Some(hash.clone())).await.expect("verifies"), "{typed:?}");
        }
        assert!(!passwords.verify("Cafe Zurich 12", Some(hash)).await.expect("verifies"));
    }

    /// Proves that the text as typed is tried, too: earlier versions hashed it.
    #[tokio::test]
    async fn hashes_of_the_text_as_typed_verify() {
        use argon2::password_hash::PasswordHasher;

        let passwords = Passwords::new(1);
        let typed = "Cafe\u{301} Zu\u{308}rich\u{a0}12";
        let hash: PasswordHash = Argon2::default().hash_password(typed.as_bytes()).expect("hashes");
        assert!(passwords.verify(typed, Some(hash.to_string())).await.expect("verifies"));
        assert!(!passwords.verify("Café Zürich 12", Some(hash.to_string())).await.expect("verifies"));
    }

    #[tokio::test]
    async fn hashes_of_other_parameters_are_not_current() {
        use argon2::password_hash::PasswordHasher;

        let passwords = Passwords::new(1);
        assert!(passwords.is_current(&passwords.hash(&password("correct horse")).await.expect("hashes")));
        assert!(passwords.is_current(NOBODY));
        for (algorithm, memory_kib, passes) in [
            (Algorithm::Argon2id, 64, 3),
            (Algorithm::Argon2id, Params::DEFAULT_M_COST, 1),
            (Algorithm::Argon2i, Params::DEFAULT_M_COST, 2),
        ] {
            let params = Params::new(memory_kib, passes, 1, None).expect("parameters");
            let argon2 = Argon2::new(algorithm, Version::default(), params);
            let hash: PasswordHash = argon2.hash_password(b"correct horse").expect("hashes");
            assert!(!passwords.is_current(&hash.to_string()), "{hash}");
        }
        assert!(!passwords.is_current("$argon2id$"));
    }

    #[tokio::test]
    async fn salts_every_hash() {
        let passwords = Passwords::new(2);
        let once = passwords.hash(&password("correct horse")).await.expect("hashes");
        let again = passwords.hash(&password("correct horse")).await.expect("hashes");
        assert_ne!(once, again);
    }

    /// Hashes that were made before the memory was kept: by argon2's own `hash_password`, and with other parameters.
    #[tokio::test]
    async fn hashes_of_other_makers_verify() {
        use argon2::password_hash::{PasswordHasher, PasswordVerifier};

        let passwords = Passwords::new(1);
        for (memory_kib, passes) in [(Params::DEFAULT_M_COST, Params::DEFAULT_T_COST), (64, 3), (32_768, 1)] {
            let params = Params::new(memory_kib, passes, 1, None).expect("parameters");
            let hash: PasswordHash = Argon2::from(params).hash_password(b"correct horse").expect("hashes");
            assert!(passwords.verify("correct horse", Some(hash.to_string())).await.expect("verifies"), "{hash}");
            assert!(!passwords.verify("correct horsf", Some(hash.to_string())).await.expect("verifies"), "{hash}");
        }
        let hash = passwords.hash(&password("correct horse")).await.expect("hashes");
        Argon2::default().verify_password(b"correct horse", hash.as_str()).expect("argon2 itself verifies ours");
        assert!(passwords.verify("correct horse", Some("$argon2id$v=19".into())).await.is_err());
    }

    #[tokio::test]
    async fn memory_is_kept_for_each_hash_at_once() {
        let passwords = Passwords::new(2);
        let hash = passwords.hash(&password("correct horse")).await.expect("hashes");
        assert_eq!(locked(&passwords.idle).len(), 1, "one at a time needs one");
        let verify = || passwords.verify("correct horse", Some(hash.clone()));
        let verified = futures_util::future::join_all((0..8).map(|_| verify())).await;
        assert!(verified.into_iter().all(|verified| verified.expect("verifies")));
        let idle = locked(&passwords.idle);
        assert!(idle.len() <= 2 && idle.iter().all(|memory| memory.len() == Params::default().block_count()));
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
