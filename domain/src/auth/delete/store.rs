//! SQL of deleting an account.

use model::{TicketId, UserId};
use sqlx::PgConnection;

/// Takes the row lock of every ticket that a user sells or waits for, in the order of their ids, so that
/// two deletions at the same time do not deadlock.
pub(super) async fn lock_tickets(tx: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<TicketId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id AS "id: TicketId" FROM tickets
        WHERE id IN (
            SELECT t.id FROM tickets t WHERE t.seller_id = $1 AND t.status = 'listed'
            UNION ALL
            SELECT l.ticket_id FROM waitlist_entries l WHERE l.user_id = $1
        )
        ORDER BY id
        FOR NO KEY UPDATE
        "#,
        user.as_uuid(),
    )
    .fetch_all(tx)
    .await
}

/// Takes the account's row lock, if `verified` is still the account's password hash. Returns the
/// account's address.
///
/// It has to be `FOR UPDATE`: a new listing, order or waitlist entry takes a share of the row's key,
/// which a weaker lock would allow.
pub(super) async fn lock_account(tx: &mut PgConnection, user: UserId, verified: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"SELECT email AS "email!" FROM users WHERE id = $1 AND password_hash = $2 FOR UPDATE"#,
        user.as_uuid(),
        verified,
    )
    .fetch_optional(tx)
    .await
}

/// What prevents the deletion of an account.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent answer")]
pub(super) struct Obstacles {
    pub(super) holds_a_ticket: bool,
    pub(super) awaits_money: bool,
    pub(super) is_bought_from: bool,
    pub(super) has_sold_what_is_to_come: bool,
    /// Whether there is a ticket without its row lock: listed, or waited for, after the locks were taken.
    pub(super) needs_retry: bool,
}

/// Reads it under the row locks of the account and of `tickets`.
pub(super) async fn obstacles(tx: &mut PgConnection, user: UserId, tickets: &[TicketId]) -> sqlx::Result<Obstacles> {
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    sqlx::query_as!(
        Obstacles,
        r#"
        SELECT
            EXISTS (
                SELECT FROM orders o
                WHERE o.buyer_id = $1 AND o.status IN ('created', 'awaiting_payment') AND o.expires_at > clock_timestamp()
            ) AS "holds_a_ticket!",
            EXISTS (
                SELECT FROM orders o JOIN payments p ON p.order_id = o.id
                WHERE o.buyer_id = $1 AND p.status IN ('starting', 'open', 'capturing', 'refunding', 'refund_failed')
            ) AS "awaits_money!",
            -- An expired lock with a waitlist counts as offered to the first of it.
            EXISTS (
                SELECT FROM tickets t
                WHERE t.seller_id = $1 AND t.status = 'listed' AND (
                    EXISTS (
                        SELECT FROM orders o
                        WHERE o.ticket_id = t.id AND o.status IN ('created', 'awaiting_payment') AND o.expires_at > clock_timestamp()
                    )
                    OR t.starts_at > clock_timestamp() AND EXISTS (SELECT FROM waitlist_entries l WHERE l.ticket_id = t.id)
                )
            ) AS "is_bought_from!",
            EXISTS (
                SELECT FROM tickets t JOIN orders o ON o.ticket_id = t.id
                WHERE t.seller_id = $1 AND o.status IN ('complete', 'refund_pending') AND t.starts_at > clock_timestamp()
            ) AS "has_sold_what_is_to_come!",
            EXISTS (
                SELECT t.id FROM tickets t WHERE t.seller_id = $1 AND t.status = 'listed'
                UNION ALL
                SELECT l.ticket_id FROM waitlist_entries l WHERE l.user_id = $1
                EXCEPT
                SELECT unnest($2::uuid[])
            ) AS "needs_retry!"
        "#,
        user.as_uuid(),
        &tickets,
    )
    .fetch_one(tx)
    .await
}

/// Withdraws the user's tickets and removes the user from every waitlist. The waitlist of a ticket whose
/// event has started is deleted as well: it has nothing to wait for. Returns the tickets that have changed.
pub(super) async fn withdraw_all(tx: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<TicketId>> {
    sqlx::query_scalar!(
        r#"
        WITH withdrawn AS (
            UPDATE tickets SET status = 'withdrawn' WHERE seller_id = $1 AND status = 'listed' RETURNING id
        ), removed AS (
            DELETE FROM waitlist_entries WHERE user_id = $1 OR ticket_id IN (SELECT id FROM withdrawn) RETURNING ticket_id
        )
        SELECT id AS "id!: TicketId" FROM withdrawn UNION SELECT ticket_id FROM removed
        "#,
        user.as_uuid(),
    )
    .fetch_all(tx)
    .await
}

/// Erases who a user was, and all data about them outside orders, payments and the ledger.
pub(super) async fn erase(tx: &mut PgConnection, user: UserId, email: &str) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM sign_in_attempts WHERE email = lower($1)", email).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM idempotency_keys WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    // A request whose link is being armed or used holds its row and waits for the account's row. It is
    // left alone: it sets no password, and the purge deletes it within a day. Its mail job finds nothing
    // to send.
    sqlx::query!(
        "
        DELETE FROM password_resets WHERE id IN (
            SELECT id FROM password_resets WHERE user_id = $1 OR email = lower($2) FOR UPDATE SKIP LOCKED
        )",
        user.as_uuid(),
        email,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE users SET email = NULL, password_hash = NULL, deleted_at = clock_timestamp() WHERE id = $1",
        user.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
