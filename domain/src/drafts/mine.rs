//! A user's drafts.

use model::{UserId, tickets::DraftView};
use sqlx::PgExecutor;

use super::{
    DRAFTS_MAX,
    store::{self, DraftRow, Fields},
};
use crate::timestamp;

/// The drafts of `user`, newest first.
pub(crate) async fn mine(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Vec<DraftView>> {
    let rows = store::of_user(db, user, DRAFTS_MAX).await?;
    Ok(rows.into_iter().map(view).collect())
}

fn view(row: DraftRow) -> DraftView {
    let Fields { event, listing } = row.fields.0;
    DraftView {
        id: row.id,
        title: listing.title.trim().to_owned(),
        venue: listing.venue.trim().to_owned(),
        city: listing.city.trim().to_owned(),
        saved: timestamp::date_and_time(row.saved_at),
        event,
    }
}
