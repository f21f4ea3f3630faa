//! Taking the money: only while the ticket is the buyer's to have.

use time::Duration;

use super::{
    PaymentStatus,
    reconcile::ReconcileError,
    refund,
    store::{self, Payment},
};
use crate::{
    Backend,
    orders::{self, OrderEvent, OrderStatus, store::Holder},
    tickets,
};

/// How long a ticket is secured for a capture. Longer than Stripe may take to answer; should it
/// take longer still and the ticket go to somebody else, the money goes back.
const GRACE: Duration = Duration::seconds(60);

/// Whether the ticket is the buyer's to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It is theirs for as long as the capture takes.
    Secured,
    /// Somebody else has it, or it is not what it was.
    TicketIsGone,
}

/// Secures the ticket before the money is taken: a lock that is about to end lasts a little longer,
/// and one that has ended is taken again if the ticket is still free.
pub(super) async fn claim(backend: &Backend, payment: &Payment) -> sqlx::Result<Claim> {
    let mut tx = backend.db.begin().await?;
    if !hold_ticket(&mut tx, payment).await? {
        return Ok(Claim::TicketIsGone);
    }
    orders::store::extend(&mut *tx, payment.order_id, GRACE).await?;
    if !store::advance(&mut *tx, payment.id, &PaymentStatus::LIVE, PaymentStatus::Capturing).await? {
        // Settled by another run meanwhile. Closing the intent does nothing to one that was captured.
        return Ok(Claim::TicketIsGone);
    }
    tx.commit().await?;
    Ok(Claim::Secured)
}

/// Notes that the money has been taken: the order is complete and the ticket sold. Where the
/// ticket cannot be delivered after all, the money goes back.
pub(super) async fn settle(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let mut tx = backend.db.begin().await.map_err(ReconcileError::Database)?;
    let delivered = deliver(&mut tx, payment).await.map_err(ReconcileError::Database)?;
    tx.commit().await.map_err(ReconcileError::Database)?;
    if delivered { Ok(()) } else { refund::refund(backend, payment).await }
}

/// Completes the order, or begins the refund. Run again it changes nothing.
async fn deliver(tx: &mut sqlx::PgConnection, payment: &Payment) -> sqlx::Result<bool> {
    // Whatever the attempt was taken for, Stripe has the money: only a settled one stays as it is.
    let unsettled = [PaymentStatus::Starting, PaymentStatus::Open, PaymentStatus::Capturing, PaymentStatus::Declined, PaymentStatus::Cancelled];
    if !hold_ticket(tx, payment).await? {
        store::advance(&mut *tx, payment.id, &unsettled, PaymentStatus::Refunding).await?;
        return Ok(false);
    }
    if store::advance(&mut *tx, payment.id, &unsettled, PaymentStatus::Captured).await? {
        orders::store::advance(&mut *tx, payment.order_id, OrderEvent::Captured).await?;
        if let Some(order) = orders::store::find(&mut *tx, payment.order_id).await? {
            tickets::store::mark_sold(&mut *tx, order.ticket_id).await?;
        }
    }
    Ok(true)
}

/// Takes the ticket's row lock and sees that the order holds it, taking the lock again for an
/// order that has ended unpaid if the ticket is still free and as it was.
async fn hold_ticket(tx: &mut sqlx::PgConnection, payment: &Payment) -> sqlx::Result<bool> {
    let Some(order) = orders::store::find(&mut *tx, payment.order_id).await? else { return Ok(false) };
    let Some(ticket) = tickets::store::lock_row(tx, order.ticket_id).await? else { return Ok(false) };
    let holder = orders::store::holder(tx, order.ticket_id).await?;
    let held_by_us = holder.order.filter(|holding| holding.id == order.id);
    if let Some(held) = held_by_us {
        // A lock past its end holds nothing: the seller may have changed the listing since.
        let in_time = !held.status.is_open() || held.expires_at > holder.now;
        return Ok(in_time || (ticket.status == "listed" && ticket.version == order.ticket_version));
    }
    let may_retake = order.status == OrderStatus::Expired
        && ticket.status == "listed"
        && ticket.version == order.ticket_version
        && ticket.starts_at > holder.now
        && is_free(&holder);
    if !may_retake {
        return Ok(false);
    }
    if let Some(overdue) = holder.order {
        orders::lock::end_overdue(tx, overdue.id).await?;
    }
    orders::store::advance(&mut *tx, order.id, OrderEvent::AuthorisedLate).await
}

fn is_free(holder: &Holder) -> bool {
    holder.order.is_none_or(|order| order.status.is_open() && order.expires_at <= holder.now)
}
