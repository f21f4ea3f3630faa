//! Taking the money: only while the ticket is the buyer's to have.

use model::{OrderId, orders::OrderStatus};
use time::Duration;

use super::{
    PaymentStatus,
    error::ReconcileError,
    refund,
    store::{self, Payment},
};
use crate::{
    Backend,
    ledger::{self, Fee, store::Receiver},
    line,
    orders::{
        self, OrderEvent,
        store::{Holder, OrderRow},
    },
    tickets::{self, store::LockedTicket},
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
/// once, and one that has ended is taken again if the ticket is still free.
pub(super) async fn claim(backend: &Backend, payment: &Payment) -> sqlx::Result<Claim> {
    let mut tx = backend.db.begin().await?;
    let Some((ticket, order)) = lock_rows(&mut tx, payment.order_id).await? else { return Ok(Claim::TicketIsGone) };
    if !hold_ticket(&mut tx, &ticket, &order).await? {
        return Ok(Claim::TicketIsGone);
    }
    let waiting = [PaymentStatus::Starting, PaymentStatus::Open];
    if store::try_advance(&mut *tx, payment.id, &waiting, PaymentStatus::Capturing).await? {
        orders::store::extend(&mut *tx, payment.order_id, GRACE).await?;
    } else if !store::touch(&mut *tx, payment.id, PaymentStatus::Capturing).await? {
        // Settled by another run meanwhile. Closing the intent does nothing to one that was captured.
        return Ok(Claim::TicketIsGone);
    }
    tx.commit().await?;
    backend.changes.note(ticket.id);
    Ok(Claim::Secured)
}

/// Notes that the money has been taken: the order is complete and the ticket sold. Where the
/// ticket cannot be delivered after all, the money goes back.
pub(super) async fn settle(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let mut tx = backend.db.begin().await?;
    let rows = lock_rows(&mut tx, payment.order_id).await?;
    let fee = backend.rules.platform_fee;
    let delivered = deliver(&mut tx, rows.as_ref(), payment, fee).await?;
    tx.commit().await?;
    if let Some((ticket, _)) = rows {
        backend.changes.note(ticket.id);
    }
    if delivered { Ok(()) } else { refund::begin(backend, payment.id).await }
}

/// Completes the order, or begins the refund, under the row locks of ticket and order. Run again it changes nothing.
async fn deliver(
    tx: &mut sqlx::PgConnection,
    rows: Option<&(LockedTicket, OrderRow)>,
    payment: &Payment,
    fee: Fee,
) -> sqlx::Result<bool> {
    // Whatever became of the attempt here, Stripe has the money: only a settled one stays as it is.
    let unsettled = [
        PaymentStatus::Starting,
        PaymentStatus::Open,
        PaymentStatus::Capturing,
        PaymentStatus::Declined,
        PaymentStatus::Cancelled,
    ];
    match store::find(&mut *tx, payment.id).await? {
        Some(now) if unsettled.contains(&now.status) => {}
        // Another run was quicker: the ticket is not to be taken again for money that has been dealt with.
        now => return Ok(now.is_none_or(|now| now.status != PaymentStatus::Refunding)),
    }
    store::advance(&mut *tx, payment.id, &unsettled, PaymentStatus::Captured).await?;
    let held = match rows {
        Some((ticket, order)) => hold_ticket(tx, ticket, order).await?,
        None => false,
    };
    // An order that is complete already has been paid for by another attempt.
    if held && orders::store::try_advance(&mut *tx, payment.order_id, OrderEvent::Captured).await? {
        tickets::store::mark_sold_to(&mut *tx, payment.order_id).await?;
        line::store::dissolve_behind(&mut *tx, payment.order_id).await?;
        ledger::store::book_capture(&mut *tx, payment, Receiver::Seller(fee)).await?;
        return Ok(true);
    }
    ledger::store::book_capture(&mut *tx, payment, Receiver::Suspense).await?;
    store::advance(&mut *tx, payment.id, &[PaymentStatus::Captured], PaymentStatus::Refunding).await?;
    Ok(false)
}

/// Takes the row locks of the ticket and then of the order: a buyer may be cancelling it at this moment.
async fn lock_rows(tx: &mut sqlx::PgConnection, order: OrderId) -> sqlx::Result<Option<(LockedTicket, OrderRow)>> {
    let Some(ticket) = tickets::store::lock_row_of(tx, order).await? else { return Ok(None) };
    let order = orders::store::lock_row(tx, order).await?;
    Ok(order.map(|order| (ticket, order)))
}

/// Sees, under their row locks, that the order holds the ticket; takes the lock again for an order that
/// has ended unpaid, if the ticket is as it was and still free: not held, and not awaited by anybody in
/// line.
async fn hold_ticket(tx: &mut sqlx::PgConnection, ticket: &LockedTicket, order: &OrderRow) -> sqlx::Result<bool> {
    let holder = orders::store::holder(tx, order.ticket_id).await?;
    let as_it_was = ticket.status == "listed" && ticket.version == order.ticket_version;
    if let Some(held) = holder.order.filter(|holding| holding.id == order.id) {
        // A lock past its end holds nothing: the seller may have changed the listing since.
        let in_time = !held.status.is_open() || held.expires_at > holder.now;
        return Ok(in_time || as_it_was);
    }
    let may_retake =
        order.status == OrderStatus::Expired && as_it_was && ticket.starts_at > holder.now && is_free(&holder);
    if !may_retake {
        return Ok(false);
    }
    if let Some(overdue) = holder.order {
        orders::end::end_overdue(tx, overdue.id).await?;
    }
    orders::store::try_advance(&mut *tx, order.id, OrderEvent::AuthorisedLate).await
}

fn is_free(holder: &Holder) -> bool {
    !holder.is_held() && !holder.is_awaited
}
