//! The address of an account, read once from each form.

use std::fmt;

use model::{Code, auth::Email as Bounds};
use platform::mail::{Address, in_letters, parse_address};
use unicode_normalization::UnicodeNormalization;

use crate::text::without_ignorable;

/// An address that can be mailed to, in the form in which it is stored and compared: the host in lower-case ASCII, so
/// that a mailbox has one account, whichever way its host is typed. The name keeps its case, because some mail servers
/// tell case apart; the database compares it without case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    address: Address,
    /// As typed, trimmed.
    typed: String,
}

impl Email {
    /// Parses an address with the mailer's own reader. Whether it exists, only a mail can show.
    ///
    /// # Errors
    ///
    /// [`Code::Required`] when empty; [`Code::InvalidEmail`] for what cannot be mailed to, or is longer than
    /// [`Bounds::MAX_BYTES`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let typed = trimmed(text);
        if typed.is_empty() {
            return Err(Code::Required);
        }
        // Composed, as RFC 6532 asks for. A sign that composes to an ASCII one is another address to some readers.
        let composed: String = typed.nfc().collect();
        if composed.is_ascii() && !typed.is_ascii() {
            return Err(Code::InvalidEmail);
        }
        let address = parse_address(&composed).ok_or(Code::InvalidEmail)?;
        let is_short = address.to_string().len() <= Bounds::MAX_BYTES;
        if is_short { Ok(Self { address, typed }) } else { Err(Code::InvalidEmail) }
    }

    /// The address as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.address.as_ref()
    }

    /// The address for the mailer.
    pub(crate) fn into_address(self) -> Address {
        self.address
    }

    /// The spellings of this address under which an account may be stored.
    pub(crate) fn spellings(&self) -> Spellings {
        Spellings { typed: self.typed.clone(), coded: self.as_str().to_owned(), in_letters: in_letters(&self.address) }
    }
}

/// Mail addresses stay out of logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// The spellings of an address under which an account may be stored. Accounts of earlier versions have the host as it
/// was typed, and some an address that cannot be mailed to: they sign in all the same.
pub(crate) struct Spellings {
    /// As typed, trimmed.
    pub(crate) typed: String,
    /// As [`Email`] stores it; as typed, if it is no address.
    pub(crate) coded: String,
    /// With the host in letters; as typed, if it is no address.
    pub(crate) in_letters: String,
}

impl Spellings {
    /// The spellings of what a user typed.
    pub(crate) fn of(text: &str) -> Self {
        if let Ok(email) = Email::parse(text) {
            return email.spellings();
        }
        let typed = trimmed(text);
        Self { coded: typed.clone(), in_letters: typed.clone(), typed }
    }
}

/// What stands for an address where attempts and requests are counted: the same for all of its spellings.
pub(crate) fn key(text: &str) -> String {
    Spellings::of(text).coded
}

/// Without white space and invisible signs around it, which come along with a copied address.
fn trimmed(text: &str) -> String {
    without_ignorable(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_reads_addresses() {
        for (text, stored) in [
            ("ana@example.com", "ana@example.com"),
            (" Ana.B+tickets@Mail.example.co.uk ", "Ana.B+tickets@mail.example.co.uk"),
            ("\u{feff}ana@example.com\u{200b}", "ana@example.com"),
            ("jose\u{301}@exämple.de", "josé@xn--exmple-cua.de"),
        ] {
            assert_eq!(Email::parse(text).expect("an address").as_str(), stored, "{text:?}");
        }
        assert_eq!(Email::parse(" \u{200b}"), Err(Code::Required));
        let long = format!("{}@{}.example", "a".repeat(64), ["b"; 95].join("."));
        assert!(long.len() > Bounds::MAX_BYTES);
        for text in ["ana", "a,b@example.com", "\u{212a}im@example.com", &long] {
            assert_eq!(Email::parse(text), Err(Code::InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn one_mailbox_has_one_key() {
        for text in ["idn@exämple.de", "idn@EXÄMPLE.de", "idn@xn--exmple-cua.de", " idn@exa\u{308}mple.de"] {
            assert_eq!(key(text), "idn@xn--exmple-cua.de", "{text:?}");
        }
        assert_eq!(key(" try..this@Docomo.example"), "try..this@Docomo.example", "what is no address stays");
    }

    #[test]
    fn debug_output_has_no_address() {
        assert!(!format!("{:?}", Email::parse("ana@example.com")).contains("ana"));
    }
}
