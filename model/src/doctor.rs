//! The doctor's report.

use serde::{Deserialize, Serialize};

/// The doctor's report, with one check for each invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Invariants about sales first, then those about money, then the backlog.
    pub checks: Vec<InvariantCheck>,
}

/// One invariant and its measured value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvariantCheck {
    /// Its name for programs: lower case, dots and underscores.
    pub name: String,
    /// The invariant, in one sentence.
    pub meaning: String,
    /// The measured value.
    pub value: i64,
    /// The highest allowed value.
    pub bound: i64,
    /// The unit of the value.
    pub unit: Unit,
}

/// What a check counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Rows in the backlog, or rows that violate the invariant.
    Rows,
    /// The age of the oldest waiting row.
    Seconds,
}

impl Report {
    /// The violated invariants.
    pub fn violations(&self) -> impl Iterator<Item = &InvariantCheck> {
        self.checks.iter().filter(|check| check.is_violated())
    }
}

impl InvariantCheck {
    /// Whether the invariant is violated.
    #[must_use]
    pub fn is_violated(&self) -> bool {
        self.value > self.bound
    }
}

impl Unit {
    /// The unit for people, after a number.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Seconds => "s",
        }
    }
}
