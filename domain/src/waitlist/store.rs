//! SQL of waitlists. `listings.waiting` counts the entries: each statement here that changes them changes it too, under
//! the row lock of the listing.

use model::{ListingId, UserId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

/// What the rules of joining read.
pub(crate) struct Lengths {
    /// The user's position on this waitlist, from 1.
    pub(crate) my_position: Option<i64>,
    /// How many users are on it.
    pub(crate) length: i64,
    /// How many waitlists the user is on.
    pub(crate) of_user: i64,
}

/// Reads the waitlist, under the listing's row lock and the user's buyer lock.
pub(crate) async fn lengths(tx: &mut PgConnection, listing: ListingId, user: UserId) -> sqlx::Result<Lengths> {
    sqlx::query_as!(
        Lengths,
        r#"
        SELECT
            (SELECT count(*) FROM waitlist_entries p WHERE p.listing_id = $1) AS "length!",
            (SELECT count(*) FROM waitlist_entries p WHERE p.user_id = $2) AS "of_user!",
            (SELECT (SELECT count(*) FROM waitlist_entries p WHERE p.listing_id = $1 AND p.id <= m.id)
             FROM waitlist_entries m WHERE m.listing_id = $1 AND m.user_id = $2) AS my_position
        "#,
        listing.as_uuid(),
        user.as_uuid(),
    )
    .fetch_one(tx)
    .await
}

/// A listing that a user waits for.
pub(crate) struct EntryRow {
    pub(crate) listing: ListingId,
    pub(crate) wanted: i32,
    pub(crate) title: String,
    pub(crate) starts_at: OffsetDateTime,
    pub(crate) time_zone: String,
    /// The user's position on its waitlist, from 1.
    pub(crate) position: i64,
}

/// The listings that a user waits for, soonest event first.
pub(crate) async fn of_user(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Vec<EntryRow>> {
    sqlx::query_as!(
        EntryRow,
        r#"
        SELECT m.listing_id AS "listing: ListingId", m.wanted, e.title, e.starts_at, v.time_zone,
            (SELECT count(*) FROM waitlist_entries p WHERE p.listing_id = m.listing_id AND p.id <= m.id) AS "position!"
        FROM waitlist_entries m
        JOIN listings l ON l.id = m.listing_id JOIN events e ON e.id = l.event_id JOIN venues v ON v.id = e.venue_id
        WHERE m.user_id = $1
        ORDER BY e.starts_at, m.id
        "#,
        user.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// Adds a user to the end of a waitlist. Returns whether it did: not if they have deleted their account
/// meanwhile.
///
/// The account's row is locked in share mode until the end of the transaction: a deletion either commits
/// before this statement or sees its row.
pub(crate) async fn insert(tx: &mut PgConnection, listing: ListingId, user: UserId, wanted: i32) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        WITH joined AS (
            INSERT INTO waitlist_entries (listing_id, user_id, wanted)
            SELECT $1, id, $3 FROM users WHERE id = $2 AND deleted_at IS NULL FOR KEY SHARE
            RETURNING listing_id
        )
        UPDATE listings SET waiting = waiting + 1 WHERE id = (SELECT listing_id FROM joined)
        ",
        listing.as_uuid(),
        user.as_uuid(),
        wanted,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes how many tickets a user on the waitlist wants. They keep their position.
pub(crate) async fn set_wanted(
    tx: &mut PgConnection,
    listing: ListingId,
    user: UserId,
    wanted: i32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE waitlist_entries SET wanted = $3 WHERE listing_id = $1 AND user_id = $2",
        listing.as_uuid(),
        user.as_uuid(),
        wanted,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes users from a waitlist; those who are not on it are ignored.
pub(crate) async fn remove(tx: &mut PgConnection, listing: ListingId, users: &[UserId]) -> sqlx::Result<()> {
    let users: Vec<_> = users.iter().map(|user| user.as_uuid()).collect();
    sqlx::query!(
        "
        WITH removed AS (
            DELETE FROM waitlist_entries WHERE listing_id = $1 AND user_id = ANY($2) RETURNING id
        )
        UPDATE listings SET waiting = waiting - (SELECT count(*) FROM removed)::integer WHERE id = $1
        ",
        listing.as_uuid(),
        &users,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes the whole waitlist of a listing.
pub(crate) async fn delete(tx: &mut PgConnection, listing: ListingId) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH removed AS (
            DELETE FROM waitlist_entries WHERE listing_id = $1
        )
        UPDATE listings SET waiting = 0 WHERE id = $1
        ",
        listing.as_uuid()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A buyer on a waitlist.
pub(crate) struct Entry {
    pub(crate) user_id: UserId,
    pub(crate) wanted: i32,
}

/// The first `limit` of a waitlist, in order.
pub(crate) async fn first(tx: &mut PgConnection, listing: ListingId, limit: i64) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as!(
        Entry,
        r#"
        SELECT user_id AS "user_id: UserId", wanted FROM waitlist_entries
        WHERE listing_id = $1 ORDER BY id LIMIT $2
        "#,
        listing.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}

/// Closes or opens a waitlist.
pub(crate) async fn set_closed(tx: &mut PgConnection, listing: ListingId, is_closed: bool) -> sqlx::Result<()> {
    sqlx::query!("UPDATE listings SET is_waitlist_closed = $2 WHERE id = $1", listing.as_uuid(), is_closed)
        .execute(tx)
        .await?;
    Ok(())
}
