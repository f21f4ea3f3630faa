//! SQL of the schedules by which prices fall. What is stored of a listing changes under its row lock only.

use model::{ListingId, Money, tickets::Fall};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::fall::ScheduleRow;

/// The schedule of a listing, if it belongs to its version.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    listing: ListingId,
    version: i32,
) -> sqlx::Result<Option<ScheduleRow>> {
    sqlx::query_as!(
        ScheduleRow,
        "
        SELECT first_price_cents, step_cents, floor_cents, every_hours, began_at
        FROM price_schedules WHERE listing_id = $1 AND listing_version = $2
        ",
        listing.as_uuid(),
        version,
    )
    .fetch_optional(db)
    .await
}

/// Begins the schedule of a listing anew: now, and from its present price.
pub(crate) async fn begin(tx: &mut PgConnection, listing: ListingId, fall: Fall) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO price_schedules (listing_id, listing_version, first_price_cents, step_cents, floor_cents, every_hours, began_at, look_at)
        SELECT id, version, price_cents, $2, $3, $4, statement_timestamp(), statement_timestamp() + make_interval(hours => $4)
        FROM listings WHERE id = $1
        ON CONFLICT (listing_id) DO UPDATE
        SET listing_version = excluded.listing_version, first_price_cents = excluded.first_price_cents, step_cents = excluded.step_cents,
            floor_cents = excluded.floor_cents, every_hours = excluded.every_hours, began_at = excluded.began_at, look_at = excluded.look_at
        ",
        listing.as_uuid(),
        fall.step.cents(),
        fall.floor.cents(),
        fall.every.hours(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes the schedule of a listing along to its present version: the edit has not changed how the price falls.
pub(crate) async fn carry(tx: &mut PgConnection, listing: ListingId) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE price_schedules s SET listing_version = l.version FROM listings l
        WHERE s.listing_id = $1 AND l.id = $1
        ",
        listing.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the schedule of a listing, if it has one.
pub(crate) async fn end(tx: &mut PgConnection, listing: ListingId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM price_schedules WHERE listing_id = $1", listing.as_uuid()).execute(tx).await?;
    Ok(())
}

/// Listings whose schedule is due, most overdue first.
pub(crate) async fn due(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<ListingId>> {
    sqlx::query_scalar!(
        r#"
        SELECT listing_id AS "id: ListingId" FROM price_schedules
        WHERE look_at <= statement_timestamp() ORDER BY look_at LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Lets the sweep look at a schedule again at `at`.
pub(crate) async fn look_at(tx: &mut PgConnection, listing: ListingId, at: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("UPDATE price_schedules SET look_at = $2 WHERE listing_id = $1", listing.as_uuid(), at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Sets a lower price, under the row lock of the listing. The version grows. Returns whether the price was higher.
pub(crate) async fn lower_price(tx: &mut PgConnection, listing: ListingId, price: Money) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE listings SET price_cents = $2, version = version + 1 WHERE id = $1 AND price_cents > $2",
        listing.as_uuid(),
        price.cents(),
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
