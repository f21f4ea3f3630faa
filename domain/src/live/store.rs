//! SQL of publishing changes.

use model::TicketId;
use sqlx::PgExecutor;

/// The channel on which changes of tickets are published.
pub(super) const CHANNEL: &str = "tickets";

/// Publishes that `tickets` have changed.
///
/// It writes no row, so its commit need not wait for the log.
pub(super) async fn notify(db: impl PgExecutor<'_>, tickets: &[TicketId]) -> sqlx::Result<()> {
    let tickets: Vec<String> = tickets.iter().map(ToString::to_string).collect();
    sqlx::query!(
        r#"
        SELECT count(pg_notify($1, ticket)) AS "published!"
        FROM unnest($2::text[]) AS ticket, (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
        "#,
        CHANNEL,
        &tickets,
    )
    .fetch_one(db)
    .await?;
    Ok(())
}
