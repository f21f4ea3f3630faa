//! The two hours of one name, on the night when clocks go back.

/// Which of the two is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichHour {
    /// Before the clocks go back.
    First,
    /// After it.
    Second,
}

impl WhichHour {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::First, Self::Second];

    /// The value in the form.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
        }
    }

    /// The label in the form.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::First => "The first, before clocks go back",
            Self::Second => "The second, after clocks go back",
        }
    }

    /// Reads a [`WhichHour::code`]; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hour| hour.code() == text.trim())
    }
}
