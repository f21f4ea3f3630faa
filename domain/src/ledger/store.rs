//! SQL of the ledger.

use model::{DisputeId, PaymentId, UserId, ledger::EntryKind};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::parts::Parts;
use crate::{database, ids::fresh, payments::store::Payment};

/// Who receives a captured payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// The seller, less the platform's fee, which was fixed when the tickets were locked.
    Seller,
    /// The platform, until the refund: the tickets could not be delivered.
    Suspense,
}

/// Books a captured payment: from the buyer to the seller and the platform. Returns how many entries were
/// made.
pub(crate) async fn book_capture(
    db: impl PgExecutor<'_>,
    payment: &Payment,
    received_cents: i64,
    to: Receiver,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, source, source_id, amount_cents, currency)
        SELECT $1, entry.account, entry.user_id, o.id, $3, 'capture', 'capture', $6, entry.amount_cents, o.currency
        FROM orders o JOIN listings l ON l.id = o.listing_id
        CROSS JOIN LATERAL (SELECT CASE WHEN $5 THEN o.fee_cents ELSE $4 END AS fee) f,
            LATERAL (VALUES
                ('buyer', o.buyer_id, -$4::bigint),
                ('seller', l.seller_id, $4 - f.fee),
                ('platform', NULL, f.fee)
            ) entry (account, user_id, amount_cents)
        WHERE o.id = $2 AND entry.amount_cents <> 0
        ",
        fresh::<Uuid>(),
        payment.order_id.as_uuid(),
        payment.id.as_uuid(),
        received_cents,
        to == Receiver::Seller,
        payment.id.to_string(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// What of a payment's money moved after its capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Movement {
    /// A refund.
    Refund,
    /// A refund that was booked and has failed since.
    RefundFailure,
    /// What Stripe took for a dispute.
    Dispute,
    /// What it gave back after the shop had won.
    DisputeReinstated,
}

impl Movement {
    fn source(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Dispute => "dispute",
            Self::DisputeReinstated => "dispute_reinstated",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failed",
            Self::Dispute => "dispute",
            Self::DisputeReinstated => "dispute_reinstated",
        }
    }
}

/// Books `cents` of a refund or a dispute, or of its reversal: each account that received a part of the capture gives its
/// share of that part back, or gets it again. `source_id` names the refund or the dispute. The caller holds the order's row
/// lock.
pub(crate) async fn book_movement(
    tx: &mut PgConnection,
    payment: &Payment,
    (movement, source_id): (Movement, Uuid),
    cents: i64,
) -> sqlx::Result<()> {
    let parts = parts(&mut *tx, payment.id).await?;
    let total_cents = match movement {
        Movement::Refund | Movement::Dispute => parts.given() + cents,
        Movement::RefundFailure | Movement::DisputeReinstated => parts.given() - cents,
    };
    let (from_seller_cents, from_platform_cents) = parts.to_give(total_cents);
    let done = sqlx::query!(
        "
        INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, source, source_id, amount_cents, currency)
        SELECT $1, entry.account, entry.user_id, o.id, $3, $4, $5, $6, entry.amount_cents, o.currency
        FROM orders o JOIN listings l ON l.id = o.listing_id,
            LATERAL (VALUES
                ('buyer', o.buyer_id, $7::bigint + $8::bigint),
                ('seller', l.seller_id, -$7::bigint),
                ('platform', NULL, -$8::bigint)
            ) entry (account, user_id, amount_cents)
        WHERE o.id = $2 AND entry.amount_cents <> 0
        ",
        fresh::<Uuid>(),
        payment.order_id.as_uuid(),
        payment.id.as_uuid(),
        movement.kind(),
        movement.source(),
        source_id.to_string(),
        from_seller_cents,
        from_platform_cents,
    )
    .execute(tx)
    .await?;
    database::moved(done.rows_affected() > 1)
}

/// Books Stripe's fee for a dispute, or its return. The platform bears it.
pub(crate) async fn book_dispute_fee(
    db: impl PgExecutor<'_>,
    payment: &Payment,
    dispute: DisputeId,
    cents: i64,
    is_returned: bool,
) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "
        INSERT INTO ledger_entries (transfer_id, account, order_id, payment_id, kind, source, source_id, amount_cents, currency)
        SELECT $1, entry.account, o.id, $3, 'dispute_fee', $4, $5, entry.amount_cents, o.currency
        FROM orders o, (VALUES ('platform', -$6::bigint), ('stripe_fees', $6::bigint)) entry (account, amount_cents)
        WHERE o.id = $2
        ",
        fresh::<Uuid>(),
        payment.order_id.as_uuid(),
        payment.id.as_uuid(),
        if is_returned { "dispute_fee_returned" } else { "dispute_fee" },
        dispute.to_string(),
        if is_returned { -cents } else { cents },
    )
    .execute(db)
    .await?;
    database::moved(done.rows_affected() == 2)
}

/// What seller and platform have got of a payment and given back. The fee of a dispute is no part of it.
async fn parts(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<Parts> {
    sqlx::query_as!(
        Parts,
        r#"
        SELECT
            coalesce(sum(amount_cents) FILTER (WHERE account = 'seller' AND kind = 'capture'), 0)::bigint AS "seller_got!",
            coalesce(sum(amount_cents) FILTER (WHERE account = 'platform' AND kind = 'capture'), 0)::bigint AS "platform_got!",
            coalesce(-sum(amount_cents) FILTER (WHERE account = 'seller' AND kind NOT IN ('capture', 'dispute_fee')), 0)::bigint AS "seller_gave!",
            coalesce(-sum(amount_cents) FILTER (WHERE account = 'platform' AND kind NOT IN ('capture', 'dispute_fee')), 0)::bigint AS "platform_gave!"
        FROM ledger_entries WHERE payment_id = $1
        "#,
        payment.as_uuid(),
    )
    .fetch_one(db)
    .await
}

/// Whether a payment was captured for its seller, and not only held for its buyer.
pub(crate) async fn is_sale(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM ledger_entries WHERE source = 'capture' AND source_id = $1 AND account = 'seller') AS "is_sale!""#,
        payment.to_string(),
    )
    .fetch_one(db)
    .await
}

/// How much of a payment was booked as refunded by a version that did not know single refunds, in cents.
pub(crate) async fn booked_with_payment_cents(db: impl PgExecutor<'_>, payment: PaymentId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT coalesce(sum(amount_cents), 0)::bigint AS "cents!" FROM ledger_entries
        WHERE source = 'payment_refund' AND source_id = $1 AND account = 'buyer'
        "#,
        payment.to_string(),
    )
    .fetch_one(db)
    .await
}

/// The balance of a seller, in cents.
pub(crate) async fn balance_cents(db: impl PgExecutor<'_>, seller: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT coalesce(sum(amount_cents), 0)::bigint AS "sum!" FROM ledger_entries WHERE account = 'seller' AND user_id = $1"#,
        seller.as_uuid(),
    )
    .fetch_one(db)
    .await
}

/// One entry of a seller's account.
pub(crate) struct EntryRow {
    pub(crate) id: i64,
    pub(crate) kind: EntryKind,
    pub(crate) title: String,
    pub(crate) amount_cents: i64,
    pub(crate) created_at: OffsetDateTime,
}

/// Up to `limit` entries of a seller's account, newest first, with ids below `before`.
pub(crate) async fn entries(
    db: impl PgExecutor<'_>,
    seller: UserId,
    before: Option<i64>,
    limit: i64,
) -> sqlx::Result<Vec<EntryRow>> {
    sqlx::query_as!(
        EntryRow,
        r#"
        SELECT e.id, e.kind AS "kind: EntryKind", o.title, e.amount_cents, e.created_at
        FROM ledger_entries e JOIN orders o ON o.id = e.order_id
        WHERE e.account = 'seller' AND e.user_id = $1 AND e.id < coalesce($2, 9223372036854775807)
        ORDER BY e.id DESC
        LIMIT $3
        "#,
        seller.as_uuid(),
        before,
        limit,
    )
    .fetch_all(db)
    .await
}
