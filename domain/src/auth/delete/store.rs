//! SQL of deleting an account.

use model::{TicketId, UserId};
use sqlx::PgConnection;

/// Takes the row locks of every ticket that a user offers or waits for, by their ids: two who do this
/// at the same moment do not wait for each other.
pub(super) async fn lock_tickets(tx: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<TicketId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id AS "id: TicketId" FROM tickets
        WHERE id IN (
            SELECT t.id FROM tickets t WHERE t.seller_id = $1 AND t.status = 'listed'
            UNION ALL
            SELECT l.ticket_id FROM line_places l WHERE l.user_id = $1
        )
        ORDER BY id
        FOR NO KEY UPDATE
        "#,
        user.as_uuid(),
    )
    .fetch_all(tx)
    .await
}

/// Takes the account's row lock, if `verified` is still what its password hashes to. Returns the
/// account's address.
///
/// `FOR UPDATE`, and nothing weaker: a new listing, order or place in line shares the row's key.
pub(super) async fn lock_account(tx: &mut PgConnection, user: UserId, verified: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"SELECT email AS "email!" FROM users WHERE id = $1 AND password_hash = $2 FOR UPDATE"#,
        user.as_uuid(),
        verified,
    )
    .fetch_optional(tx)
    .await
}

/// What stands in the way of deleting an account.
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub(super) struct Standing {
    pub(super) holds_a_ticket: bool,
    pub(super) awaits_money: bool,
    pub(super) is_bought_from: bool,
    pub(super) has_sold_what_is_to_come: bool,
    /// Whether there is a ticket whose row lock was not taken: listed, or waited for, since.
    pub(super) has_moved_on: bool,
}

/// Reads it under the row locks of the account and of `tickets`.
pub(super) async fn standing(tx: &mut PgConnection, user: UserId, tickets: &[TicketId]) -> sqlx::Result<Standing> {
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    sqlx::query_as!(
        Standing,
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
            -- A lock that has run out before a line is as good as passed on.
            EXISTS (
                SELECT FROM tickets t
                WHERE t.seller_id = $1 AND t.status = 'listed' AND (
                    EXISTS (
                        SELECT FROM orders o
                        WHERE o.ticket_id = t.id AND o.status IN ('created', 'awaiting_payment') AND o.expires_at > clock_timestamp()
                    )
                    OR t.starts_at > clock_timestamp() AND EXISTS (SELECT FROM line_places l WHERE l.ticket_id = t.id)
                )
            ) AS "is_bought_from!",
            EXISTS (
                SELECT FROM tickets t JOIN orders o ON o.ticket_id = t.id
                WHERE t.seller_id = $1 AND o.status IN ('complete', 'refund_pending') AND t.starts_at > clock_timestamp()
            ) AS "has_sold_what_is_to_come!",
            EXISTS (
                SELECT t.id FROM tickets t WHERE t.seller_id = $1 AND t.status = 'listed'
                UNION ALL
                SELECT l.ticket_id FROM line_places l WHERE l.user_id = $1
                EXCEPT
                SELECT unnest($2::uuid[])
            ) AS "has_moved_on!"
        "#,
        user.as_uuid(),
        &tickets,
    )
    .fetch_one(tx)
    .await
}

/// Takes what a user offers off sale, and them out of every line. Who waits for a ticket whose event
/// has started waits for nothing, and is sent away.
pub(super) async fn withdraw_all(tx: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH withdrawn AS (
            UPDATE tickets SET status = 'withdrawn' WHERE seller_id = $1 AND status = 'listed' RETURNING id
        )
        DELETE FROM line_places WHERE user_id = $1 OR ticket_id IN (SELECT id FROM withdrawn)
        ",
        user.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets who a user was, and all that is kept about them beside the books.
pub(super) async fn erase(tx: &mut PgConnection, user: UserId, email: &str) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM sign_in_attempts WHERE email = lower($1)", email).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM idempotency_keys WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    // A request that is being armed or used holds its row and waits for the account's: left alone, it
    // sets no password, and is gone within a day. The job that mails it finds nothing to mail.
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
