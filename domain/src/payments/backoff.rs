//! The backoff between retries: each delay is twice the previous one.

use time::Duration;

/// The delay after the first failure.
pub(super) const MIN: Duration = Duration::minutes(1);
/// The longest delay.
pub(super) const MAX: Duration = Duration::minutes(60);
