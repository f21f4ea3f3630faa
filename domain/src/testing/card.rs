//! What a buyer's browser does at Stripe.

use std::net::{IpAddr, Ipv4Addr};

use model::{OrderId, PaymentId, UserId, payments::PaymentForm};
use stripe::{ClientBuilder, StripeError};
use stripe_core::{
    payment_intent::{CapturePaymentIntent, ConfirmPaymentIntent},
    refund::CreateRefund,
};

use crate::{
    Backend,
    payments::{
        self,
        reconcile::{IfUnpaid, reconcile},
        start::{StartError, start},
    },
};

/// Stripe's name for a card that works.
pub const GOOD_CARD: &str = "pm_card_visa";
/// Stripe's name for a card that is declined.
pub const DECLINED_CARD: &str = "pm_card_chargeDeclined";
/// Stripe's name for a card whose bank authenticates its holder (3-D Secure).
pub const CHALLENGED_CARD: &str = "pm_card_authenticationRequired";

/// The address that the tests' buyers pay from.
pub const BUYERS_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Opens an attempt to pay, as the order's page does.
///
/// # Errors
///
/// See [`StartError`].
pub async fn start_payment(backend: &Backend, buyer: UserId, order: OrderId) -> Result<PaymentForm, StartError> {
    start(backend, buyer, BUYERS_ADDRESS, order).await
}

/// Confirms the open attempt of an order with a card, as the card form does. A decline is no error.
///
/// # Panics
///
/// When the order has no open attempt, or the simulator does not answer.
pub async fn pay_with(backend: &Backend, order: OrderId, card: &str) {
    let payment = payments::store::live_of_order(&backend.db, order).await.expect("reads").expect("an open attempt");
    confirm(backend, &payment.stripe_intent_id.expect("an intent"), card).await;
}

/// The same for an intent, whatever the status of its attempt.
///
/// # Panics
///
/// When the simulator does not answer.
pub async fn confirm(backend: &Backend, intent_id: &str, card: &str) {
    let confirm = ConfirmPaymentIntent::new(intent_id).payment_method(card);
    match confirm.send(&client(backend)).await {
        Ok(_) | Err(StripeError::Stripe(_, 402)) => {}
        Err(error) => panic!("the intent was not confirmed: {error}"),
    }
}

/// Captures an intent at Stripe, without the product.
///
/// # Panics
///
/// When the simulator refuses.
pub async fn capture(backend: &Backend, intent_id: &str) {
    CapturePaymentIntent::new(intent_id).send(&client(backend)).await.expect("captures");
}

/// Captures `cents` of what an intent may take, as the operator does at Stripe.
///
/// # Panics
///
/// When the simulator refuses.
pub async fn capture_part(backend: &Backend, intent_id: &str, cents: i64) {
    let capture = CapturePaymentIntent::new(intent_id).amount_to_capture(cents);
    capture.send(&client(backend)).await.expect("captures");
}

/// Refunds captured money, or `cents` of it, as the operator does at Stripe.
///
/// # Panics
///
/// When the simulator refuses.
pub async fn refund(backend: &Backend, intent_id: &str, cents: Option<i64>) {
    let mut refund = CreateRefund::new().payment_intent(intent_id);
    if let Some(cents) = cents {
        refund = refund.amount(cents);
    }
    refund.send(&client(backend)).await.expect("refunds");
}

/// Does what the job of any event about an intent does.
///
/// # Panics
///
/// When no attempt has the intent, or Stripe does not answer.
pub async fn hear_of(backend: &Backend, intent_id: &str) {
    let payment = payments::store::find_by_intent(&backend.db, intent_id).await.expect("reads").expect("the attempt");
    reconcile(backend, payment, IfUnpaid::Wait).await.expect("reconciles");
}

/// Does what the job of any event about a dispute does.
///
/// # Panics
///
/// When Stripe does not answer.
pub async fn hear_of_disputes(backend: &Backend, payment: PaymentId) {
    payments::dispute_record::follow(backend, payment).await.expect("follows");
}

/// The intent of an order's newest attempt.
///
/// # Panics
///
/// When the attempt has none.
pub async fn newest_intent(backend: &Backend, order: OrderId) -> String {
    sqlx::query_scalar("SELECT stripe_intent_id FROM payments WHERE order_id = $1 ORDER BY attempt DESC LIMIT 1")
        .bind(order.as_uuid())
        .fetch_one(&backend.db)
        .await
        .expect("an intent")
}

/// A client of Stripe for the test.
fn client(backend: &Backend) -> stripe::Client {
    ClientBuilder::new("sk_test_sim")
        .url(backend.stripe.settings().api_base.as_str())
        .build()
        .expect("the settings are valid")
}
