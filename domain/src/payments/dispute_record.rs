//! Storing what Stripe says of the disputes of a payment.

use model::{DisputeId, Money, PaymentId, disputes::DisputeStatus, orders::OrderEventKind};
use platform::stripe::{Dispute, DisputeMoney};
use time::OffsetDateTime;

use super::{
    PaymentStatus,
    dispute_store::{self, DisputeRow, NewDispute},
    error::ReconcileError,
    refund, refund_store,
    store::{self, Payment},
};
use crate::{
    Backend, auth,
    ids::fresh,
    ledger::{self, store::Movement},
    mail::Mail,
    orders,
    outbox::{self, Job},
    transaction::Transaction,
};

/// Reads the disputes of a payment at Stripe and stores what is new. A refund that a dispute has held goes on once the bank
/// has decided.
pub(crate) async fn follow(backend: &Backend, id: PaymentId) -> Result<(), ReconcileError> {
    let Some(payment) = store::find(&backend.db, id).await? else { return Ok(()) };
    let Some(intent_id) = payment.stripe_intent_id.as_deref() else { return Ok(()) };
    let seen = backend.stripe.disputes(intent_id).await.map_err(ReconcileError::Stripe)?;
    if seen.is_empty() {
        return Ok(());
    }
    // A bank disputes only what was captured, and that is booked before what it takes back.
    if !payment.status.has_captured() {
        return Err(ReconcileError::Unsteady);
    }
    if record(backend, &payment, &seen).await?
        && let Some(payment) = store::find(&backend.db, id).await?
        && payment.status != PaymentStatus::Captured
    {
        Box::pin(refund::follow(backend, &payment)).await?;
    }
    Ok(())
}

/// Stores the disputes of a payment as Stripe has them, in one transaction with all that follows: what moved is booked,
/// the timeline says so, and a new dispute is mailed to the operators. It is the same in whatever order and however often
/// Stripe is heard. Returns whether anything is new.
pub(super) async fn record(backend: &Backend, payment: &Payment, seen: &[Dispute]) -> sqlx::Result<bool> {
    let mut tx = backend.begin().await?;
    let Some(order) = orders::store::lock_row(&mut tx, payment.order_id).await? else { return Ok(false) };
    let Some(payment) = store::lock(&mut tx, payment.id).await? else { return Ok(false) };
    let known = dispute_store::of_payment(&mut *tx, payment.id).await?;
    let (mut is_news, mut opened) = (false, Vec::new());
    // Oldest first, as they happened.
    for dispute in seen.iter().rev() {
        let known = known.iter().find(|row| row.stripe_dispute_id == dispute.id);
        let row = if let Some(row) = known {
            row.clone()
        } else {
            is_news = true;
            let row = open(&mut tx, &payment, dispute).await?;
            opened.push(row.id);
            row
        };
        is_news |= hear(&mut tx, &payment, &row, dispute).await?;
    }
    if !is_news {
        return Ok(false);
    }
    // A refund was not asked for, or was refused, while the bank had the money.
    refund_store::end_backoff(&mut *tx, payment.id).await?;
    tell(&mut tx, &opened).await?;
    tx.mark(order.listing_id);
    tx.commit().await?;
    for dispute in opened {
        tracing::error!(payment.id = %payment.id, dispute.id = %dispute, "a payment is disputed");
    }
    Ok(true)
}

/// Stores a dispute that was not known, as it was when it was opened.
async fn open(tx: &mut Transaction<'_>, payment: &Payment, dispute: &Dispute) -> sqlx::Result<DisputeRow> {
    let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // What has happened since follows as if it were heard later.
    let status =
        if dispute.status.is_inquiry() { DisputeStatus::WarningNeedsResponse } else { DisputeStatus::NeedsResponse };
    let row = DisputeRow {
        id: fresh(),
        stripe_dispute_id: dispute.id.clone(),
        status,
        is_refundable: dispute.is_refundable,
        evidence_due_at: dispute.evidence_due_s.map(at),
        withdrawn_cents: None,
        reinstated_cents: None,
    };
    let new = NewDispute {
        id: row.id,
        stripe_dispute_id: &dispute.id,
        payment: payment.id,
        amount: Money::usd(dispute.amount_cents),
        reason: &dispute.reason,
        status,
        is_refundable: row.is_refundable,
        evidence_due_at: row.evidence_due_at,
        opened_at: at(dispute.created_s),
    };
    dispute_store::insert(&mut **tx, new).await?;
    store::log(&mut *tx, payment, OrderEventKind::Disputed).await?;
    Ok(row)
}

/// Stores and books what is new of a dispute. Returns whether anything is.
async fn hear(tx: &mut Transaction<'_>, payment: &Payment, row: &DisputeRow, dispute: &Dispute) -> sqlx::Result<bool> {
    let mut is_news = false;
    if let (None, Some(money)) = (row.withdrawn_cents, dispute.withdrawn) {
        dispute_store::note_withdrawn(&mut **tx, row.id, money).await?;
        book(tx, payment, row.id, (Movement::Dispute, money)).await?;
        is_news = true;
    }
    if let (None, Some(money)) = (row.reinstated_cents, dispute.reinstated) {
        dispute_store::note_reinstated(&mut **tx, row.id, money).await?;
        book(tx, payment, row.id, (Movement::DisputeReinstated, money)).await?;
        is_news = true;
    }
    for (booked, seen) in [(row.withdrawn_cents, dispute.withdrawn), (row.reinstated_cents, dispute.reinstated)] {
        if let (Some(booked_cents), Some(seen)) = (booked, seen)
            && booked_cents != seen.cents
        {
            tracing::error!(dispute.id = %row.id, booked_cents, seen.cents, "a dispute has moved more than is booked");
        }
    }
    // It moves forward only: what is read may be older than what is stored.
    if row.status > dispute.status {
        return Ok(is_news);
    }
    let evidence_due_at = dispute.evidence_due_s.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    if (row.status, row.is_refundable, row.evidence_due_at) == (dispute.status, dispute.is_refundable, evidence_due_at)
    {
        return Ok(is_news);
    }
    dispute_store::advance(&mut **tx, row, dispute.status, dispute.is_refundable, evidence_due_at).await?;
    if dispute.status != row.status
        && let Some(what) = event_of(dispute.status)
    {
        store::log(&mut *tx, payment, what).await?;
    }
    Ok(true)
}

/// Books what Stripe took for a dispute or gave back, with its fee.
async fn book(
    tx: &mut Transaction<'_>,
    payment: &Payment,
    dispute: DisputeId,
    (movement, money): (Movement, DisputeMoney),
) -> sqlx::Result<()> {
    ledger::store::book_movement(tx, payment, (movement, dispute.as_uuid()), money.cents).await?;
    if money.fee_cents > 0 {
        let is_returned = movement == Movement::DisputeReinstated;
        ledger::store::book_dispute_fee(&mut **tx, payment, dispute, money.fee_cents, is_returned).await?;
    }
    Ok(())
}

/// The event of a status that a dispute has reached.
fn event_of(status: DisputeStatus) -> Option<OrderEventKind> {
    match status {
        DisputeStatus::WarningNeedsResponse
        | DisputeStatus::WarningUnderReview
        | DisputeStatus::NeedsResponse
        | DisputeStatus::UnderReview => None,
        DisputeStatus::WarningClosed | DisputeStatus::Prevented => Some(OrderEventKind::DisputeEnded),
        DisputeStatus::Won => Some(OrderEventKind::DisputeWon),
        DisputeStatus::Lost => Some(OrderEventKind::DisputeLost),
    }
}

/// Mails new disputes to each operator.
async fn tell(tx: &mut Transaction<'_>, disputes: &[DisputeId]) -> sqlx::Result<()> {
    if disputes.is_empty() {
        return Ok(());
    }
    let operators = auth::store::operator_ids(&mut **tx).await?;
    for &dispute_id in disputes {
        for &operator_id in &operators {
            let mail = Mail::DisputeReport { dispute_id, operator_id };
            outbox::write(tx, &Job::SendMail { mail }, None).await?;
        }
    }
    Ok(())
}
