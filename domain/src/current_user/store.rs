//! SQL of the user of a session.

use model::{OrderId, UserId, auth::CurrentUser, waitlist::Offer};
use sqlx::PgExecutor;

use crate::{
    auth::session::{IDLE_DAYS, SessionToken},
    timestamp,
};

/// The user of a live session, and whether its last use is long enough ago to be stored again.
pub(crate) async fn find_session(
    db: impl PgExecutor<'_>,
    token: &SessionToken,
) -> sqlx::Result<Option<(CurrentUser, bool)>> {
    let row = sqlx::query!(
        r#"
        SELECT u.id AS "id: UserId", u.email AS "email!", s.last_seen_at < now() - interval '1 minute' AS "is_stale!",
            o.id AS "order_id?: OrderId", t.title AS "title?", o.expires_at AS "expires_at?", now() AS "now!",
            EXISTS (SELECT FROM waitlist_entries p WHERE p.user_id = u.id) AS "is_waiting!"
        FROM sessions s JOIN users u ON u.id = s.user_id
        LEFT JOIN LATERAL (
            SELECT * FROM orders
            WHERE buyer_id = u.id AND from_waitlist AND status IN ('created', 'awaiting_payment') AND expires_at > now()
            ORDER BY expires_at
            LIMIT 1
        ) AS o ON true
        LEFT JOIN tickets t ON t.id = o.ticket_id
        WHERE s.token_hash = $1 AND s.expires_at > now() AND s.last_seen_at > now() - make_interval(days => $2)
        "#,
        &token.hash()[..],
        IDLE_DAYS,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let offer = match (row.order_id, row.title, row.expires_at) {
            (Some(order), Some(title), Some(until)) => Some(Offer {
                order,
                title,
                left_ms: i64::try_from((until - row.now).whole_milliseconds()).unwrap_or(i64::MAX),
                until: timestamp::time_of_day(until),
            }),
            _ => None,
        };
        (CurrentUser { id: row.id, email: row.email, offer, is_waiting: row.is_waiting }, row.is_stale)
    }))
}
