//! Kinds of event.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::Code;

/// The kind of event of a ticket, in the order of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Category {
    Concert,
    Sports,
    Theatre,
    Festival,
    Comedy,
    Other,
}

impl Category {
    /// Every category, in the order of the form.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The code of the database and of forms.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Concert => "Concert",
            Self::Sports => "Sports",
            Self::Theatre => "Theatre",
            Self::Festival => "Festival",
            Self::Comedy => "Comedy",
            Self::Other => "Other",
        }
    }

    /// Parses a code.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidCategory`] for any other text, also for none: the form offers a choice, so an empty one
    /// needs the same message.
    pub fn parse(text: &str) -> Result<Self, Code> {
        text.trim().parse().map_err(|_| Code::InvalidCategory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_code_back() {
        for &category in Category::ALL {
            assert_eq!(Category::parse(category.code()), Ok(category));
            assert_eq!(Category::parse(category.label()), Ok(category));
        }
        assert_eq!(Category::parse(""), Err(Code::InvalidCategory));
        assert_eq!(Category::parse("opera"), Err(Code::InvalidCategory));
    }
}
