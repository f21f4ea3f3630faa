//! SQL of the user of a session.

use model::{OrderId, UserId, auth::Role};
use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::auth::session::{IDLE_DAYS, SessionToken};

/// A live session with its user, and the user's unpaid order whose tickets are locked; the one that ends first.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent answer")]
pub(super) struct SessionRow {
    pub(super) id: UserId,
    pub(super) email: String,
    pub(super) role: Role,
    /// When the address was verified; `None` for some accounts of earlier versions.
    pub(super) email_verified_at: Option<OffsetDateTime>,
    /// Whether the session's user has shown the second factor.
    pub(super) has_second_factor: bool,
    /// Whether the last use is long enough ago to be stored again.
    pub(super) is_stale: bool,
    pub(super) order_id: Option<OrderId>,
    /// Whether the waitlist gave them the order.
    pub(super) is_offer: Option<bool>,
    /// The title of the order's event.
    pub(super) title: Option<String>,
    /// The end of the order's lock.
    pub(super) expires_at: Option<OffsetDateTime>,
    pub(super) now: OffsetDateTime,
    /// Whether the user is on a waitlist.
    pub(super) is_waiting: bool,
    /// Whether the user watches an event or a listing.
    pub(super) is_watching: bool,
}

pub(super) async fn find_session(db: impl PgExecutor<'_>, token: &SessionToken) -> sqlx::Result<Option<SessionRow>> {
    sqlx::query_as!(
        SessionRow,
        r#"
        SELECT u.id AS "id: UserId", u.email AS "email!", u.role AS "role: Role",
            u.email_verified_at, s.second_factor_at IS NOT NULL AS "has_second_factor!", s.last_seen_at < now() - interval '1 minute' AS "is_stale!",
            o.id AS "order_id?: OrderId", o.from_waitlist AS "is_offer?", o.title AS "title?", o.held_until AS "expires_at?", now() AS "now!",
            EXISTS (SELECT FROM waitlist_entries p WHERE p.user_id = u.id) AS "is_waiting!",
            EXISTS (SELECT FROM watches w WHERE w.user_id = u.id) AS "is_watching!"
        FROM sessions s JOIN users u ON u.id = s.user_id
        LEFT JOIN LATERAL (
            SELECT f.id, f.from_waitlist, f.title, t.held_until FROM orders f JOIN tickets t ON t.order_id = f.id
            WHERE f.buyer_id = u.id AND f.status IN ('created', 'awaiting_payment') AND t.held_until > now()
            ORDER BY t.held_until
            LIMIT 1
        ) AS o ON true
        WHERE s.token_hash = $1 AND s.expires_at > now() AND s.last_seen_at > now() - make_interval(days => $2)
        "#,
        &token.hash()[..],
        IDLE_DAYS,
    )
    .fetch_optional(db)
    .await
}
