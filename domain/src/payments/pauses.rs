//! The backoff between retries: each delay is twice the previous one.

use time::Duration;

/// The delay after the first failure.
pub(super) const FIRST: Duration = Duration::minutes(1);
/// The longest delay.
pub(super) const LONGEST: Duration = Duration::minutes(60);
