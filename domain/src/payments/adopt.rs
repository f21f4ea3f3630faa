//! Adopting an attempt that exists at Stripe and not in the database: the database was restored from a
//! backup, or a standby took over that had not replicated the attempt.

use model::{Money, PaymentId};
use platform::stripe::{IntentState, Origin, StripeError};

use super::store;
use crate::{
    Backend,
    ids::fresh,
    orders::{self, Transition},
};

/// Why an attempt was not adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// Reading the intent at Stripe failed.
    #[error("the intent was not read")]
    Stripe(#[source] StripeError),
    /// Another attempt of the order may still take money: this one is adopted after that one has ended.
    #[error("another attempt of the order is open")]
    AnotherIsOpen,
    /// A query that stores the attempt failed.
    #[error("the attempt was not stored")]
    Database(#[from] sqlx::Error),
}

/// Adopts the attempt of an intent that no row names, by its state at Stripe; the payment can then be
/// reconciled like any other. `None` if the intent belongs to no order here, or has no money: no one can
/// pay with an intent whose secret no browser has.
///
/// # Errors
///
/// Each variant of [`AdoptError`] is one reason.
#[tracing::instrument(name = "payment.adopt", skip_all, fields(intent.id = intent_id))]
pub(super) async fn adopt(backend: &Backend, intent_id: &str) -> Result<Option<PaymentId>, AdoptError> {
    let Some(intent) = backend.stripe.find_intent(intent_id).await.map_err(AdoptError::Stripe)? else {
        tracing::warn!("an event names an intent that Stripe does not have");
        return Ok(None);
    };
    let has_money = matches!(intent.state, IntentState::Authorised | IntentState::Captured);
    match intent.origin {
        Some(origin) if has_money => take_up(backend, intent_id, origin).await,
        Some(_) => Ok(None),
        None => {
            tracing::warn!("an intent at Stripe names no order");
            Ok(None)
        }
    }
}

/// Gives the order the attempt that the intent was opened for.
async fn take_up(backend: &Backend, intent_id: &str, origin: Origin) -> Result<Option<PaymentId>, AdoptError> {
    let mut tx = backend.begin().await?;
    // Under the order's row lock, so that no attempt is opened meanwhile.
    let order = orders::store::lock_row(&mut tx, origin.order).await?;
    if order.is_none_or(|order| Money::usd(order.price_cents) != origin.amount) {
        tracing::warn!(order.id = %origin.order, "an intent at Stripe names no order of this price");
        return Ok(None);
    }
    // Another run may have been quicker.
    if let Some(known) = store::find_by_intent(&mut *tx, intent_id).await? {
        return Ok(Some(known));
    }
    let own = store::find(&mut *tx, origin.payment).await?;
    let payment = match own {
        // The row of the attempt exists, from before Stripe's answer was stored.
        Some(own) if own.order_id == origin.order && own.stripe_intent_id.is_none() => {
            store::restore_intent(&mut *tx, own.id, intent_id).await?;
            own.id
        }
        own => {
            let live = store::live_of_order(&mut *tx, origin.order).await?;
            if live.is_some() {
                return Err(AdoptError::AnotherIsOpen);
            }
            let id = if own.is_none() { origin.payment } else { fresh::<PaymentId>() };
            let payment = store::insert_next(&mut tx, id, origin.order, origin.amount, Some(intent_id)).await;
            payment?.id
        }
    };
    let event = Transition::PaymentStarted;
    orders::store::try_advance(&mut tx, origin.order, event).await?;
    tx.commit().await?;
    tracing::warn!(order.id = %origin.order, payment.id = %payment, "adopted a lost attempt to pay");
    Ok(Some(payment))
}
