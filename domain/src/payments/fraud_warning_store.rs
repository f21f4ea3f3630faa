//! SQL of early fraud warnings.

use model::{Money, PaymentId};
use platform::stripe::FraudWarning;
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Stores a warning, or what is new of it. Returns whether anything is: a warning that was actionable can cease to be, and
/// what is read may be older than what is stored.
pub(super) async fn store(
    db: impl PgExecutor<'_>,
    payment: PaymentId,
    warning: &FraudWarning,
    made_at: OffsetDateTime,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        INSERT INTO fraud_warnings (stripe_warning_id, payment_id, kind, is_actionable, made_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (stripe_warning_id) DO UPDATE SET is_actionable = false, heard_at = clock_timestamp()
        WHERE fraud_warnings.is_actionable AND NOT excluded.is_actionable
        ",
        warning.id,
        payment.as_uuid(),
        warning.kind,
        warning.is_actionable,
        made_at,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Those warnings that are known as they are at Stripe, by their ids.
pub(super) async fn known(db: impl PgExecutor<'_>, ids: &[&str]) -> sqlx::Result<Vec<(String, bool)>> {
    let rows = sqlx::query!(
        "SELECT stripe_warning_id AS id, is_actionable FROM fraud_warnings WHERE stripe_warning_id = ANY($1)",
        ids as &[&str],
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.is_actionable)).collect())
}

/// A warning with its payment.
pub(super) struct WarningRow {
    pub(super) stripe_warning_id: String,
    pub(super) payment_id: PaymentId,
    pub(super) title: String,
    pub(super) amount_cents: i64,
    pub(super) kind: String,
    pub(super) is_actionable: bool,
    pub(super) made_at: OffsetDateTime,
}

impl WarningRow {
    pub(super) fn amount(&self) -> Money {
        Money::usd(self.amount_cents)
    }
}

/// Up to `limit` warnings of the last `days` days, newest first.
pub(super) async fn newest(db: impl PgExecutor<'_>, days: i32, limit: i64) -> sqlx::Result<Vec<WarningRow>> {
    sqlx::query_as!(
        WarningRow,
        r#"
        SELECT w.stripe_warning_id, w.payment_id AS "payment_id: PaymentId", o.title, p.amount_cents, w.kind, w.is_actionable, w.made_at
        FROM fraud_warnings w JOIN payments p ON p.id = w.payment_id JOIN orders o ON o.id = p.order_id
        WHERE w.made_at > now() - make_interval(days => $1)
        ORDER BY w.made_at DESC, w.stripe_warning_id
        LIMIT $2
        "#,
        days,
        limit,
    )
    .fetch_all(db)
    .await
}
