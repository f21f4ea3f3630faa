//! When payments are swept: the sweep goes by these times, and so does what has to outlast it.

use std::time::Duration;

/// How long a worker waits after each sweep.
pub const INTERVAL: Duration = Duration::from_secs(10);
/// How long an attempt is left to its own jobs before a sweep polls it, and how long between two polls.
pub(super) const UNSETTLED: Duration = Duration::from_mins(1);
/// After this time a sweep takes no further batch: Stripe is slow, and the next sweep continues.
pub(super) const ROUND: Duration = Duration::from_secs(30);
