//! A price that falls by itself, by steps that everyone can read.

use strum::VariantArray;

use crate::{Code, Money};

/// How often a price falls, in the order of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FallInterval {
    Hour,
    ThreeHours,
    SixHours,
    TwelveHours,
    Day,
    TwoDays,
    ThreeDays,
    Week,
}

impl FallInterval {
    /// Every interval, shortest first.
    pub const ALL: &[Self] = Self::VARIANTS;
    /// The code in the form that ends a schedule.
    pub const NEVER: &'static str = "never";

    /// Its length in hours. A day has 24 of them, whatever clocks do.
    #[must_use]
    pub fn hours(self) -> i32 {
        match self {
            Self::Hour => 1,
            Self::ThreeHours => 3,
            Self::SixHours => 6,
            Self::TwelveHours => 12,
            Self::Day => 24,
            Self::TwoDays => 48,
            Self::ThreeDays => 72,
            Self::Week => 168,
        }
    }

    /// The interval of so many hours.
    #[must_use]
    pub fn of_hours(hours: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|interval| interval.hours() == hours)
    }

    /// The code in the form: the hours.
    #[must_use]
    pub fn code(self) -> String {
        self.hours().to_string()
    }

    /// For people, within a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Hour => "every hour",
            Self::ThreeHours => "every 3 hours",
            Self::SixHours => "every 6 hours",
            Self::TwelveHours => "every 12 hours",
            Self::Day => "every day",
            Self::TwoDays => "every 2 days",
            Self::ThreeDays => "every 3 days",
            Self::Week => "every week",
        }
    }

    /// Parses a code.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidInterval`] for any other text.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let hours = text.trim().parse().ok();
        hours.and_then(Self::of_hours).ok_or(Code::InvalidInterval)
    }
}

/// By how much a price falls, how often, and to what at the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fall {
    /// What one step takes off the price of one ticket.
    pub step: Money,
    /// The lowest price. The last step may be a smaller one.
    pub floor: Money,
    /// The time from step to step.
    pub every: FallInterval,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_code_back() {
        for &interval in FallInterval::ALL {
            assert_eq!(FallInterval::parse(&interval.code()), Ok(interval));
        }
        for text in ["", "0", "2", "-24", "daily", FallInterval::NEVER] {
            assert_eq!(FallInterval::parse(text), Err(Code::InvalidInterval), "{text:?}");
        }
    }
}
