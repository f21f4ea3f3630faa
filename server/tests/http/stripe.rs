//! The browser's part of a payment, without a browser.

use serde_json::Value;
use stripe_sim::Simulator;

/// A card that is good.
pub(crate) const GOOD_CARD: &str = "4242424242424242";
/// A card that its bank declines.
pub(crate) const DECLINED_CARD: &str = "4000000000000002";

/// Confirms the payment that `form` opens with a card, as Stripe's script does with what it is
/// given: the publishable key and the client secret. Answers with the intent, or Stripe's error.
pub(crate) async fn confirm(stripe: &Simulator, form: &Value, card: &str) -> Value {
    let text = |name: &str| form[name].as_str().unwrap_or_else(|| panic!("no {name}: {form}"));
    let secret = text("client_secret");
    let (intent, _) = secret.split_once("_secret_").expect("the secret names its intent");
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_secret", secret)
        .append_pair("payment_method_data[type]", "card")
        .append_pair("payment_method_data[card][number]", card)
        .append_pair("payment_method_data[card][exp_month]", "12")
        .append_pair("payment_method_data[card][exp_year]", "2040")
        .append_pair("payment_method_data[card][cvc]", "123")
        .finish();
    let browser = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = browser
        .post(format!("{}/v1/payment_intents/{intent}/confirm", stripe.url()))
        .bearer_auth(text("publishable_key"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("the simulator answers");
    answer.json().await.expect("the simulator answers in JSON")
}
