//! The codes: of the app, and for recovery.

use model::UserId;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use totp_rs::{Builder, Secret, Totp};

/// Bytes of a secret, as RFC 4226 recommends.
pub(super) const SECRET_BYTES: usize = 20;
/// Digits of a code.
const DIGITS: usize = 6;
/// How many steps before and after the present one are good, because clocks differ and people type slowly.
const SKEW: u16 = 1;
/// The shop's name in the app.
const ISSUER: &str = "GitTix";
/// The letters of a recovery code: none is taken for another one. There are 32, so each has five bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How many letters a recovery code has: 80 bits.
const RECOVERY_LETTERS: usize = 16;
/// How many of them stand together.
const GROUP: usize = 4;

/// What a secret is sealed for: a row that is copied to another user opens nothing.
pub(super) fn context(user: UserId) -> Vec<u8> {
    format!("second factor of {user}").into_bytes()
}

/// What is typed, without what people put between the signs.
fn plain(typed: &str) -> String {
    typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').collect()
}

/// Whether it has the form of an app's code.
pub(super) fn is_of_app(typed: &str) -> bool {
    let plain = plain(typed);
    plain.len() == DIGITS && plain.bytes().all(|sign| sign.is_ascii_digit())
}

/// The app of a secret. `None` for one of another length, which no set-up makes.
fn app(secret: &[u8], account: &str) -> Option<Totp> {
    let secret = <[u8; SECRET_BYTES]>::try_from(secret).ok()?;
    Builder::new()
        .with_secret(Secret::new_stack(secret))
        .with_skew(SKEW)
        .with_issuer(Some(ISSUER))
        // The one sign that an app's address keeps for itself.
        .with_account_name(account.replace(':', "_"))
        .build()
        .ok()
}

/// The step whose code was typed, if it is good now.
pub(super) fn step_of(secret: &[u8], typed: &str, now: OffsetDateTime) -> Option<i64> {
    let now = u64::try_from(now.unix_timestamp()).ok()?;
    i64::try_from(app(secret, "")?.check(&plain(typed), now)?).ok()
}

/// A new secret.
pub(super) fn new_secret() -> [u8; SECRET_BYTES] {
    rand::random()
}

/// The secret as a person types it into an app, and the address that the app reads from a picture.
pub(super) fn for_app(secret: &[u8], email: &str) -> Option<(String, String)> {
    let app = app(secret, email)?;
    Some((in_groups(&app.secret().to_base32()), app.to_url().ok()?))
}

/// A new recovery code.
pub(super) fn new_recovery_code() -> String {
    let letter = || char::from(LETTERS[rand::random_range(0..LETTERS.len())]);
    let letters: String = (0..RECOVERY_LETTERS).map(|_| letter()).collect();
    in_groups(&letters)
}

fn in_groups(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    signs.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is stored of a recovery code.
pub(super) fn recovery_hash(typed: &str) -> [u8; 32] {
    Sha256::digest(plain(typed).to_lowercase().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B, for SHA-1, with the last six of their eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let at = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).expect("a time");
            assert_eq!(step_of(secret, code, at(seconds)), Some(seconds / 30));
            let (spaced, early, late) =
                (format!(" {}-{} ", &code[..3], &code[3..]), at(seconds - 30), at(seconds + 30));
            assert_eq!(step_of(secret, &spaced, early), Some(seconds / 30), "one step too early");
            assert_eq!(step_of(secret, code, late), Some(seconds / 30), "one step too late");
            assert_eq!(step_of(secret, code, at(seconds + 60)), None, "two steps too late");
        }
        assert_eq!(step_of(&secret[1..], "287082", OffsetDateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn app_is_told_shop_and_account() {
        let (key, address) = for_app(b"12345678901234567890", "ana@example.com").expect("fits");
        assert_eq!(key, "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ");
        assert_eq!(
            address,
            "otpauth://totp/GitTix:ana%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=GitTix"
        );
        assert!(for_app(b"12345678901234567890", "\"a:b\"@example.com").is_some());
    }

    #[test]
    fn recovery_codes_are_long_and_read_as_people_type_them() {
        let code = new_recovery_code();
        assert_eq!((code.len(), code.matches('-').count()), (19, 3), "{code}");
        assert_ne!(code, new_recovery_code());
        assert!(!is_of_app(&code) && is_of_app("123 456") && !is_of_app("12345") && !is_of_app("12345x"));
        assert_eq!(recovery_hash(&code), recovery_hash(&code.replace('-', " ").to_uppercase()));
        let mut letters = LETTERS.to_vec();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 32, "five bits each");
    }
}
