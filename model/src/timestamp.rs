//! A point in time, for the browser.

use serde::{Deserialize, Serialize};

/// A point in time as a page needs it: to calculate with, and to show.
///
/// The browser has no time-zone table and its clock may be wrong, so the server
/// formats the text. Both sides then render the same text, and after that a script writes the reader's own time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01 UTC.
    pub unix_ms: i64,
    /// RFC 3339, for `<time datetime>`.
    pub iso: String,
    /// For people: `20:15 UTC`, or with the date if needed.
    pub text: String,
}
