//! The reconciliation that the operator asks for.

use platform::stripe::StripeError;
use time::{Date, Duration, OffsetDateTime};

use super::{
    compare::compare,
    read::{ReadError, read_page},
    reading_store::{self, MARGIN, Place},
    store::{self, Difference, Sum},
    sweep::SETTLING,
};
use crate::Backend;

/// How much is read again of what moved since a reading that is continued began: Stripe's clock may differ.
const OVERLAP: Duration = Duration::hours(1);

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
/// Each variant of [`ReadError`] is one reason. What was read until then is kept, and the next one from the same day on
/// continues there.
#[tracing::instrument(name = "reconciliation.reconcile", skip_all)]
pub async fn reconcile(backend: &Backend, since: Date, extent: Extent) -> Result<Reconciled, ReadError> {
    let since = since.midnight().assume_utc();
    let now = store::now(&backend.db).await?;
    read_all(backend, since).await?;
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

/// Reads every page, newest first, from where the last reading from the same time on has stopped. Then what has moved
/// since that began is read, too.
async fn read_all(backend: &Backend, since: OffsetDateTime) -> Result<(), ReadError> {
    let Place { mut cursor, begun_at, .. } = reading_store::take_by_hand(&backend.db, since).await?;
    let is_continued = cursor.is_some();
    let from_s = (since - MARGIN).unix_timestamp();
    loop {
        cursor = match read_page(backend, from_s, cursor.as_deref()).await {
            Ok(next) => next,
            Err(error) => {
                // Stripe may no longer accept the cursor.
                if matches!(error, ReadError::Stripe(StripeError::Refused(_))) {
                    reading_store::note_by_hand(&backend.db, since, None).await?;
                }
                return Err(error);
            }
        };
        let Some(cursor) = &cursor else { break };
        reading_store::note_by_hand(&backend.db, since, Some(cursor)).await?;
    }
    if is_continued {
        let from_s = (begun_at - OVERLAP).unix_timestamp();
        while let Some(next) = read_page(backend, from_s, cursor.as_deref()).await? {
            cursor = Some(next);
        }
    }
    reading_store::note_by_hand(&backend.db, since, None).await?;
    Ok(())
}
