//! How long what keeps failing rests between two tries: each pause is twice the one before.

use time::Duration;

/// The pause after the first failure.
pub(super) const FIRST: Duration = Duration::minutes(1);
/// No pause is longer.
pub(super) const LONGEST: Duration = Duration::minutes(60);
