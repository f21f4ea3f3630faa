//! A declined card.

use model::PaymentId;

use super::{
    PaymentStatus, card_store,
    error::ReconcileError,
    store::{self, Payment},
};
use crate::{
    Backend,
    orders::{self, Transition},
    tickets,
    waitlist::offer::offer_free,
};

/// Stores that an attempt's card was declined. The lock stays and the buyer may try another card, until
/// [`Rules::payment_attempts`](crate::backend::Rules::payment_attempts) cards have been declined: the
/// last one cancels the order, and its tickets are offered to the waitlist or are free.
///
/// The transition of the row out of its live status counts the decline, once, whichever run sees it
/// first. The intent is closed: no card can be tried on it any more, and each that was counts against the bounds of the day.
pub(super) async fn record(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let charges = declined_charges(backend, payment).await?;
    let mut tx = backend.begin().await?;
    let listing = tickets::store::lock_of(&mut tx, payment.order_id).await?;
    // Under the order's row lock, so that no next attempt is opened between the count and the
    // cancellation.
    orders::store::lock_row(&mut tx, payment.order_id).await?;
    let live = PaymentStatus::LIVE;
    if store::try_advance(&mut tx, payment.id, &live, PaymentStatus::Declined).await? {
        card_store::note_declines(&mut *tx, payment.id, &charges).await?;
        let declined = store::declined_of_order(&mut *tx, payment.order_id).await?;
        if declined >= i64::from(backend.rules.payment_attempts) {
            let event = Transition::DeclinedForGood;
            let has_ended = orders::store::try_advance(&mut tx, payment.order_id, event).await?;
            if let (true, Some(listing)) = (has_ended, &listing) {
                offer_free(&mut tx, &backend.rules, listing.id).await?;
            }
        }
    }
    if let Some(listing) = listing {
        tx.mark(listing.id);
    }
    Ok(tx.commit().await?)
}

/// Counts the cards that were declined for an attempt so far: another one may be accepted on the same intent, before any run
/// has seen that one was declined.
pub(super) async fn count(backend: &Backend, payment: PaymentId) -> Result<(), ReconcileError> {
    let Some(payment) = store::find(&backend.db, payment).await? else { return Ok(()) };
    let charges = declined_charges(backend, &payment).await?;
    if !charges.is_empty() {
        card_store::note_declines(&backend.db, payment.id, &charges).await?;
    }
    Ok(())
}

async fn declined_charges(backend: &Backend, payment: &Payment) -> Result<Vec<String>, ReconcileError> {
    match payment.stripe_intent_id.as_deref() {
        Some(intent_id) => backend.stripe.declined_charges(intent_id).await.map_err(ReconcileError::Stripe),
        None => Ok(Vec::new()),
    }
}
