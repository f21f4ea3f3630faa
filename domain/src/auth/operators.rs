//! The operators: the users who run the site.

use std::{str::FromStr, sync::Arc};

use model::auth::CurrentUser;

use super::email::{Email, key};

/// The users who run the site, by the addresses of their accounts.
///
/// The address decides: any user who signs up with it is an operator. So create the account first, and
/// then set the variable.
#[derive(Clone, Debug, Default)]
pub struct Operators(Arc<[Email]>);

impl Operators {
    /// Whether `user` is an operator.
    #[must_use]
    pub fn include(&self, user: &CurrentUser) -> bool {
        let theirs = key(&user.email);
        // ASCII only: for other letters one case table folds a pair together and another does not.
        self.0.iter().any(|email| email.as_str().eq_ignore_ascii_case(&theirs))
    }

    /// How many operators there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The operator at a position of the setting, from 0.
    pub(crate) fn nth(&self, position: u32) -> Option<&Email> {
        self.0.get(usize::try_from(position).ok()?)
    }
}

impl FromStr for Operators {
    type Err = &'static str;

    /// Reads addresses separated by commas.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let emails = text.split(',').map(Email::parse).collect::<Result<_, _>>();
        emails.map(Self).map_err(|_| "e-mail addresses with commas between them")
    }
}

#[cfg(test)]
mod tests {
    use model::UserId;

    use super::*;
    use crate::ids::fresh;

    #[test]
    fn operators_are_exactly_those_of_the_setting() {
        let operators: Operators = "kim@example.com, Olga@Example.com, idn@exämple.de".parse().expect("addresses");
        let includes = |email: &str| {
            operators.include(&CurrentUser {
                id: fresh::<UserId>(),
                email: email.to_owned(),
                offer: None,
                is_waiting: false,
                is_watching: false,
            })
        };
        for operator in
            ["kim@example.com", "KIM@example.com", "olga@example.com", "idn@xn--exmple-cua.de", "idn@exämple.de"]
        {
            assert!(includes(operator), "{operator}");
        }
        // The first address begins with a Kelvin sign, which some case tables fold to a k.
        for stranger in ["\u{212A}im@example.com", "im@example.com", "kim@example.com, olga@example.com", ""] {
            assert!(!includes(stranger), "{stranger}");
        }
        for nonsense in ["kim", "kim@example.com,", "kim@example.com olga@example.com", ","] {
            assert!(nonsense.parse::<Operators>().is_err(), "{nonsense}");
        }
    }
}
