//! Opening an attempt to pay.

use std::net::IpAddr;

use model::{AppError, Code, Money, OrderId, PaymentId, UserId, payments::PaymentForm};
use platform::stripe::{CreateIntent, Intent, IntentState, StripeError};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::{
    PaymentStatus, bar, card_store,
    error::ReconcileError,
    payer::Payer,
    reconcile::{IfUnpaid, reconcile},
    start_store::{self, Start},
    store::{self, Payment},
};
use crate::{
    Backend, database,
    ids::fresh,
    orders::{self, Transition},
};

/// The most attempts found ended before an open one is returned.
const TRIES: usize = 4;
/// The most attempts of one order that may end because Stripe failed.
const FAILED_STARTS_MAX: i64 = 20;

/// Why no attempt was opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The user has no such order; it does not exist or is another user's.
    #[error("the user has no such order")]
    NotFound,
    /// The order has ended, or its lock has expired.
    #[error("the order has ended")]
    Ended,
    /// Too many cards of the buyer, or from their network, were declined.
    #[error("too many cards were declined")]
    TooManyDeclines {
        /// When a payment can be begun again.
        until: OffsetDateTime,
    },
    /// The payment is being captured.
    #[error("the payment is being captured")]
    PaymentInProgress,
    /// Creating or reading the intent at Stripe failed.
    #[error("no payment was opened at Stripe")]
    Stripe(#[source] StripeError),
    /// Stripe has failed so often for this order that it is not asked again.
    #[error("Stripe keeps failing for this order")]
    StripeKeepsFailing,
    /// Reconciling an earlier attempt failed.
    #[error("the earlier attempt has no result yet")]
    Reconcile(#[source] ReconcileError),
    /// A query that opens the attempt or stores its intent failed.
    #[error("the payment was not stored")]
    Database(#[from] sqlx::Error),
}

/// Opens an attempt to pay for an order, or continues the open one. Two presses from two windows get the
/// same attempt.
///
/// `address` is the buyer's: declined cards are counted by account and by network, and after too many Stripe is not asked
/// at all.
///
/// The row is committed before the call to Stripe: if the process dies in between, the next call
/// continues the attempt with the same idempotency key.
///
/// # Errors
///
/// Each variant of [`StartError`] is one reason. The lock stays in any case.
#[tracing::instrument(name = "payment.start", skip_all, fields(order.id = %order, user.id = %buyer))]
pub async fn start(
    backend: &Backend,
    buyer: UserId,
    address: IpAddr,
    order: OrderId,
) -> Result<PaymentForm, StartError> {
    let payer = Payer::new(buyer, address);
    for _ in 0..TRIES {
        let payment = open_attempt(backend, payer, order).await?;
        if payment.status == PaymentStatus::Capturing {
            return Err(StartError::PaymentInProgress);
        }
        let intent = match intent_of(backend, &payment).await {
            Err(StripeError::Failed(error)) if payment.stripe_intent_id.is_none() => {
                give_up(backend, &payment).await?;
                return Err(StartError::Stripe(StripeError::Failed(error)));
            }
            Err(error) if error.is_unknown() => None,
            intent => Some(intent.map_err(StartError::Stripe)?),
        };
        let Some(intent) = intent else {
            // Reconciling closes the attempt.
            reconcile(backend, payment.id, IfUnpaid::Wait).await.map_err(StartError::Reconcile)?;
            continue;
        };
        let is_recorded = payment.status != PaymentStatus::Starting || record(backend, &payment, &intent.id).await?;
        let is_payable = matches!(intent.state, IntentState::AwaitingCard | IntentState::Busy);
        if let (true, Some(secret)) = (is_payable, &intent.client_secret) {
            return if is_recorded { Ok(form(backend, &payment, secret)) } else { Err(StartError::Ended) };
        }
        // The attempt is declined, closed or paid at Stripe and not yet here: a job is late. Reconcile
        // it, then try again.
        reconcile(backend, payment.id, IfUnpaid::Wait).await.map_err(StartError::Reconcile)?;
    }
    Err(StartError::PaymentInProgress)
}

/// Ends an attempt for which Stripe failed the call: with the same key Stripe would repeat the failure
/// for a day. The next press opens another attempt with its own key, and no card counts as declined.
///
/// The call may have created an intent. It has no card, and its secret was given to no browser, so no one
/// can pay it.
async fn give_up(backend: &Backend, payment: &Payment) -> Result<(), StartError> {
    let starting = [PaymentStatus::Starting];
    store::try_advance(&backend.db, payment.id, &starting, PaymentStatus::Cancelled).await?;
    Ok(())
}

/// The open attempt, or the next one.
async fn open_attempt(backend: &Backend, payer: Payer, order: OrderId) -> Result<Payment, StartError> {
    let press = Start { order, payer, fresh: fresh(), failed_starts_max: FAILED_STARTS_MAX };
    match start_store::continue_or_open(&backend.db, &backend.rules, &press).await? {
        Some(payment) => Ok(payment),
        None => open_under_lock(backend, payer, order).await,
    }
}

/// The same in a transaction, for the rare cases: it tells why there is no attempt to pay with, and finds
/// the one that another window has opened at the same moment.
async fn open_under_lock(backend: &Backend, payer: Payer, id: OrderId) -> Result<Payment, StartError> {
    let mut tx = backend.begin().await?;
    let order = orders::store::lock_row(&mut tx, id).await?;
    let order = order.filter(|order| order.buyer_id == payer.user).ok_or(StartError::NotFound)?;
    if !order.is_live() {
        return Err(StartError::Ended);
    }
    let live = store::live_of_order(&mut *tx, id).await?;
    if live.as_ref().is_none_or(|payment| payment.status != PaymentStatus::Capturing)
        && let Some(until) = bar::barred_until(&mut tx, &backend.rules, payer).await?
    {
        return Err(StartError::TooManyDeclines { until });
    }
    if let Some(payment) = live {
        return Ok(payment);
    }
    if store::failed_starts(&mut *tx, id).await? >= FAILED_STARTS_MAX {
        return Err(StartError::StripeKeepsFailing);
    }
    let price = Money::usd(order.price_cents);
    let payment = store::insert_next(&mut tx, fresh::<PaymentId>(), id, price, None).await?;
    card_store::insert(&mut *tx, payment.id, payer).await?;
    orders::store::advance(&mut tx, id, Transition::PaymentStarted).await?;
    tx.commit().await?;
    Ok(payment)
}

async fn intent_of(backend: &Backend, payment: &Payment) -> Result<Intent, StripeError> {
    if let Some(intent_id) = &payment.stripe_intent_id {
        backend.stripe.intent(intent_id).await
    } else {
        let create = CreateIntent {
            order: payment.order_id,
            payment: payment.id,
            amount: payment.amount(),
            idempotency_key: payment.idempotency_key("create"),
        };
        backend.stripe.create_intent(create).await
    }
}

/// Stores the attempt's intent. If the attempt was closed during the call to Stripe, the intent is closed
/// too; no browser has its secret.
async fn record(backend: &Backend, payment: &Payment, intent_id: &str) -> Result<bool, StartError> {
    if store::record_intent(&backend.db, payment.id, intent_id).await? {
        return Ok(true);
    }
    let now = store::find(&backend.db, payment.id).await?;
    // Another window was quicker, with the same intent.
    if now.as_ref().is_some_and(|payment| payment.stripe_intent_id.as_deref() == Some(intent_id)) {
        return Ok(now.is_some_and(|payment| payment.status.is_live()));
    }
    match backend.stripe.cancel(intent_id).await {
        Ok(_) | Err(StripeError::MovedOn) => Ok(false),
        Err(error) => Err(StartError::Stripe(error)),
    }
}

fn form(backend: &Backend, payment: &Payment, secret: &SecretString) -> PaymentForm {
    let settings = backend.stripe.settings();
    PaymentForm {
        client_secret: secret.expose_secret().to_owned(),
        publishable_key: settings.publishable_key.clone(),
        script_url: settings.script_url.clone(),
        attempt: payment.attempt,
    }
}

impl From<StartError> for AppError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NotFound => Code::OrderNotFound.into(),
            StartError::Ended => Code::OrderEnded.into(),
            StartError::TooManyDeclines { until } => Self::too_many_declines_until(until.unix_timestamp() * 1000),
            StartError::PaymentInProgress => Code::PaymentInProgress.into(),
            StartError::StripeKeepsFailing => Code::PaymentsUnavailable.into(),
            StartError::Stripe(error) => ReconcileError::Stripe(error).into(),
            StartError::Reconcile(error) => error.into(),
            StartError::Database(error) => database::public_code(&error).into(),
        }
    }
}
