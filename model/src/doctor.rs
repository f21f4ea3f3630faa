//! What the doctor finds.

use serde::{Deserialize, Serialize};

/// What the doctor found, one finding for each promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Promises about sales first, then about money, then what waits to be done.
    pub findings: Vec<Finding>,
}

/// One promise, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// For programs: lower case, dots and underscores.
    pub name: String,
    /// The promise, in one sentence.
    pub meaning: String,
    /// What was measured.
    pub value: i64,
    /// The most that it may be.
    pub bound: i64,
    /// What is counted.
    pub unit: Unit,
}

/// What a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Rows that are in it, or break the promise.
    Rows,
    /// The age of the oldest that waits.
    Seconds,
}

impl Report {
    /// The promises that are broken.
    pub fn breaches(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_breach())
    }
}

impl Finding {
    /// Whether the promise is broken.
    #[must_use]
    pub fn is_breach(&self) -> bool {
        self.value > self.bound
    }
}

impl Unit {
    /// For people, behind a number.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Seconds => "s",
        }
    }
}
