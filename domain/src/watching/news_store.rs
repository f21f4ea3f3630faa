//! SQL of the news of watches, and of the mails that tell it.

use std::time::Duration;

use model::{ListingId, NewsMailId, UserId, WatchId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::{AT_ONCE_PAUSE_MINUTES, DIGEST_HOURS, NEWS_MAX, news::NewsRow};

/// Takes the row lock of an account, without waiting. Returns whether it did: another transaction may have it, or the account
/// was deleted.
pub(super) async fn try_lock_account(tx: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let locked = sqlx::query!(
        "SELECT FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE SKIP LOCKED",
        user.as_uuid()
    );
    Ok(locked.fetch_optional(tx).await?.is_some())
}

/// A query for the news of watches: the SQL of what is read, of the times `since` and `until` between which something
/// became news, and what follows; and its arguments, of which the first is [`NEWS_MAX`].
///
/// `w` is the watch, `n` a listing: `before_cents` is its price at `since`. The bound keeps the planner inside of each
/// watch, whatever its statistics say. Whether the tickets can be bought is decided later, by `news::buyable`;
/// here is left out what surely cannot be.
macro_rules! news {
    ($row:ty, $head:tt, $window:tt, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            $row,
            $head + r#"
            FROM watches w CROSS JOIN LATERAL (
            "# + $window + r#"
            ) i CROSS JOIN LATERAL (
                SELECT l.id, l.price_cents, p.before_cents
                FROM (
                    SELECT e.id, e.price_cents, e.news_at FROM listings e
                    WHERE e.event_id = w.event_id AND e.news_at > i.since AND e.news_at <= i.until
                        AND e.seller_id <> w.user_id AND e.price_cents <= coalesce(w.under_cents, e.price_cents)
                    UNION ALL
                    SELECT o.id, o.price_cents, o.news_at FROM listings o
                    WHERE o.id = w.listing_id AND o.seller_id <> w.user_id
                ) l CROSS JOIN LATERAL (
                    SELECT (
                        SELECT h.price_cents FROM listing_prices h
                        WHERE h.listing_id = l.id AND h.since <= i.since ORDER BY h.id DESC LIMIT 1
                    ) AS before_cents
                ) p
                WHERE EXISTS (
                    SELECT FROM tickets t
                    WHERE t.listing_id = l.id AND t.status = 'listed' AND t.starts_at > statement_timestamp()
                        AND (t.order_id IS NULL OR t.held_until <= statement_timestamp())
                ) AND (
                    w.listing_id IS NULL
                    OR l.price_cents < p.before_cents AND l.news_at > i.since AND l.news_at <= i.until
                    -- On sale again: another user's order ended without a sale, and until then buyers held all that are not sold.
                    OR EXISTS (
                        WITH recent AS (
                            SELECT o.status, o.buyer_id, o.created_at, o.ended_at, cardinality(o.ticket_ids) AS held
                            FROM orders o WHERE o.listing_id = l.id ORDER BY o.id DESC LIMIT 100
                        )
                        SELECT FROM recent o
                        WHERE o.status IN ('cancelled', 'expired') AND o.buyer_id <> w.user_id
                            AND o.ended_at > i.since AND o.ended_at <= i.until AND (
                            SELECT count(*) FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed'
                        ) <= (
                            SELECT sum(h.held) FROM recent h
                            WHERE h.status IN ('created', 'awaiting_payment', 'cancelled', 'expired')
                                AND h.created_at <= o.ended_at AND coalesce(h.ended_at, 'infinity') >= o.ended_at
                        )
                    )
                )
                ORDER BY l.price_cents, l.id
                LIMIT $1
            ) n
            "# + $tail,
            NEWS_MAX,
            $($argument),*
        )
    };
}

struct UserRow {
    user_id: UserId,
}

/// Users with news that is to be told at once and is older than `settle`, the longest due first; from up to `limit` watches.
pub(super) async fn with_news_at_once(
    db: impl PgExecutor<'_>,
    settle: Duration,
    limit: i64,
) -> sqlx::Result<Vec<UserId>> {
    let rows = news!(
        UserRow,
        r#"SELECT DISTINCT f.user_id AS "user_id!: UserId" FROM (SELECT w.user_id"#,
        r#"
        SELECT CASE WHEN w.mail_id IS NULL THEN w.told_until ELSE w.told_from END AS since,
            statement_timestamp() - make_interval(secs => $2) AS until
        "#,
        r#"
        WHERE w.at_once AND w.due_at <= statement_timestamp() AND w.starts_at > statement_timestamp()
        ORDER BY w.due_at LIMIT $3) f
        "#,
        settle.as_secs_f64(),
        limit,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| row.user_id).collect())
}

/// Users whose digest is due, the longest due first; from up to `limit` watches.
pub(super) async fn with_digest_due(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT w.user_id AS "user_id!: UserId" FROM (
            SELECT user_id FROM watches WHERE NOT at_once AND due_at <= statement_timestamp() ORDER BY due_at LIMIT $1
        ) w
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// The news until `until` of the watches of a user that are due `now`, under the account's row lock.
pub(super) async fn due_news(
    tx: &mut PgConnection,
    user: UserId,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> sqlx::Result<Vec<NewsRow>> {
    news!(
        NewsRow,
        r#"
        SELECT w.id AS "watch: WatchId", w.at_once, w.listing_id IS NOT NULL AS "of_listing!", n.id AS "listing!: ListingId", n.before_cents
        "#,
        r#"
        SELECT CASE WHEN w.mail_id IS NULL THEN w.told_until ELSE w.told_from END AS since, $4::timestamptz AS until
        "#,
        "WHERE w.user_id = $2 AND w.due_at <= $3 AND w.starts_at > $3",
        user.as_uuid(),
        now,
        until,
    )
    .fetch_all(tx)
    .await
}

/// The news that a mail tells.
pub(super) async fn news_in(db: impl PgExecutor<'_>, mail: NewsMailId) -> sqlx::Result<Vec<NewsRow>> {
    news!(
        NewsRow,
        r#"
        SELECT w.id AS "watch: WatchId", w.at_once, w.listing_id IS NOT NULL AS "of_listing!", n.id AS "listing!: ListingId", n.before_cents
        "#,
        "SELECT w.told_from AS since, w.told_until AS until",
        "WHERE w.mail_id = $2",
        mail.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// Notes that a mail tells the news of these watches until `until`, under the account's row lock. What a mail has told that
/// did not leave is told by this one too. Watches that are told at once pause.
pub(super) async fn note_mail(
    tx: &mut PgConnection,
    mail: NewsMailId,
    watches: &[WatchId],
    until: OffsetDateTime,
) -> sqlx::Result<()> {
    let watches: Vec<_> = watches.iter().map(|watch| watch.as_uuid()).collect();
    sqlx::query!(
        "
        UPDATE watches
        SET mail_id = $2, told_from = CASE WHEN mail_id IS NULL THEN told_until ELSE told_from END, told_until = $3,
            due_at = CASE WHEN at_once THEN clock_timestamp() + make_interval(mins => $4) ELSE due_at END
        WHERE id = ANY($1)
        ",
        &watches,
        mail.as_uuid(),
        until,
        AT_ONCE_PAUSE_MINUTES,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Puts the digest of a user that was due `now` off until the next day, under the account's row lock.
pub(super) async fn put_off(tx: &mut PgConnection, user: UserId, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE watches SET due_at = clock_timestamp() + make_interval(hours => $3)
        WHERE user_id = $1 AND NOT at_once AND EXISTS (
            SELECT FROM watches d WHERE d.user_id = $1 AND NOT d.at_once AND d.due_at <= $2
        )
        ",
        user.as_uuid(),
        now,
        DIGEST_HOURS,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The address of the user of a mail. None if the mail was sent, or its watches or its account are gone.
pub(super) async fn reader_of(db: impl PgExecutor<'_>, mail: NewsMailId) -> sqlx::Result<Option<(UserId, String)>> {
    let row = sqlx::query!(
        r#"
        SELECT u.id AS "id: UserId", u.email AS "email!" FROM watches w JOIN users u ON u.id = w.user_id
        WHERE w.mail_id = $1 AND u.email IS NOT NULL LIMIT 1
        "#,
        mail.as_uuid(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id, row.email)))
}

/// Notes that a mail has left, so that a job that runs twice sends one mail.
pub(super) async fn mark_sent(db: impl PgExecutor<'_>, mail: NewsMailId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE watches SET mail_id = NULL WHERE mail_id = $1", mail.as_uuid()).execute(db).await?;
    Ok(())
}
