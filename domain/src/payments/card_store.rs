//! SQL of the attempts that count against the bounds on declined cards. `start_store` writes most of them.

use model::{PaymentId, UserId};
use serde::Serialize;
use sqlx::PgExecutor;
use time::{OffsetDateTime, serde::rfc3339};
use uuid::Uuid;

use super::payer::Payer;
use crate::backend::Rules;

/// Stores from where an attempt was opened.
pub(super) async fn insert(db: impl PgExecutor<'_>, payment: PaymentId, payer: Payer) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO card_attempts (payment_id, user_id, network) VALUES ($1, $2, $3::text::inet)",
        payment.as_uuid(),
        payer.user.as_uuid(),
        payer.network.to_string(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores that cards were declined for an attempt, also for one that was opened without a row here: all of its declined
/// charges. It may have none, where the holder of a card did not prove who they are. What is stored already changes nothing.
pub(super) async fn note_declines(db: impl PgExecutor<'_>, payment: PaymentId, charges: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO card_attempts (payment_id, user_id, opened_at, declined_at, charges)
        SELECT p.id, o.buyer_id, p.created_at, clock_timestamp(), $2 FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = $1
        ON CONFLICT (payment_id) DO UPDATE SET declined_at = excluded.declined_at, charges = excluded.charges
        WHERE card_attempts.declined_at IS NULL OR cardinality(card_attempts.charges) < cardinality(excluded.charges)
        ",
        payment.as_uuid(),
        charges,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// When the payer may begin a payment again; `None` is now.
pub(super) struct Bars {
    /// By the declines of the account.
    pub(super) account: Option<OffsetDateTime>,
    /// By those of the network.
    pub(super) network: Option<OffsetDateTime>,
}

/// Until when declines bar the payer's account, and the payer's network.
pub(super) async fn bars(db: impl PgExecutor<'_>, rules: &Rules, payer: Payer) -> sqlx::Result<Bars> {
    sqlx::query_as!(
        Bars,
        "
        SELECT card_bar_ends_at($1, NULL, $3, $4) AS account, card_bar_ends_at(NULL, $2::text::inet, $3, $4) AS network
        ",
        payer.user.as_uuid(),
        payer.network.to_string(),
        i64::from(rules.max_declines_per_account),
        i64::from(rules.max_declines_per_network),
    )
    .fetch_one(db)
    .await
}

/// Deletes up to `limit` attempts that count against no bound: a decline counts for a day, and for the day that it bars.
/// An attempt may be open for a day.
pub(super) async fn delete_old(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        DELETE FROM card_attempts WHERE payment_id = ANY(ARRAY(
            SELECT payment_id FROM card_attempts
            WHERE opened_at < now() - interval '3 days' AND (declined_at IS NULL OR declined_at < now() - interval '2 days')
            ORDER BY opened_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ))",
        limit,
    );
    Ok(done.execute(db).await?.rows_affected())
}

/// A tried card, as the export shows it.
#[derive(Debug, Serialize)]
pub(crate) struct TriedCard {
    order_id: Uuid,
    #[serde(with = "rfc3339")]
    opened_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    declined_at: Option<OffsetDateTime>,
    network: Option<String>,
}

/// The newest attempts of a user, up to `limit`.
pub(crate) async fn of_user(db: impl PgExecutor<'_>, user: UserId, limit: i64) -> sqlx::Result<Vec<TriedCard>> {
    sqlx::query_as!(
        TriedCard,
        "
        SELECT p.order_id, c.opened_at, c.declined_at, host(c.network) AS network
        FROM card_attempts c JOIN payments p ON p.id = c.payment_id
        WHERE c.user_id = $1 ORDER BY c.opened_at DESC LIMIT $2
        ",
        user.as_uuid(),
        limit,
    )
    .fetch_all(db)
    .await
}
