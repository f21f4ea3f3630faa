//! A declined card.

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
/// first.
pub(super) async fn record(backend: &Backend, payment: &Payment) -> Result<(), ReconcileError> {
    let mut tx = backend.begin().await?;
    let listing = tickets::store::lock_of(&mut tx, payment.order_id).await?;
    // Under the order's row lock, so that no next attempt is opened between the count and the
    // cancellation.
    orders::store::lock_row(&mut tx, payment.order_id).await?;
    let live = PaymentStatus::LIVE;
    if store::try_advance(&mut tx, payment.id, &live, PaymentStatus::Declined).await? {
        card_store::note_decline(&mut *tx, payment.id).await?;
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
