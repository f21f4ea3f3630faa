//! Broken promises: a sold ticket that is not handed in in time is refunded by itself.

use model::OrderId;

use super::store;
use crate::{
    Backend,
    mail::Mail,
    outbox::{self, Job},
    payments::call_off::call_off,
    tickets,
};

/// Orders that one run takes up.
const BATCH: i64 = 100;

/// Begins the refund of each order that was promised until a time that has passed, longest ago first. Another sweep asks
/// Stripe for it. Returns what became of each.
///
/// # Errors
///
/// When the orders cannot be read.
#[tracing::instrument(name = "delivery.sweep", skip_all)]
pub async fn sweep(backend: &Backend) -> sqlx::Result<Vec<(OrderId, sqlx::Result<bool>)>> {
    let mut outcomes = Vec::new();
    for order in store::broken_promises(&backend.db, BATCH).await? {
        outcomes.push((order, refund(backend, order).await));
    }
    Ok(outcomes)
}

/// Refunds one order, if its tickets are still missing. Returns whether they are.
async fn refund(backend: &Backend, order: OrderId) -> sqlx::Result<bool> {
    let mut tx = backend.begin().await?;
    let Some(listing) = tickets::store::lock_of(&mut tx, order).await? else { return Ok(false) };
    if !store::note_broken(&mut tx, order).await? {
        return Ok(false);
    }
    call_off(&mut tx, order).await?;
    let mail = Mail::OrderNotDelivered { order_id: order };
    outbox::write(&mut tx, &Job::SendMail { mail }, None).await?;
    tx.mark(listing.id);
    tx.commit().await?;
    tracing::info!(order.id = %order, "tickets were not handed in in time: the order is refunded");
    Ok(true)
}
