//! SQL of deleting an account.

use model::{ListingId, OrderId, UserId};
use sqlx::PgConnection;

use crate::{
    auth::{email::key, second_factor},
    delivery::gifts,
    drafts, watching,
};

/// Takes the row lock of every listing of which a user still sells tickets or waits for them, in the order of their ids,
/// so that two deletions at the same time do not deadlock.
pub(super) async fn lock_listings(tx: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<ListingId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id AS "id: ListingId" FROM listings
        WHERE id IN (
            SELECT l.id FROM listings l
            WHERE l.seller_id = $1 AND EXISTS (SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed')
            UNION ALL
            SELECT w.listing_id FROM waitlist_entries w WHERE w.user_id = $1
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
    pub(super) is_disputed: bool,
    /// Whether there is a listing without its row lock: listed, or waited for, after the locks were taken.
    pub(super) needs_retry: bool,
}

/// Reads it under the row locks of the account and of `listings`.
pub(super) async fn obstacles(tx: &mut PgConnection, user: UserId, listings: &[ListingId]) -> sqlx::Result<Obstacles> {
    let listings: Vec<_> = listings.iter().map(|listing| listing.as_uuid()).collect();
    sqlx::query_as!(
        Obstacles,
        r#"
        SELECT
            EXISTS (
                SELECT FROM orders o JOIN tickets t ON t.order_id = o.id
                WHERE o.buyer_id = $1 AND o.status IN ('created', 'awaiting_payment') AND t.held_until > clock_timestamp()
            ) AS "holds_a_ticket!",
            EXISTS (
                SELECT FROM orders o JOIN payments p ON p.order_id = o.id
                WHERE o.buyer_id = $1 AND p.status IN ('starting', 'open', 'capturing', 'wrong_amount', 'refunding', 'refund_failed', 'part_refunding', 'part_refund_failed')
            ) AS "awaits_money!",
            -- An expired lock with a waitlist counts as offered to the first of it.
            EXISTS (
                SELECT FROM listings l JOIN tickets t ON t.listing_id = l.id
                WHERE l.seller_id = $1 AND t.status = 'listed'
                    AND (t.held_until > clock_timestamp() OR t.has_payment OR t.starts_at > clock_timestamp() AND l.waiting > 0)
            ) AS "is_bought_from!",
            EXISTS (
                SELECT FROM listings l JOIN tickets t ON t.listing_id = l.id JOIN orders o ON o.id = t.order_id
                JOIN events e ON e.id = l.event_id
                WHERE l.seller_id = $1 AND t.status = 'sold' AND o.status IN ('complete', 'partly_refunded', 'refund_pending') AND e.starts_at > clock_timestamp()
            ) AS "has_sold_what_is_to_come!",
            EXISTS (
                SELECT FROM disputes d JOIN payments p ON p.id = d.payment_id JOIN orders o ON o.id = p.order_id JOIN listings l ON l.id = o.listing_id
                WHERE d.status IN ('warning_needs_response', 'warning_under_review', 'needs_response', 'under_review')
                    AND $1 IN (o.buyer_id, l.seller_id)
            ) AS "is_disputed!",
            EXISTS (
                SELECT l.id FROM listings l
                WHERE l.seller_id = $1 AND EXISTS (SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed')
                UNION ALL
                SELECT w.listing_id FROM waitlist_entries w WHERE w.user_id = $1
                EXCEPT
                SELECT unnest($2::uuid[])
            ) AS "needs_retry!"
        "#,
        user.as_uuid(),
        &listings,
    )
    .fetch_one(tx)
    .await
}

/// An order past its end that still names tickets of a listing.
pub(super) async fn overdue_orders(tx: &mut PgConnection, seller: UserId) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT t.order_id AS "id!: OrderId" FROM listings l JOIN tickets t ON t.listing_id = l.id
        WHERE l.seller_id = $1 AND t.status = 'listed' AND t.order_id IS NOT NULL
        "#,
        seller.as_uuid(),
    )
    .fetch_all(tx)
    .await
}

/// Withdraws the user's tickets and removes the user from every waitlist. The waitlist of a listing whose
/// event has started is deleted as well: it has nothing to wait for. Returns the listings that have changed.
pub(super) async fn withdraw_all(tx: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<ListingId>> {
    sqlx::query_scalar!(
        r#"
        WITH withdrawn AS (
            UPDATE tickets t SET status = 'withdrawn' FROM listings l
            WHERE l.id = t.listing_id AND l.seller_id = $1 AND t.status = 'listed'
            RETURNING t.listing_id
        ), removed AS (
            DELETE FROM waitlist_entries WHERE user_id = $1 OR listing_id IN (SELECT listing_id FROM withdrawn)
            RETURNING listing_id
        ), counted AS (
            UPDATE listings l SET waiting = l.waiting - r.entries
            FROM (SELECT listing_id, count(*)::integer AS entries FROM removed GROUP BY listing_id) r WHERE l.id = r.listing_id
        )
        SELECT listing_id AS "id!: ListingId" FROM withdrawn UNION SELECT listing_id FROM removed
        "#,
        user.as_uuid(),
    )
    .fetch_all(tx)
    .await
}

/// Erases who a user was, and all data about them outside orders, payments and the ledger.
pub(super) async fn erase(tx: &mut PgConnection, user: UserId, email: &str) -> sqlx::Result<()> {
    let email = key(email);
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    second_factor::store::delete(&mut *tx, user).await?;
    sqlx::query!("DELETE FROM sign_in_attempts WHERE email = lower($1)", email).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM idempotency_keys WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    watching::store::delete_all(&mut *tx, user).await?;
    drafts::store::delete_all(&mut *tx, user).await?;
    sqlx::query!("DELETE FROM mail_choices WHERE user_id = $1", user.as_uuid()).execute(&mut *tx).await?;
    gifts::erase(&mut *tx, user).await?;
    sqlx::query!(
        "DELETE FROM price_schedules WHERE listing_id IN (SELECT id FROM listings WHERE seller_id = $1)",
        user.as_uuid(),
    )
    .execute(&mut *tx)
    .await?;
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
        "
        DELETE FROM sign_ups WHERE id IN (
            SELECT id FROM sign_ups WHERE lower(email) = lower($1) OR user_id = $2 FOR UPDATE SKIP LOCKED
        )",
        email,
        user.as_uuid(),
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
