//! The reconciliation that the operator asks for.

use time::{Date, OffsetDateTime};

use super::{
    compare::compare,
    read::{ReadError, read_page},
    reading_store::MARGIN,
    store::{self, Difference, Sum},
    sweep::SETTLING,
};
use crate::Backend;

/// The most differences that are listed.
pub const LISTED_MAX: usize = 1_000;

/// What was compared, and what differs.
#[derive(Clone, Debug)]
pub struct Reconciled {
    /// Until when.
    pub until: OffsetDateTime,
    /// What moved at Stripe, by Stripe's words for it.
    pub sums: Vec<Sum>,
    /// What differs, oldest first; at most [`LISTED_MAX`].
    pub differences: Vec<Difference>,
}

/// Which movements are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those that an event has had the time to tell of.
    Settled,
    /// All, also of this moment: no one buys meanwhile.
    All,
}

/// Reads all that moved at Stripe from the beginning of a day on, by the clock of UTC, books Stripe's fees, and compares it with
/// the ledger.
///
/// # Errors
///
/// Each variant of [`ReadError`] is one reason. What was read until then is kept.
#[tracing::instrument(name = "reconciliation.reconcile", skip_all)]
pub async fn reconcile(backend: &Backend, since: Date, extent: Extent) -> Result<Reconciled, ReadError> {
    let since = since.midnight().assume_utc();
    let now = store::now(&backend.db).await?;
    let from_s = (since - MARGIN).unix_timestamp();
    let mut cursor = None;
    loop {
        cursor = read_page(backend, from_s, cursor.as_deref()).await?;
        if cursor.is_none() {
            break;
        }
    }
    let until = match extent {
        Extent::Settled => now - SETTLING,
        // The clocks of Stripe and of the database may differ.
        Extent::All => now + SETTLING,
    };
    compare(backend, since, until).await?;
    Ok(Reconciled {
        until,
        sums: store::sums(&backend.db, since, until).await?,
        differences: store::open(&backend.db, since, i64::try_from(LISTED_MAX).unwrap_or(i64::MAX)).await?,
    })
}
