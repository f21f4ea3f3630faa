//! Which mails a user gets.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// Mails that a user can turn off. All others are about their account, their money or tickets that they have bought or
/// sold, and are always sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum MailTopic {
    /// News about what the user watches.
    WatchNews,
    /// The reminder of a lock that the user has left alone.
    LockLeft,
    /// That an order or an offer has ended unpaid.
    OrderExpired,
}

impl MailTopic {
    /// Its stored name, which addresses have, too.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The topic of a stored name.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|topic| topic.code() == code)
    }

    /// What the mails are, for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::WatchNews => "News about what you watch",
            Self::LockLeft => "Tickets that wait for you to pay",
            Self::OrderExpired => "Orders and offers that ended unpaid",
        }
    }
}

/// Whether a user gets the mails of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailChoice {
    /// The topic.
    pub topic: MailTopic,
    /// Whether its mails are sent.
    pub is_on: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_the_names_that_are_stored() {
        let codes: Vec<_> = MailTopic::VARIANTS.iter().map(|topic| topic.code()).collect();
        assert_eq!(codes, ["watch_news", "lock_left", "order_expired"]);
        for topic in MailTopic::VARIANTS {
            assert_eq!(MailTopic::of_code(topic.code()), Some(*topic));
        }
        assert_eq!(MailTopic::of_code("sign_up"), None);
    }
}
