//! The mode of keys and intents.

use super::*;

const INTENT: &str = r#"{
    "object": "payment_intent", "id": "pi_1", "amount": 4950, "amount_capturable": 0, "amount_received": 1000,
    "capture_method": "manual", "confirmation_method": "automatic", "created": 1767225600, "currency": "usd",
    "livemode": false, "metadata": {}, "payment_method_types": ["card"], "status": "succeeded"
}"#;

fn client(secret_key: &str) -> Stripe {
    let settings = StripeSettings {
        api_base: STRIPE_API.to_owned(),
        script_url: STRIPE_JS.to_owned(),
        secret_key: secret_key.into(),
        publishable_key: String::new(),
        webhook_secret: "whsec".into(),
        previous_webhook_secret: None,
    };
    Stripe::new(settings).expect("a client")
}

/// Proves the comparison: without it money of Stripe's test mode buys tickets.
#[test]
fn intent_of_the_other_mode_is_refused() {
    let intent = || miniserde::json::from_str::<PaymentIntent>(INTENT).expect("Stripe's shape");
    for live in ["sk_live_1", "rk_live_1"] {
        let refused = client(live).of_our_mode(intent());
        assert!(matches!(refused, Err(StripeError::Refused(_))), "{refused:?}");
    }
    for test in ["sk_test_1", "rk_test_1"] {
        let accepted = client(test).of_our_mode(intent()).expect("of this mode");
        assert_eq!((accepted.state, accepted.received_cents), (IntentState::Captured, 1000));
    }
}
