//! Capturing the money, which happens only while the order holds the ticket.

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
    orders::{
        self, Transition,
        store::{Holder, OrderRow},
    },
    tickets::{self, store::LockedTicket},
    transaction::Transaction,
    waitlist,
};

/// How long a ticket is secured for a capture: also until a sweep has completed one whose answer was lost,
/// or whose process died. If it takes longer still and another buyer gets the ticket, the money is
/// refunded.
pub(super) const GRACE: Duration = Duration::seconds(150);

/// Whether the order holds the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It holds the ticket for as long as the capture takes.
    Secured,
    /// Another buyer has the ticket, or the listing has changed.
    TicketIsGone,
}

/// Secures the ticket before the capture: a lock that is about to end is extended a little, once, and one
/// that has ended is taken again if the ticket is still free.
pub(super) async fn claim(backend: &Backend, payment: &Payment) -> sqlx::Result<Claim> {
    let mut tx = backend.begin().await?;
    let Some((ticket, order)) = lock_rows(&mut tx, payment.order_id).await? else { return Ok(Claim::TicketIsGone) };
    if !hold_ticket(&mut tx, &ticket, &order).await? {
        return Ok(Claim::TicketIsGone);
    }
    let waiting = [PaymentStatus::Starting, PaymentStatus::Open];
    if store::try_advance(&mut tx, payment.id, &waiting, PaymentStatus::Capturing).await? {
        orders::store::extend(&mut *tx, payment.order_id, GRACE).await?;
    } else if !store::touch(&mut tx, payment.id, PaymentStatus::Capturing).await? {
        // Another run finalized it meanwhile. Closing an intent that was captured does nothing.
        return Ok(Claim::TicketIsGone);
    }
    tx.commit().await?;
    Ok(Claim::Secured)
}

/// Stores that the money is captured: the order is complete and the ticket sold. If the ticket cannot be
/// delivered, the money is refunded.
pub(super) async fn finalize(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let mut tx = backend.begin().await?;
    let rows = lock_rows(&mut tx, payment.order_id).await?;
    let fee = backend.rules.platform_fee;
    let delivered = deliver(&mut tx, rows.as_ref(), payment, fee).await?;
    tx.commit().await?;
    if delivered { Ok(()) } else { refund::begin(backend, payment.id).await }
}

/// Completes the order, or begins the refund, under the row locks of ticket and order. It is idempotent.
async fn deliver(
    tx: &mut Transaction<'_>,
    rows: Option<&(LockedTicket, OrderRow)>,
    payment: &Payment,
    fee: Fee,
) -> sqlx::Result<bool> {
    // Whatever status the attempt has here, Stripe has captured the money: only a finalized attempt keeps
    // its status.
    let unsettled = [
        PaymentStatus::Starting,
        PaymentStatus::Open,
        PaymentStatus::Capturing,
        PaymentStatus::Declined,
        PaymentStatus::Cancelled,
    ];
    match store::find(&mut **tx, payment.id).await? {
        Some(now) if unsettled.contains(&now.status) => {}
        // Another run was quicker: the ticket must not be taken again for money that was refunded.
        now => return Ok(now.is_none_or(|now| now.status != PaymentStatus::Refunding)),
    }
    store::advance(&mut *tx, payment.id, &unsettled, PaymentStatus::Captured).await?;
    let held = match rows {
        Some((ticket, order)) => hold_ticket(tx, ticket, order).await?,
        None => false,
    };
    // If the order is complete already, another attempt has paid for it.
    if held && orders::store::try_advance(&mut *tx, payment.order_id, Transition::Captured).await? {
        tickets::store::mark_sold_to(&mut **tx, payment.order_id).await?;
        waitlist::store::delete_for_order(&mut **tx, payment.order_id).await?;
        ledger::store::book_capture(&mut **tx, payment, Receiver::Seller(fee)).await?;
        return Ok(true);
    }
    ledger::store::book_capture(&mut **tx, payment, Receiver::Suspense).await?;
    store::advance(&mut *tx, payment.id, &[PaymentStatus::Captured], PaymentStatus::Refunding).await?;
    Ok(false)
}

/// Takes the row locks of the ticket and then of the order: its buyer may be cancelling it at this
/// moment. The transaction marks the ticket as changed.
async fn lock_rows(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<Option<(LockedTicket, OrderRow)>> {
    let Some(ticket) = tickets::store::lock_row_of(tx, order).await? else { return Ok(None) };
    tx.mark(ticket.id);
    let order = orders::store::lock_row(tx, order).await?;
    Ok(order.map(|order| (ticket, order)))
}

/// Ensures, under their row locks, that the order holds the ticket. An order that has ended unpaid takes
/// the lock again, if the listing is unchanged and the ticket is free: no lock and no waitlist.
async fn hold_ticket(tx: &mut Transaction<'_>, ticket: &LockedTicket, order: &OrderRow) -> sqlx::Result<bool> {
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
    orders::store::try_advance(tx, order.id, Transition::AuthorisedLate).await
}

fn is_free(holder: &Holder) -> bool {
    !holder.is_held() && !holder.is_awaited
}
