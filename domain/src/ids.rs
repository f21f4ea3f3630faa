//! Making ids. The browser only reads them: it carries no generator of random numbers.

use uuid::Uuid;

/// A new id: UUID version 7, which sorts by the time it was made.
#[must_use]
pub fn fresh<Id: From<Uuid>>() -> Id {
    Id::from(Uuid::now_v7())
}
