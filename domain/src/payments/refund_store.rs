//! SQL of refunds.

use model::{Money, PaymentId, RefundId};
use platform::stripe;
use sqlx::PgExecutor;
use strum::IntoStaticStr;
use time::OffsetDateTime;

use super::{backoff, store::Payment};
use crate::database;

/// The status of a refund. It moves forward only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// It is on its way.
    Pending,
    /// The money is sent. A bank may still return it, days later.
    Succeeded,
    /// The money is with the shop.
    Failed,
}

impl RefundStatus {
    fn code(self) -> &'static str {
        self.into()
    }
}

impl From<stripe::RefundStatus> for RefundStatus {
    fn from(status: stripe::RefundStatus) -> Self {
        match status {
            stripe::RefundStatus::Pending => Self::Pending,
            stripe::RefundStatus::Succeeded => Self::Succeeded,
            stripe::RefundStatus::Failed => Self::Failed,
        }
    }
}

/// Why a refund was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum RefundCause {
    /// The tickets could not be delivered.
    Undeliverable,
    /// A refund had failed, and this shop repeated it.
    Retry,
    /// The operator made it at Stripe.
    Operator,
}

impl RefundCause {
    /// The cause in the database, and in the metadata at Stripe.
    pub(crate) fn code(self) -> &'static str {
        self.into()
    }

    /// The cause by the metadata of a refund.
    pub(crate) fn of(metadata: Option<&str>) -> Self {
        [Self::Undeliverable, Self::Retry]
            .into_iter()
            .find(|cause| metadata == Some(cause.code()))
            .unwrap_or(Self::Operator)
    }
}

/// A refund of a payment.
#[derive(Clone, Debug)]
pub(crate) struct RefundRow {
    pub(crate) id: RefundId,
    /// `None` if it was settled without Stripe.
    pub(crate) stripe_refund_id: Option<String>,
    pub(crate) amount_cents: i64,
    pub(crate) status: RefundStatus,
    pub(crate) is_booked_with_payment: bool,
}

/// The refunds of a payment, oldest first.
pub(crate) async fn of_payment(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<Vec<RefundRow>> {
    sqlx::query_as!(
        RefundRow,
        r#"
        SELECT id AS "id: RefundId", stripe_refund_id, amount_cents, status AS "status: RefundStatus", is_booked_with_payment
        FROM refunds WHERE payment_id = $1 ORDER BY created_at, id
        "#,
        payment.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// A refund at Stripe that was not known before.
pub(crate) struct NewRefund<'a> {
    pub(crate) id: RefundId,
    pub(crate) stripe_refund_id: &'a str,
    pub(crate) payment: PaymentId,
    pub(crate) amount: Money,
    pub(crate) status: RefundStatus,
    pub(crate) cause: RefundCause,
    pub(crate) is_booked_with_payment: bool,
    pub(crate) created_at: OffsetDateTime,
}

pub(crate) async fn insert(db: impl PgExecutor<'_>, refund: NewRefund<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO refunds (id, stripe_refund_id, payment_id, amount_cents, currency, status, cause, is_booked_with_payment, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ",
        refund.id.as_uuid(),
        refund.stripe_refund_id,
        refund.payment.as_uuid(),
        refund.amount.cents(),
        refund.amount.currency().code(),
        refund.status.code(),
        refund.cause.code(),
        refund.is_booked_with_payment,
        refund.created_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores that an amount was paid back without Stripe; `by` says how.
pub(crate) async fn insert_settled(
    db: impl PgExecutor<'_>,
    id: RefundId,
    payment: PaymentId,
    amount: Money,
    by: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO refunds (id, payment_id, amount_cents, currency, status, cause, settled_by)
        VALUES ($1, $2, $3, $4, 'succeeded', 'settled', $5)
        ",
        id.as_uuid(),
        payment.as_uuid(),
        amount.cents(),
        amount.currency().code(),
        by,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Moves a refund to a later status. Fails if it has another one than `from`.
pub(crate) async fn advance(
    db: impl PgExecutor<'_>,
    id: RefundId,
    from: RefundStatus,
    to: RefundStatus,
) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "UPDATE refunds SET status = $3, updated_at = clock_timestamp() WHERE id = $1 AND status = $2",
        id.as_uuid(),
        from.code(),
        to.code(),
    )
    .execute(db)
    .await?;
    database::moved(done.rows_affected() == 1)
}

/// The payment of a refund, by Stripe's id.
pub(crate) async fn payment_of(db: impl PgExecutor<'_>, stripe_refund_id: &str) -> sqlx::Result<Option<PaymentId>> {
    sqlx::query_scalar!(
        r#"SELECT payment_id AS "id: PaymentId" FROM refunds WHERE stripe_refund_id = $1"#,
        stripe_refund_id,
    )
    .fetch_optional(db)
    .await
}

/// The statuses of those refunds that are known, by Stripe's ids.
pub(crate) async fn known(db: impl PgExecutor<'_>, ids: &[&str]) -> sqlx::Result<Vec<(String, RefundStatus)>> {
    let rows = sqlx::query!(
        r#"
        SELECT stripe_refund_id AS "id!", status AS "status: RefundStatus" FROM refunds
        WHERE stripe_refund_id = ANY($1)
        "#,
        ids as &[&str],
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.status)).collect())
}

/// Makes the next refund call use another idempotency key than `payment` did.
pub(crate) async fn use_up_refund_key(db: impl PgExecutor<'_>, payment: &Payment) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE payments SET refund_keys_used = $2 + 1 WHERE id = $1 AND refund_keys_used = $2",
        payment.id.as_uuid(),
        payment.refund_keys_used,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores that Stripe has refused the refund. The next call waits, twice as long each time, and uses
/// another key: with the same key Stripe would repeat its refusal for a day. Returns whether the refusal
/// is new.
pub(crate) async fn refuse_refund(db: impl PgExecutor<'_>, payment: &Payment) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        UPDATE payments
        SET refund_refusals = $2 + 1, refund_keys_used = refund_keys_used + 1,
            refund_due_at = clock_timestamp() + make_interval(secs => least($3 * 2 ^ least($2, 20), $4))
        WHERE id = $1 AND refund_refusals = $2
        ",
        payment.id.as_uuid(),
        payment.refund_refusals,
        backoff::MIN.as_seconds_f64(),
        backoff::MAX.as_seconds_f64(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets a refund wait for an hour, because a bank has the money. That is no refusal.
pub(crate) async fn hold(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE payments SET refund_due_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1",
        payment.as_uuid(),
        backoff::MAX.as_seconds_f64(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes a refund due at once that is held or was refused: its reason may be gone.
pub(crate) async fn end_backoff(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE payments SET refund_due_at = NULL WHERE id = $1", payment.as_uuid()).execute(db).await?;
    Ok(())
}

/// What a mail about a refund says.
pub(crate) struct RefundStory {
    pub(crate) payment_id: PaymentId,
    pub(crate) stripe_refund_id: Option<String>,
    pub(crate) order_id: model::OrderId,
    pub(crate) amount_cents: i64,
    pub(crate) title: String,
    /// Whether the money is sent.
    pub(crate) is_paid: bool,
    /// Whether it was paid without Stripe.
    pub(crate) is_settled: bool,
    /// The buyer's address; `None` after the deletion of the account.
    pub(crate) email: Option<String>,
}

pub(crate) async fn story(db: impl PgExecutor<'_>, id: RefundId) -> sqlx::Result<Option<RefundStory>> {
    sqlx::query_as!(
        RefundStory,
        r#"
        SELECT p.id AS "payment_id: PaymentId", r.stripe_refund_id, o.id AS "order_id: model::OrderId", r.amount_cents, o.title,
            r.status = 'succeeded' AS "is_paid!", r.cause = 'settled' AS "is_settled!", u.email
        FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id JOIN users u ON u.id = o.buyer_id
        WHERE r.id = $1
        "#,
        id.as_uuid(),
    )
    .fetch_optional(db)
    .await
}
