//! A seller's sales over time.

use serde::{Deserialize, Serialize};

use crate::Money;

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SalesPeriod {
    /// From Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

impl SalesPeriod {
    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The name at the head of a table.
    #[must_use]
    pub fn head(self) -> &'static str {
        match self {
            Self::Week => "Week from",
            Self::Month => "Month",
        }
    }
}

/// The sales of one currency in the last periods, without those whose money went back to the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesChart {
    /// The length of each period, by the clock of UTC.
    pub period: SalesPeriod,
    /// The tickets of all periods.
    pub tickets: usize,
    /// What the seller gets for them.
    pub seller_gets: Money,
    /// The periods without a gap, oldest first.
    pub bars: Vec<SalesBar>,
}

/// The sales of one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesBar {
    /// Its name for people: `Nov 2026`, or `23 Nov` for the week that begins then.
    pub label: String,
    /// How many tickets were sold.
    pub tickets: usize,
    /// What the seller gets for them.
    pub seller_gets: Money,
}
