//! Accounts: the fields of forms, and the views of pages.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Code, SessionId, Timestamp, UserId, error::Field, waitlist::Offer};

/// The signed-in user of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentUser {
    /// Their id.
    pub id: UserId,
    /// Their email, as typed.
    pub email: String,
    /// Their unpaid order from a waitlist; the one that ends first.
    pub offer: Option<Offer>,
    /// Whether they are on a waitlist.
    pub is_waiting: bool,
}

impl CurrentUser {
    /// Whether pages must follow a waitlist for offers.
    #[must_use]
    pub fn follows_waitlists(&self) -> bool {
        self.is_waiting || self.offer.is_some()
    }
}

/// A user's own account, as the user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Their email, as typed.
    pub email: String,
    /// The devices where they are signed in, the last used first.
    pub devices: Vec<DeviceView>,
}

/// A device where a user is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Its session, to sign it out.
    pub id: SessionId,
    /// Its browser and system: `Firefox on Linux`.
    pub device: String,
    /// When its session began.
    pub signed_in_at: Timestamp,
    /// When it was last used, to about a minute.
    pub last_seen_at: Timestamp,
    /// Whether it is the device of this request.
    pub is_this: bool,
}

/// An email address as typed; compared without case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The longest address in bytes, by RFC 5321.
    pub const MAX_BYTES: usize = 254;

    /// Parses an address. Only its shape is checked: whether it exists, only a mail can show.
    ///
    /// # Errors
    ///
    /// [`Code::Required`] when empty; [`Code::InvalidEmail`] without exactly one `@` between
    /// a name and a host with a dot, with white space or control characters, or past
    /// [`Email::MAX_BYTES`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Code::Required);
        }
        let (name, host) = text.split_once('@').ok_or(Code::InvalidEmail)?;
        let host_is_fine = host.contains('.')
            && host.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
        let name_is_fine = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control());
        if text.len() <= Self::MAX_BYTES && name_is_fine && host_is_fine {
            Ok(Self(text.to_owned()))
        } else {
            Err(Code::InvalidEmail)
        }
    }

    /// The address as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Mail addresses stay out of logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A user's new password, within its bounds.
pub struct Password(String);

impl Password {
    /// The fewest characters: NIST SP 800-63B, 5.1.1.2.
    pub const MIN_CHARS: usize = 8;
    /// The most characters, which bounds the work of hashing.
    pub const MAX_CHARS: usize = 128;

    /// Takes a password unchanged: it is not trimmed, and no kind of character is required.
    ///
    /// # Errors
    ///
    /// [`Code::Required`], [`Code::PasswordTooShort`] or [`Code::PasswordTooLong`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        match text.chars().count() {
            0 => Err(Code::Required),
            1..Self::MIN_CHARS => Err(Code::PasswordTooShort),
            Self::MIN_CHARS..=Self::MAX_CHARS => Ok(Self(text.to_owned())),
            _ => Err(Code::PasswordTooLong),
        }
    }

    /// The characters, for hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The fields of the sign-up and sign-in forms.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Credentials {
    /// Email, as typed.
    pub email: String,
    /// Password, as typed.
    pub password: String,
}

impl Credentials {
    /// Parses both fields and collects all problems.
    ///
    /// # Errors
    ///
    /// One problem for each invalid field.
    pub fn parse(&self) -> Result<(Email, Password), crate::AppError> {
        let mut problems = crate::error::Problems::default();
        let email = problems.take(Field::Email, Email::parse(&self.email));
        let password = problems.take(Field::Password, Password::parse(&self.password));
        email.zip(password).ok_or_else(|| problems.into_error())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        for text in ["ana@example.com", " Ana.B+tickets@mail.example.co.uk ", "ünï@exämple.de"] {
            assert_eq!(Email::parse(text).map(|email| email.0), Ok(text.trim().to_owned()));
        }
        assert_eq!(Email::parse(" "), Err(Code::Required));
        let long = format!("{}@example.com", "a".repeat(250));
        for text in [
            "ana",
            "ana@",
            "@example.com",
            "ana@example",
            "a@b@c.de",
            "a b@c.de",
            "ana@ex ample.com",
            "ana@example..com",
            "a\n@b.de",
            &long,
        ] {
            assert_eq!(Email::parse(text), Err(Code::InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn bounds_passwords_in_characters() {
        let parse = |text: &str| Password::parse(text).map(|password| password.0);
        assert_eq!(parse(""), Err(Code::Required));
        assert_eq!(parse("1234567"), Err(Code::PasswordTooShort));
        assert_eq!(parse(" 123456 "), Ok(" 123456 ".to_owned()));
        assert_eq!(parse(&"é".repeat(128)), Ok("é".repeat(128)));
        assert_eq!(parse(&"é".repeat(129)), Err(Code::PasswordTooLong));
    }

    /// The messages are constants, and so are the bounds: they must agree.
    #[test]
    fn says_its_bounds_as_they_are() {
        for (code, bound) in
            [(Code::PasswordTooShort, Password::MIN_CHARS), (Code::PasswordTooLong, Password::MAX_CHARS)]
        {
            assert!(code.words().contains(&format!(" {bound} characters")), "{}", code.words());
        }
    }

    #[test]
    fn names_every_wrong_field() {
        let error = Credentials::default().parse().expect_err("both are empty");
        assert_eq!(error.errors().len(), 2);
        assert!(error.message_for(Field::Email).is_some() && error.message_for(Field::Password).is_some());
    }

    #[test]
    fn keeps_secrets_out_of_debug_output() {
        let credentials = Credentials { email: "ana@example.com".into(), password: "hunter22".into() };
        let (email, password) = credentials.parse().expect("both are fine");
        let shown = format!("{credentials:?} {email:?} {password:?}");
        assert!(!shown.contains("ana") && !shown.contains("hunter"), "{shown}");
    }
}
