//! SQL of the readings of Stripe's balance transactions.

use sqlx::PgExecutor;
use strum::IntoStaticStr;
use time::{Duration, OffsetDateTime};

/// How much more is read than is compared: what moved a little before it was booked.
pub(super) const MARGIN: Duration = Duration::days(1);

/// A reading of Stripe's balance transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Reading {
    Recent,
    Nightly,
}

impl Reading {
    pub(super) const ALL: [Self; 2] = [Self::Recent, Self::Nightly];

    /// The value in the database.
    fn code(self) -> &'static str {
        self.into()
    }
}

/// Where a reading stands.
pub(super) struct Place {
    /// The last movement of the page that was read last; `None` at the beginning.
    pub(super) cursor: Option<String>,
    /// From when on it reads.
    pub(super) since: OffsetDateTime,
    /// When it began.
    pub(super) begun_at: OffsetDateTime,
}

/// Takes a reading for ten minutes, if it is due: another worker leaves it alone meanwhile. The recent one goes back an hour
/// behind the last one, as Stripe's clock may differ. The nightly one goes back `days` days, to the oldest difference that is
/// open, and a day more.
pub(super) async fn take(db: impl PgExecutor<'_>, reading: Reading, days: i32) -> sqlx::Result<Option<Place>> {
    sqlx::query_as!(
        Place,
        r#"
        UPDATE balance_readings
        SET due_at = clock_timestamp() + interval '10 minutes',
            begun_at = CASE WHEN cursor IS NULL THEN clock_timestamp() ELSE begun_at END,
            since = CASE
                WHEN cursor IS NOT NULL THEN since
                WHEN name = 'recent' THEN read_until - interval '1 hour'
                ELSE least(
                    clock_timestamp() - make_interval(days => $2), (SELECT min(moved_at) FROM ledger_differences WHERE closed_at IS NULL)
                ) - make_interval(secs => $3)
            END
        WHERE name = $1 AND due_at <= clock_timestamp()
        RETURNING cursor, since, begun_at
        "#,
        reading.code(),
        days,
        MARGIN.as_seconds_f64(),
    )
    .fetch_optional(db)
    .await
}

/// Stores that a page was read. The next one is due at once.
pub(super) async fn proceed(db: impl PgExecutor<'_>, reading: Reading, cursor: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE balance_readings SET cursor = $2, due_at = clock_timestamp() WHERE name = $1",
        reading.code(),
        cursor
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores that the last page was read. The next recent reading is due in five minutes, the next nightly one at three o'clock
/// UTC.
pub(super) async fn complete(db: impl PgExecutor<'_>, reading: Reading) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE balance_readings
        SET cursor = NULL, read_until = begun_at, completed_at = clock_timestamp(),
            due_at = CASE name
                WHEN 'recent' THEN clock_timestamp() + interval '5 minutes'
                ELSE (date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC' - interval '3 hours') + interval '27 hours') AT TIME ZONE 'UTC'
            END
        WHERE name = $1
        ",
        reading.code(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Begins the operator's reading from `since` on, or continues the one from there that was not completed. It is due at no
/// time: no worker takes it.
pub(super) async fn take_by_hand(db: impl PgExecutor<'_>, since: OffsetDateTime) -> sqlx::Result<Place> {
    sqlx::query_as!(
        Place,
        "
        UPDATE balance_readings
        SET since = $1, cursor = CASE WHEN since = $1 THEN cursor END,
            begun_at = CASE WHEN since = $1 AND cursor IS NOT NULL THEN begun_at ELSE clock_timestamp() END
        WHERE name = 'by_hand'
        RETURNING cursor, since, begun_at
        ",
        since,
    )
    .fetch_one(db)
    .await
}

/// Stores which page the operator's reading from `since` on has read last; after the last page, none. Another reading that
/// has begun meanwhile stays as it is.
pub(super) async fn note_by_hand(
    db: impl PgExecutor<'_>,
    since: OffsetDateTime,
    cursor: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE balance_readings SET cursor = $2, completed_at = CASE WHEN $2::text IS NULL THEN clock_timestamp() ELSE completed_at END
        WHERE name = 'by_hand' AND since = $1
        ",
        since,
        cursor,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Begins a reading anew, when its lease is over.
pub(super) async fn restart(db: impl PgExecutor<'_>, reading: Reading) -> sqlx::Result<()> {
    sqlx::query!("UPDATE balance_readings SET cursor = NULL WHERE name = $1", reading.code()).execute(db).await?;
    Ok(())
}
