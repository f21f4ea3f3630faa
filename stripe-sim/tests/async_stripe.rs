//! async-stripe, the product's client, against the simulator. It refuses an object that lacks a member
//! or has one of the wrong type.

use std::collections::HashMap;

use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_core::payment_intent::{
    CancelPaymentIntent, CapturePaymentIntent, ConfirmPaymentIntent, CreatePaymentIntent, ListPaymentIntent,
    RetrievePaymentIntent,
};
use stripe_core::refund::{CreateRefund, ListRefund};
use stripe_shared::{
    ApiErrorsCode, Dispute, DisputeStatus, PaymentIntent, PaymentIntentAllowedPaymentMethodTypes,
    PaymentIntentCaptureMethod, PaymentIntentStatus,
};
use stripe_sim::{Config, Faults, Simulator};
use stripe_types::{Currency, List};

async fn start() -> (Simulator, Client) {
    let sim = Simulator::start(Config::default()).await.expect("simulator");
    let client = ClientBuilder::new("sk_test_sim").url(format!("{}/", sim.url())).build().expect("client");
    (sim, client)
}

async fn authorised_intent(client: &Client, card: &str) -> Result<PaymentIntent, StripeError> {
    CreatePaymentIntent::new(1999, Currency::USD)
        .capture_method(PaymentIntentCaptureMethod::Manual)
        .allowed_payment_method_types(vec![PaymentIntentAllowedPaymentMethodTypes::Card])
        .metadata(HashMap::from([("order_id".to_owned(), "order-1".to_owned())]))
        .payment_method(card)
        .confirm(true)
        .send(client)
        .await
}

#[tokio::test]
async fn client_parses_every_object() {
    let (sim, client) = start().await;
    let intent = authorised_intent(&client, "pm_card_visa").await.expect("authorised");
    assert_eq!(intent.status, PaymentIntentStatus::RequiresCapture);
    assert_eq!(intent.metadata["order_id"], "order-1");

    let captured = CapturePaymentIntent::new(intent.id.clone())
        .expand(["latest_charge".to_owned()])
        .send(&client)
        .await
        .expect("captured");
    let charge = captured.latest_charge.and_then(|charge| charge.as_object().cloned());
    assert!(charge.expect("an expanded charge").captured);

    let refund = CreateRefund::new().payment_intent(intent.id.as_str()).send(&client).await.expect("refunded");
    assert_eq!(refund.amount, 1999);
    let refunds = ListRefund::new().payment_intent(intent.id.as_str()).send(&client).await.expect("refunds");
    assert_eq!(refunds.data.len(), 1);
    assert!(sim.dispute(intent.id.as_str()) && sim.answer_dispute(intent.id.as_str()));
    let list = reqwest::Client::new().get(format!("{}/v1/disputes", sim.url())).bearer_auth("sk_test_sim");
    let list = list.send().await.expect("an answer").text().await.expect("a body");
    let disputes: List<Dispute> = miniserde::json::from_str(&list).expect("every member that the client asks for");
    assert_eq!((disputes.data[0].status.clone(), disputes.data[0].amount), (DisputeStatus::UnderReview, 1999));
    assert_eq!(disputes.data[0].balance_transactions[0].fee, 1500);
    let intents = ListPaymentIntent::new().limit(3).send(&client).await.expect("intents");
    assert_eq!(intents.data.len(), 1);
    sim.stop().await;
}

#[tokio::test]
async fn client_parses_challenge_and_cancellation() {
    let (sim, client) = start().await;
    let intent = authorised_intent(&client, "pm_card_threeDSecure2Required").await.expect("challenged");
    assert_eq!(intent.status, PaymentIntentStatus::RequiresAction);
    assert!(intent.next_action.is_some());
    let canceled = CancelPaymentIntent::new(intent.id).send(&client).await.expect("canceled");
    assert_eq!(canceled.status, PaymentIntentStatus::Canceled);
    sim.stop().await;
}

#[tokio::test]
async fn client_parses_errors_with_their_intent() {
    let (sim, client) = start().await;
    let error = authorised_intent(&client, "pm_card_chargeDeclined").await.expect_err("declined");
    let StripeError::Stripe(error, 402) = error else { panic!("{error}") };
    assert_eq!(error.code, Some(ApiErrorsCode::CardDeclined));
    assert_eq!(error.decline_code.as_deref(), Some("generic_decline"));
    let intent = error.payment_intent.expect("the intent");
    assert_eq!(intent.status, PaymentIntentStatus::RequiresPaymentMethod);

    let again = RetrievePaymentIntent::new(intent.id.clone()).send(&client).await.expect("intent");
    assert!(again.last_payment_error.is_some());
    let error = CapturePaymentIntent::new(intent.id.clone()).send(&client).await.expect_err("nothing to capture");
    let StripeError::Stripe(error, 400) = error else { panic!("{error}") };
    assert_eq!(error.code, Some(ApiErrorsCode::PaymentIntentUnexpectedState));

    let paid =
        ConfirmPaymentIntent::new(intent.id).payment_method("pm_card_visa").send(&client).await.expect("another card");
    assert_eq!(paid.status, PaymentIntentStatus::RequiresCapture);
    sim.stop().await;
}

#[tokio::test]
async fn idempotency_key_recovers_a_lost_response() {
    let (sim, client) = start().await;
    sim.set_faults(Faults { lose_answer_next: 1, ..Faults::default() });
    let key = IdempotencyKey::new("order-1-attempt-1").expect("key");
    let create = CreatePaymentIntent::new(1999, Currency::USD);
    let send = || create.customize().request_strategy(RequestStrategy::Idempotent(key.clone())).send(&client);
    send().await.expect_err("the response is lost");
    let intent = send().await.expect("the response to the first request");
    assert_eq!(sim.balances().payments.len(), 1);
    assert_eq!(sim.balances().payments[0].id, intent.id.as_str());
    sim.stop().await;
}
