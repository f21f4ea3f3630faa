//! Who runs the site.

use std::{str::FromStr, sync::Arc};

use model::auth::{CurrentUser, Email};

/// The people who run the site, by the addresses of their accounts.
///
/// An address is as good as its account: whoever signs up with it first is the operator. So the
/// account comes first, and the setting after it.
#[derive(Clone, Debug, Default)]
pub struct Operators(Arc<[Email]>);

impl Operators {
    /// Whether `user` is one of them.
    #[must_use]
    pub fn include(&self, user: &CurrentUser) -> bool {
        // By ASCII alone: among other letters there are pairs that one table folds together and another does not.
        self.0.iter().any(|email| email.as_str().eq_ignore_ascii_case(&user.email))
    }
}

impl FromStr for Operators {
    type Err = &'static str;

    /// Reads addresses with commas between them.
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
    fn are_those_of_the_setting_and_nobody_else() {
        let operators: Operators = "kim@example.com, Olga@Example.com".parse().expect("addresses");
        let includes = |email: &str| {
            operators.include(&CurrentUser {
                id: fresh::<UserId>(),
                email: email.to_owned(),
                turn: None,
                is_waiting: false,
            })
        };
        for operator in ["kim@example.com", "KIM@example.com", "olga@example.com"] {
            assert!(includes(operator), "{operator}");
        }
        // The first of them begins with a Kelvin sign, which some tables fold to a k.
        for stranger in ["\u{212A}im@example.com", "im@example.com", "kim@example.com, olga@example.com", ""] {
            assert!(!includes(stranger), "{stranger}");
        }
        for nonsense in ["kim", "kim@example.com,", "kim@example.com olga@example.com", ","] {
            assert!(nonsense.parse::<Operators>().is_err(), "{nonsense}");
        }
    }
}
