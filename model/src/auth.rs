//! Accounts: the fields of forms, and the views of pages.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Code, SessionId, Timestamp, UserId, orders::LockedOrder};

/// What an account may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum Role {
    /// Buy and sell.
    #[default]
    Member,
    /// That, and run the site.
    Operator,
}

/// The signed-in user of a request.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent answer")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentUser {
    /// Their id.
    pub id: UserId,
    /// Their email, with its host in lower-case ASCII.
    pub email: String,
    /// What they may do. Browsers are not told.
    #[serde(skip)]
    pub role: Role,
    /// Whether their email is verified: they may list, lock and wait. Browsers are not told.
    #[serde(skip)]
    pub is_verified: bool,
    /// Whether they have shown a second factor since they signed in. Browsers are not told.
    #[serde(skip)]
    pub has_second_factor: bool,
    /// Their unpaid order whose tickets are locked; the one that ends first.
    pub locked_order: Option<LockedOrder>,
    /// Whether they are on a waitlist.
    pub is_waiting: bool,
    /// Whether they watch an event or a listing.
    pub is_watching: bool,
}

impl CurrentUser {
    /// Their id, for what only a verified email may do.
    ///
    /// # Errors
    ///
    /// [`Code::EmailUnverified`].
    pub fn verified(&self) -> Result<UserId, Code> {
        if self.is_verified { Ok(self.id) } else { Err(Code::EmailUnverified) }
    }

    /// Nothing, for what only an operator may see.
    ///
    /// # Errors
    ///
    /// [`Code::NotFound`] for others, and [`Code::SecondFactorNeeded`] for an operator without a second factor.
    pub fn operator(&self) -> Result<(), Code> {
        match self.role {
            Role::Member => Err(Code::NotFound),
            Role::Operator if self.has_second_factor => Ok(()),
            Role::Operator => Err(Code::SecondFactorNeeded),
        }
    }

    /// Whether pages ask now and then: tickets are locked for the user, or may soon be.
    #[must_use]
    pub fn follows_locks(&self) -> bool {
        self.is_waiting || self.locked_order.is_some()
    }
}

/// A user's own account, as the user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Their email, with its host in lower-case ASCII.
    pub email: String,
    /// The devices where they are signed in, the last used first.
    pub devices: Vec<DeviceView>,
}

/// How a user's second factor stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorView {
    /// Whether signing in asks for a code.
    pub is_on: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
    /// The set-up that is under way.
    pub set_up: Option<SecondFactorSetUp>,
}

/// What a user needs to set an app up, until a code of it confirms the set-up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorSetUp {
    /// The secret in letters, to be typed into the app.
    pub key: String,
    /// The same for the app's camera, as an SVG picture.
    pub picture: String,
    /// The codes that stand in for a lost app, each once.
    pub recovery_codes: Vec<String>,
}

impl fmt::Debug for SecondFactorSetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactorSetUp(…)")
    }
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

/// The bounds of an email address. The server reads it: only the mailer knows what it can mail to.
#[derive(Debug)]
pub enum Email {}

impl Email {
    /// The longest address in bytes, by RFC 5321.
    pub const MAX_BYTES: usize = 254;
}

/// The code that verifies the email of a sign-up.
#[derive(Debug)]
pub enum SignUpCode {}

impl SignUpCode {
    /// How long it is good, from the sign-up on: its mail may be late.
    pub const MINUTES: i32 = 15;
}

/// The bounds of a new password, in characters after the server has normalised it.
#[derive(Debug)]
pub enum Password {}

impl Password {
    /// The fewest characters: NIST SP 800-63B, 5.1.1.2.
    pub const MIN_CHARS: usize = 8;
    /// The most characters, which bounds the work of hashing.
    pub const MAX_CHARS: usize = 128;
}

/// The fields of the sign-up and sign-in forms.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Credentials {
    /// Email, as typed.
    pub email: String,
    /// Password, as typed.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn keeps_secrets_out_of_debug_output() {
        let credentials = Credentials { email: "ana@example.com".into(), password: "hunter22".into() };
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("ana") && !shown.contains("hunter"), "{shown}");
    }
}
