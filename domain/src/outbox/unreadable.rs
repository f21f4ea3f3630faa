//! Jobs that this version cannot read.

use super::{LEASE, Unreadable, store};
use crate::Backend;

/// Reads which jobs are due and cannot be read by this version.
///
/// # Errors
///
/// When the database does not answer.
pub async fn unreadable(backend: &Backend) -> sqlx::Result<Unreadable> {
    store::unreadable(&backend.db, store::Kinds::KNOWN, LEASE).await
}
