//! SQL of waitlists.

use model::{OrderId, TicketId, UserId};
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

/// Reads the waitlist, under the ticket's row lock and the user's buyer lock.
pub(crate) async fn lengths(tx: &mut PgConnection, ticket: TicketId, user: UserId) -> sqlx::Result<Lengths> {
    sqlx::query_as!(
        Lengths,
        r#"
        SELECT
            (SELECT count(*) FROM waitlist_entries p WHERE p.ticket_id = $1) AS "length!",
            (SELECT count(*) FROM waitlist_entries p WHERE p.user_id = $2) AS "of_user!",
            (SELECT (SELECT count(*) FROM waitlist_entries p WHERE p.ticket_id = $1 AND p.id <= m.id)
             FROM waitlist_entries m WHERE m.ticket_id = $1 AND m.user_id = $2) AS my_position
        "#,
        ticket.as_uuid(),
        user.as_uuid(),
    )
    .fetch_one(tx)
    .await
}

/// A ticket that a user waits for.
pub(crate) struct EntryRow {
    pub(crate) ticket: TicketId,
    pub(crate) title: String,
    pub(crate) starts_at: OffsetDateTime,
    pub(crate) time_zone: String,
    /// The user's position on its waitlist, from 1.
    pub(crate) position: i64,
}

/// The tickets that a user waits for, soonest event first.
pub(crate) async fn of_user(db: impl PgExecutor<'_>, user: UserId) -> sqlx::Result<Vec<EntryRow>> {
    sqlx::query_as!(
        EntryRow,
        r#"
        SELECT t.id AS "ticket: TicketId", t.title, t.starts_at, t.time_zone,
            (SELECT count(*) FROM waitlist_entries p WHERE p.ticket_id = m.ticket_id AND p.id <= m.id) AS "position!"
        FROM waitlist_entries m JOIN tickets t ON t.id = m.ticket_id
        WHERE m.user_id = $1
        ORDER BY t.starts_at, m.id
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
pub(crate) async fn insert(tx: &mut PgConnection, ticket: TicketId, user: UserId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        INSERT INTO waitlist_entries (ticket_id, user_id)
        SELECT $1, id FROM users WHERE id = $2 AND deleted_at IS NULL FOR KEY SHARE
        ",
        ticket.as_uuid(),
        user.as_uuid()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a user from a waitlist. Returns whether they were on it.
pub(crate) async fn remove(db: impl PgExecutor<'_>, ticket: TicketId, user: UserId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "DELETE FROM waitlist_entries WHERE ticket_id = $1 AND user_id = $2",
        ticket.as_uuid(),
        user.as_uuid()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The first of a waitlist.
pub(crate) struct First {
    pub(crate) user_id: UserId,
    /// Whether other users wait behind them.
    pub(crate) has_others_behind: bool,
    /// The database's clock, read under the ticket's row lock.
    pub(crate) now: OffsetDateTime,
}

pub(crate) async fn first(tx: &mut PgConnection, ticket: TicketId) -> sqlx::Result<Option<First>> {
    sqlx::query_as!(
        First,
        r#"
        SELECT p.user_id AS "user_id: UserId", clock_timestamp() AS "now!",
            EXISTS (SELECT FROM waitlist_entries b WHERE b.ticket_id = $1 AND b.id > p.id) AS "has_others_behind!"
        FROM waitlist_entries p WHERE p.ticket_id = $1
        ORDER BY p.id
        LIMIT 1
        "#,
        ticket.as_uuid(),
    )
    .fetch_optional(tx)
    .await
}

/// Deletes the whole waitlist of a ticket. Returns how many users were on it.
pub(crate) async fn delete(db: impl PgExecutor<'_>, ticket: TicketId) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM waitlist_entries WHERE ticket_id = $1", ticket.as_uuid())
        .execute(db)
        .await?
        .rows_affected())
}

/// The same for the ticket that an order has bought.
pub(crate) async fn delete_for_order(db: impl PgExecutor<'_>, order: OrderId) -> sqlx::Result<u64> {
    Ok(sqlx::query!(
        "DELETE FROM waitlist_entries WHERE ticket_id = (SELECT ticket_id FROM orders WHERE id = $1)",
        order.as_uuid()
    )
    .execute(db)
    .await?
    .rows_affected())
}
