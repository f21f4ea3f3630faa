//! Making the steps of the prices that fall by themselves.

use futures_util::{StreamExt, stream};
use model::{AppError, ListingId};
use time::{Duration, OffsetDateTime};

use super::{
    change::{self, ChangeError},
    fall::{Schedule, ScheduleRow},
    fall_store,
    row::ListingRow,
    store,
};
use crate::{Backend, database, waitlist::offer};

/// Schedules that one sweep looks at.
const BATCH: i64 = 500;
/// Schedules that are looked at concurrently.
const AT_ONCE: usize = 4;
/// When a schedule is looked at again whose listing may not change now.
const AGAIN_AFTER: Duration = Duration::minutes(1);

/// What became of a schedule that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The price fell.
    Fell,
    /// It cannot fall now, or had fallen already.
    PutOff,
    /// It will not fall any more.
    Ended,
    /// Another transaction holds the listing. The next sweep looks again.
    Busy,
}

/// The schedule of a listing was not looked at.
#[derive(Debug, thiserror::Error)]
#[error("the price was not lowered")]
pub struct FallError(#[from] sqlx::Error);

/// A listing and its result.
pub type Outcome = (ListingId, Result<Looked, FallError>);

/// Looks at the schedules that are due, most overdue first and up to a bound. A price falls to what its schedule says now,
/// by one edit, whatever was missed: not while a ticket is locked or offered to the waitlist, and not once one is sold.
///
/// # Errors
///
/// When the database does not answer. Errors of single listings are in the result.
#[tracing::instrument(name = "ticket.fall_sweep", skip_all)]
pub async fn sweep(backend: &Backend) -> Result<Vec<Outcome>, FallError> {
    let due = fall_store::due(&backend.db, BATCH).await?;
    let looks = stream::iter(due).map(async |id| (id, look(backend, id).await.map_err(FallError)));
    Ok(looks.buffer_unordered(AT_ONCE).collect().await)
}

async fn look(backend: &Backend, id: ListingId) -> sqlx::Result<Looked> {
    let mut tx = backend.begin().await?;
    let Some(listing) = store::try_lock(&mut tx, id).await? else { return Ok(Looked::Busy) };
    let listing = offer::bring_up_to_date(&mut tx, &backend.rules, listing, None).await?;
    let row = fall_store::find(&mut *tx, id, listing.version).await?;
    let step = match row.map(ScheduleRow::schedule) {
        None => Step::End,
        // A later version of the server has stored it.
        Some(None) => Step::Wait { until: listing.now + AGAIN_AFTER },
        Some(Some(schedule)) => Step::of(&listing, &schedule),
    };
    let looked = match step {
        Step::Fall { to, next } => {
            database::moved(fall_store::lower_price(&mut tx, id, to).await?)?;
            tx.mark(id);
            match next {
                Some(at) => {
                    fall_store::carry(&mut tx, id).await?;
                    fall_store::look_at(&mut tx, id, at).await?;
                }
                None => fall_store::end(&mut tx, id).await?,
            }
            tracing::info!(listing.id = %id, price_cents = to.cents(), "the price fell by its schedule");
            Looked::Fell
        }
        Step::Wait { until } => {
            fall_store::look_at(&mut tx, id, until).await?;
            Looked::PutOff
        }
        Step::End => {
            fall_store::end(&mut tx, id).await?;
            Looked::Ended
        }
    };
    tx.commit().await?;
    Ok(looked)
}

/// What to do about a schedule.
enum Step {
    Fall { to: model::Money, next: Option<OffsetDateTime> },
    Wait { until: OffsetDateTime },
    End,
}

impl Step {
    /// The rule, for a listing that is up to date.
    fn of(listing: &ListingRow, schedule: &Schedule) -> Self {
        let again = Self::Wait { until: listing.now + AGAIN_AFTER };
        match change::edit_refusal(listing) {
            None => {}
            Some(ChangeError::Locked { .. } | ChangeError::Stale) => return again,
            // The seller can still undo the withdrawal.
            Some(ChangeError::Withdrawn) if !listing.restorable_withdrawals().is_empty() => return again,
            Some(_) => return Self::End,
        }
        let to = schedule.price_at(listing.now);
        let next = schedule.steps_after(listing.now).next().map(|(at, _)| at);
        match next {
            _ if to.cents() < listing.price().cents() => Self::Fall { to, next },
            Some(until) => Self::Wait { until },
            None => Self::End,
        }
    }
}

impl From<FallError> for AppError {
    fn from(FallError(error): FallError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
#[path = "fall_tests.rs"]
mod tests;
