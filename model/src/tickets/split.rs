//! How a listing's tickets may be split among buyers.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::Code;

/// How many tickets of a listing one order may take, in the order of the form.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum SplitRule {
    /// Any number.
    #[default]
    Any,
    /// Two, four and so on. A ticket that is left over alone may be bought alone.
    Pairs,
    /// All of the listing at once.
    AllTogether,
    /// Any number that does not leave a single ticket.
    NeverLeaveOne,
}

impl SplitRule {
    /// Every rule, in the order of the form.
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
            Self::Any => "Any number",
            Self::Pairs => "In pairs",
            Self::AllTogether => "All together",
            Self::NeverLeaveOne => "Never leave a single ticket",
        }
    }

    /// Parses a code. An empty text is [`SplitRule::Any`]: a listing of one ticket has nothing to choose.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidSplit`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Code> {
        match text.trim() {
            "" => Ok(Self::Any),
            code => code.parse().map_err(|_| Code::InvalidSplit),
        }
    }

    /// Whether one order may take `count` tickets of a listing that has `free` on sale and `held` held by
    /// other buyers.
    #[must_use]
    pub fn allows(self, count: usize, free: usize, held: usize) -> bool {
        let is_possible = (1..=free).contains(&count);
        is_possible
            && match self {
                Self::Any => true,
                Self::Pairs => count.is_multiple_of(2) || free == 1,
                Self::AllTogether => count == free && held == 0,
                Self::NeverLeaveOne => free - count != 1,
            }
    }

    /// The numbers of tickets that one order may take, in ascending order, up to `most`.
    pub fn choices(self, free: usize, held: usize, most: usize) -> impl Iterator<Item = usize> {
        (1..=free.min(most)).filter(move |&count| self.allows(count, free, held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_code_back() {
        for &rule in SplitRule::ALL {
            assert_eq!(SplitRule::parse(rule.code()), Ok(rule));
        }
        assert_eq!(SplitRule::parse(" "), Ok(SplitRule::Any));
        assert_eq!(SplitRule::parse("thirds"), Err(Code::InvalidSplit));
    }

    #[test]
    fn choices_follow_the_rule() {
        let choices = |rule: SplitRule, free, held| rule.choices(free, held, 100).collect::<Vec<_>>();
        assert_eq!(choices(SplitRule::Any, 3, 1), [1, 2, 3]);
        assert_eq!(choices(SplitRule::Pairs, 5, 0), [2, 4]);
        assert_eq!(choices(SplitRule::Pairs, 1, 4), [1]);
        assert_eq!(choices(SplitRule::AllTogether, 4, 0), [4]);
        assert_eq!(choices(SplitRule::AllTogether, 2, 2), [] as [usize; 0]);
        assert_eq!(choices(SplitRule::NeverLeaveOne, 4, 0), [1, 2, 4]);
        assert_eq!(choices(SplitRule::NeverLeaveOne, 2, 0), [2]);
        assert_eq!(choices(SplitRule::NeverLeaveOne, 1, 3), [1]);
        assert_eq!(choices(SplitRule::Any, 0, 3), [] as [usize; 0]);
        assert_eq!(SplitRule::Any.choices(9, 0, 4).count(), 4);
    }
}
