//! SQL of the ledger.

use model::{UserId, ledger::EntryKind};
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{ids::fresh, payments::store::Payment};

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
pub(crate) async fn book_capture(db: impl PgExecutor<'_>, payment: &Payment, to: Receiver) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, amount_cents, currency)
        SELECT $1, entry.account, entry.user_id, o.id, $3, 'capture', entry.amount_cents, o.currency
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
        payment.amount_cents,
        to == Receiver::Seller,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Books a refunded payment: each account that received a part of the capture gives that part back.
/// Returns how many entries were made.
pub(crate) async fn book_refund(db: impl PgExecutor<'_>, payment: &Payment) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "
        INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, amount_cents, currency)
        SELECT $1, account, user_id, order_id, payment_id, 'refund', -amount_cents, currency
        FROM ledger_entries WHERE payment_id = $2 AND kind = 'capture'
        ORDER BY id
        ",
        fresh::<Uuid>(),
        payment.id.as_uuid(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
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
