//! Capturing the money, which happens only while the order holds its tickets.

use model::{ListingId, OrderId, orders::OrderStatus};
use platform::stripe::TIMEOUT;
use time::Duration;

use super::{
    PaymentStatus,
    error::ReconcileError,
    refund,
    rounds::{INTERVAL, ROUND, UNSETTLED},
    store::{self, Payment},
};
use crate::{
    Backend,
    backend::Rules,
    ledger::{self, store::Receiver},
    mail::Mail,
    orders::{self, Transition, store::OrderRow},
    outbox::{self, Job},
    tickets::{self, row::ListingRow},
    transaction::Transaction,
    waitlist::offer::{bring_up_to_date, offer_free},
};

/// How long tickets are secured for a capture: also until a sweep has completed one whose answer was lost,
/// or whose process died. If it takes longer still and other buyers get them, the money is
/// refunded.
const GRACE: Duration = Duration::seconds(150);
/// How long that takes where one sweep is enough: the attempt becomes due, the sweep begins and reaches
/// it, reads the intent and captures it.
const RECOVERY_S: u64 = UNSETTLED.as_secs() + INTERVAL.as_secs() + ROUND.as_secs() + 2 * TIMEOUT.as_secs();
const _: () = assert!(GRACE.whole_seconds().unsigned_abs() > RECOVERY_S, "a sweep comes before the next buyer");

/// Whether the order holds its tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It holds its tickets for as long as the capture takes.
    Secured,
    /// Other buyers have tickets of it, or the listing has changed.
    TicketsAreGone,
}

/// Secures the tickets before the capture: a lock that is about to end is extended a little, once, and one
/// that has ended is taken again if the tickets are still free.
pub(super) async fn claim(backend: &Backend, payment: &Payment) -> sqlx::Result<Claim> {
    let mut tx = backend.begin().await?;
    let Some((listing, order)) = lock_rows(&mut tx, payment.order_id).await? else { return Ok(Claim::TicketsAreGone) };
    if !hold_tickets(&mut tx, &backend.rules, listing, &order).await? {
        // The listing was brought up to date.
        tx.commit().await?;
        return Ok(Claim::TicketsAreGone);
    }
    let waiting = [PaymentStatus::Starting, PaymentStatus::Open];
    if store::try_advance(&mut tx, payment.id, &waiting, PaymentStatus::Capturing).await? {
        orders::store::extend(&mut *tx, payment.order_id, GRACE).await?;
    } else if !store::touch(&mut tx, payment.id, PaymentStatus::Capturing).await? {
        // Another run finalized it meanwhile. Closing an intent that was captured does nothing.
        return Ok(Claim::TicketsAreGone);
    }
    tx.commit().await?;
    Ok(Claim::Secured)
}

/// Stores that `received_cents` are captured: the order is complete and its tickets sold. If they cannot be delivered, the
/// money is refunded; if it is another amount than the price, it waits for the operator.
pub(super) async fn finalize(backend: &Backend, payment: &Payment, received_cents: i64) -> Result<(), ReconcileError> {
    let mut tx = backend.begin().await?;
    let rows = lock_rows(&mut tx, payment.order_id).await?;
    let is_settled = deliver(&mut tx, &backend.rules, rows, payment, received_cents).await?;
    tx.commit().await?;
    if is_settled { Ok(()) } else { refund::begin(backend, payment.id).await }
}

/// Completes the order, or begins the refund, under the row locks of listing and order. It is idempotent. Returns
/// whether no refund has to follow.
async fn deliver(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    rows: Option<(ListingRow, OrderRow)>,
    payment: &Payment,
    received_cents: i64,
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
        // Another run was quicker: the tickets must not be taken again for money that was refunded.
        now => return Ok(now.is_none_or(|now| now.status != PaymentStatus::Refunding)),
    }
    store::advance(&mut *tx, payment.id, &unsettled, PaymentStatus::Captured).await?;
    if received_cents != payment.amount_cents {
        let listing = rows.map(|(listing, _)| listing.id);
        return hold_wrong_amount(tx, (rules, listing), payment, received_cents).await;
    }
    let held = match rows {
        Some((listing, order)) => {
            let id = order.listing_id;
            hold_tickets(tx, rules, listing, &order).await?.then_some(id)
        }
        None => None,
    };
    // If the order is complete already, another attempt has paid for it.
    if let Some(listing) = held
        && orders::store::try_advance(&mut *tx, payment.order_id, Transition::Captured).await?
    {
        // When the last ticket is sold, there is nothing left to wait for.
        offer_free(tx, rules, listing).await?;
        ledger::store::book_capture(&mut **tx, payment, received_cents, Receiver::Seller).await?;
        let order_id = payment.order_id;
        for mail in [Mail::OrderBought { order_id }, Mail::OrderSold { order_id }] {
            outbox::write(tx, &Job::SendMail { mail }, None).await?;
        }
        return Ok(true);
    }
    ledger::store::book_capture(&mut **tx, payment, received_cents, Receiver::Suspense).await?;
    store::advance(&mut *tx, payment.id, &[PaymentStatus::Captured], PaymentStatus::Refunding).await?;
    Ok(false)
}

/// Keeps money that is not the price for the operator, who captured a part of it at Stripe: the order ends without a sale,
/// and its tickets are free. Where the order has ended already, all of the money goes back. Returns whether no refund has
/// to follow.
async fn hold_wrong_amount(
    tx: &mut Transaction<'_>,
    (rules, listing): (&Rules, Option<ListingId>),
    payment: &Payment,
    received_cents: i64,
) -> sqlx::Result<bool> {
    store::note_received(&mut **tx, payment.id, received_cents).await?;
    ledger::store::book_capture(&mut **tx, payment, received_cents, Receiver::Suspense).await?;
    let has_ended = orders::store::try_advance(&mut *tx, payment.order_id, Transition::WrongAmount).await?;
    let to = if has_ended { PaymentStatus::WrongAmount } else { PaymentStatus::Refunding };
    store::advance(&mut *tx, payment.id, &[PaymentStatus::Captured], to).await?;
    if let (true, Some(listing)) = (has_ended, listing) {
        offer_free(tx, rules, listing).await?;
    }
    tracing::error!(payment.id = %payment.id, received_cents, "Stripe took another amount than the price");
    Ok(has_ended)
}

/// Takes the row locks of the listing and then of the order: its buyer may be cancelling it at this
/// moment. The transaction marks the listing as changed.
async fn lock_rows(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<Option<(ListingRow, OrderRow)>> {
    let Some(listing) = tickets::store::lock_of(tx, order).await? else { return Ok(None) };
    tx.mark(listing.id);
    let order = orders::store::lock_row(tx, order).await?;
    Ok(order.map(|order| (listing, order)))
}

/// Ensures, under their row locks, that the order holds its tickets. An order that has ended unpaid takes
/// the lock again, if the listing is unchanged and the tickets are free: no lock, and no one on the waitlist who can be
/// served with them. No one buys tickets for a cancelled event. The caller commits even if it does not hold them.
async fn hold_tickets(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    listing: ListingRow,
    order: &OrderRow,
) -> sqlx::Result<bool> {
    if listing.is_cancelled && order.status != OrderStatus::Complete {
        return Ok(false);
    }
    if order.status != OrderStatus::Expired {
        // While its status is open, the rows of its tickets name it, even past its end, and the listing has not changed.
        return Ok(order.status.is_open() || order.status == OrderStatus::Complete);
    }
    let listing = bring_up_to_date(tx, rules, listing, None).await?;
    let as_it_was = listing.version == order.listing_version;
    let own = || listing.tickets.iter().filter(|ticket| order.ticket_ids.contains(&ticket.id.as_uuid()));
    let is_free = own().count() == order.ticket_ids.len() && own().all(|ticket| listing.state(ticket).is_free());
    if !as_it_was || !is_free {
        return Ok(false);
    }
    if !orders::store::try_advance(&mut *tx, order.id, Transition::AuthorisedLate).await? {
        return Ok(false);
    }
    orders::store::retake(tx, order, GRACE).await?;
    Ok(true)
}
