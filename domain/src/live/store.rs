//! SQL of announcements.

use model::TicketId;
use sqlx::PgExecutor;

/// Where changes of tickets are announced.
pub(super) const CHANNEL: &str = "tickets";

/// Announces that something has happened to `tickets`.
///
/// It writes nothing that would have to outlive the database, so that it does not wait for the log.
pub(super) async fn notify(db: impl PgExecutor<'_>, tickets: &[TicketId]) -> sqlx::Result<()> {
    let tickets: Vec<String> = tickets.iter().map(ToString::to_string).collect();
    sqlx::query!(
        r#"
        SELECT count(pg_notify($1, ticket)) AS "announced!"
        FROM unnest($2::text[]) AS ticket, (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
        "#,
        CHANNEL,
        &tickets,
    )
    .fetch_one(db)
    .await?;
    Ok(())
}
