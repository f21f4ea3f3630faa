//! SQL of disputes.

use model::{DisputeId, Money, PaymentId, disputes::DisputeStatus};
use platform::stripe::DisputeMoney;
use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::database;

/// A dispute of a payment.
#[derive(Clone, Debug)]
pub(super) struct DisputeRow {
    pub(super) id: DisputeId,
    pub(super) stripe_dispute_id: String,
    pub(super) status: DisputeStatus,
    pub(super) is_refundable: bool,
    pub(super) evidence_due_at: Option<OffsetDateTime>,
    pub(super) withdrawn_cents: Option<i64>,
    pub(super) reinstated_cents: Option<i64>,
}

/// The disputes of a payment.
pub(super) async fn of_payment(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<Vec<DisputeRow>> {
    sqlx::query_as!(
        DisputeRow,
        r#"
        SELECT id AS "id: DisputeId", stripe_dispute_id, status AS "status: DisputeStatus", is_refundable, evidence_due_at,
            withdrawn_cents, reinstated_cents
        FROM disputes WHERE payment_id = $1
        "#,
        payment.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// A dispute at Stripe that was not known before. What moved is stored when it is booked.
pub(super) struct NewDispute<'a> {
    pub(super) id: DisputeId,
    pub(super) stripe_dispute_id: &'a str,
    pub(super) payment: PaymentId,
    pub(super) amount: Money,
    pub(super) reason: &'a str,
    pub(super) status: DisputeStatus,
    pub(super) is_refundable: bool,
    pub(super) evidence_due_at: Option<OffsetDateTime>,
    pub(super) opened_at: OffsetDateTime,
}

pub(super) async fn insert(db: impl PgExecutor<'_>, dispute: NewDispute<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO disputes (id, stripe_dispute_id, payment_id, amount_cents, currency, reason, status, is_refundable, evidence_due_at,
            opened_at, closed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11 THEN NULL ELSE clock_timestamp() END)
        ",
        dispute.id.as_uuid(),
        dispute.stripe_dispute_id,
        dispute.payment.as_uuid(),
        dispute.amount.cents(),
        dispute.amount.currency().code(),
        dispute.reason,
        dispute.status.code(),
        dispute.is_refundable,
        dispute.evidence_due_at,
        dispute.opened_at,
        dispute.status.is_open(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores what else Stripe says of a dispute. Fails if it has another status than `row`.
pub(super) async fn advance(
    db: impl PgExecutor<'_>,
    row: &DisputeRow,
    to: DisputeStatus,
    is_refundable: bool,
    evidence_due_at: Option<OffsetDateTime>,
) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "
        UPDATE disputes
        SET status = $3, is_refundable = $4, evidence_due_at = $5, heard_at = clock_timestamp(),
            closed_at = CASE WHEN $6 THEN NULL ELSE coalesce(closed_at, clock_timestamp()) END
        WHERE id = $1 AND status = $2
        ",
        row.id.as_uuid(),
        row.status.code(),
        to.code(),
        is_refundable,
        evidence_due_at,
        to.is_open(),
    )
    .execute(db)
    .await?;
    database::moved(done.rows_affected() == 1)
}

/// Stores what Stripe took for a dispute. Fails if that is known.
pub(super) async fn note_withdrawn(db: impl PgExecutor<'_>, id: DisputeId, money: DisputeMoney) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "
        UPDATE disputes SET withdrawn_cents = $2, fee_cents = $3, heard_at = clock_timestamp()
        WHERE id = $1 AND withdrawn_cents IS NULL
        ",
        id.as_uuid(),
        money.cents,
        money.fee_cents.max(0),
    )
    .execute(db)
    .await?;
    database::moved(done.rows_affected() == 1)
}

/// Stores what Stripe gave back after a dispute. Fails if that is known.
pub(super) async fn note_reinstated(db: impl PgExecutor<'_>, id: DisputeId, money: DisputeMoney) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "
        UPDATE disputes SET reinstated_cents = $2, fee_returned_cents = $3, heard_at = clock_timestamp()
        WHERE id = $1 AND reinstated_cents IS NULL
        ",
        id.as_uuid(),
        money.cents,
        money.fee_cents.max(0),
    )
    .execute(db)
    .await?;
    database::moved(done.rows_affected() == 1)
}

/// Whether Stripe refuses to refund a payment until a bank has decided.
pub(super) async fn holds_refunds(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM disputes WHERE payment_id = $1 AND status IN ('needs_response', 'under_review') AND NOT is_refundable
        ) AS "holds!"
        "#,
        payment.as_uuid(),
    )
    .fetch_one(db)
    .await
}

/// How much of a payment its buyer has got back by disputes that the shop has lost, in cents.
pub(super) async fn lost_cents(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT coalesce(sum(withdrawn_cents - coalesce(reinstated_cents, 0)), 0)::bigint AS "cents!"
        FROM disputes WHERE payment_id = $1 AND status = 'lost'
        "#,
        payment.as_uuid(),
    )
    .fetch_one(db)
    .await
}

/// The statuses of those disputes that are known, by Stripe's ids, and whether what was taken and given back is.
pub(super) async fn known(db: impl PgExecutor<'_>, ids: &[&str]) -> sqlx::Result<Vec<(String, KnownDispute)>> {
    let rows = sqlx::query!(
        r#"
        SELECT stripe_dispute_id, status AS "status: DisputeStatus", withdrawn_cents IS NOT NULL AS "is_withdrawn!",
            reinstated_cents IS NOT NULL AS "is_reinstated!"
        FROM disputes WHERE stripe_dispute_id = ANY($1)
        "#,
        ids as &[&str],
    )
    .fetch_all(db)
    .await?;
    let known = rows.into_iter().map(|row| {
        let known =
            KnownDispute { status: row.status, is_withdrawn: row.is_withdrawn, is_reinstated: row.is_reinstated };
        (row.stripe_dispute_id, known)
    });
    Ok(known.collect())
}

/// How much of a dispute is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownDispute {
    pub(super) status: DisputeStatus,
    pub(super) is_withdrawn: bool,
    pub(super) is_reinstated: bool,
}

/// What a mail about a dispute says.
pub(super) struct DisputeStory {
    pub(super) payment_id: PaymentId,
    pub(super) stripe_dispute_id: String,
    pub(super) amount_cents: i64,
    pub(super) reason: String,
    pub(super) status: DisputeStatus,
    pub(super) evidence_due_at: Option<OffsetDateTime>,
}

pub(super) async fn story(db: impl PgExecutor<'_>, id: DisputeId) -> sqlx::Result<Option<DisputeStory>> {
    sqlx::query_as!(
        DisputeStory,
        r#"
        SELECT payment_id AS "payment_id: PaymentId", stripe_dispute_id, amount_cents, reason, status AS "status: DisputeStatus", evidence_due_at
        FROM disputes WHERE id = $1
        "#,
        id.as_uuid(),
    )
    .fetch_optional(db)
    .await
}

/// An open dispute with its payment.
pub(super) struct OpenRow {
    pub(super) stripe_dispute_id: String,
    pub(super) payment_id: PaymentId,
    pub(super) title: String,
    pub(super) amount_cents: i64,
    pub(super) fee_cents: i64,
    pub(super) reason: String,
    pub(super) status: DisputeStatus,
    pub(super) evidence_due_at: Option<OffsetDateTime>,
    /// How much of the payment was refunded.
    pub(super) refunded_cents: i64,
}

/// Up to `limit` open disputes, those whose evidence is due first in front.
pub(super) async fn open(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<OpenRow>> {
    sqlx::query_as!(
        OpenRow,
        r#"
        SELECT d.stripe_dispute_id, d.payment_id AS "payment_id: PaymentId", o.title, d.amount_cents, d.fee_cents, d.reason,
            d.status AS "status: DisputeStatus", d.evidence_due_at,
            (SELECT coalesce(sum(r.amount_cents), 0)::bigint FROM refunds r WHERE r.payment_id = d.payment_id AND r.status = 'succeeded') AS "refunded_cents!"
        FROM disputes d JOIN payments p ON p.id = d.payment_id JOIN orders o ON o.id = p.order_id
        WHERE d.status IN ('warning_needs_response', 'warning_under_review', 'needs_response', 'under_review')
        ORDER BY d.evidence_due_at, d.id
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}
