//! Creating ids. The browser only reads them, so it has no random number generator.

use uuid::Uuid;

/// A new id: UUID version 7, which sorts by its time of creation.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
pub fn fresh<Id: From<Uuid>>() -> Id {
    Id::from(Uuid::now_v7())
}
