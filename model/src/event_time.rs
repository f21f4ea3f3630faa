//! The time of an event, for the browser.

use serde::{Deserialize, Serialize};

/// When the event starts, in its venue's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTime {
    /// For people, by the venue's clock: `Thu 31 Dec 2026, 20:00`. Letters of a zone would say nothing: `CST` and `IST` are
    /// several zones each.
    pub text: String,
    /// RFC 3339 with the venue's offset, for `<time datetime>`.
    pub iso: String,
    /// For `<input type="datetime-local">`: `2026-12-31T20:00`.
    pub local: String,
    /// IANA name of the time zone.
    pub time_zone: String,
}
