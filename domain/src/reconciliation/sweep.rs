//! The readings and the comparison that a worker makes by itself.

use platform::stripe::StripeError;
use time::Duration;

use super::{
    compare::compare,
    read::{ReadError, read_page},
    reading_store::{self, MARGIN, Reading},
    store,
};
use crate::Backend;

/// The most pages of one reading in one run. The next run continues.
const PAGES: usize = 10;
/// How much is compared every night, in days. What differs is compared until it is gone, however old it is.
const COMPARED_DAYS: i32 = 30;
/// How young a movement may be that is not compared: an event about it may be on its way.
pub(super) const SETTLING: Duration = Duration::minutes(30);

/// Continues the readings that are due. When all of the last month is read, it is compared with the ledger. Returns how many
/// pages were read.
///
/// # Errors
///
/// Each variant of [`ReadError`] is one reason. A reading that fails does not stop the other.
#[tracing::instrument(name = "reconciliation.sweep", skip_all)]
pub async fn sweep(backend: &Backend) -> Result<usize, ReadError> {
    let (mut pages, mut outcome) = (0, Ok(()));
    for reading in Reading::ALL {
        match Box::pin(advance(backend, reading)).await {
            Ok(read) => pages += read,
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    outcome.map(|()| pages)
}

async fn advance(backend: &Backend, reading: Reading) -> Result<usize, ReadError> {
    for read in 0..PAGES {
        let Some(place) = reading_store::take(&backend.db, reading, COMPARED_DAYS).await? else { return Ok(read) };
        let next = match read_page(backend, place.since.unix_timestamp(), place.cursor.as_deref()).await {
            Ok(next) => next,
            Err(error) => {
                // Stripe may no longer accept the cursor.
                if matches!(error, ReadError::Stripe(StripeError::Refused(_))) {
                    reading_store::restart(&backend.db, reading).await?;
                }
                return Err(error);
            }
        };
        if let Some(cursor) = next {
            reading_store::proceed(&backend.db, reading, &cursor).await?;
            continue;
        }
        if reading == Reading::Nightly {
            // What was booked a little later than it moved is read, too.
            compare(backend, place.since + MARGIN, place.begun_at - SETTLING).await?;
            let differences = store::count_open(&backend.db).await?;
            if differences > 0 {
                tracing::error!(differences, "Stripe's balance transactions and the ledger differ");
            }
        }
        reading_store::complete(&backend.db, reading).await?;
    }
    Ok(PAGES)
}
