//! A shop: a client with the secret key, and a receiver of webhooks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Method;
use serde_json::Value;
use stripe_sim::{Config, Simulator};
use tokio::time::{Instant, sleep};

/// The longest wait in a test.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A simulator and a client for it.
pub(crate) struct Shop {
    pub(crate) sim: Simulator,
    pub(crate) client: reqwest::Client,
}

/// Status, headers and body.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Response {
    /// `type/code/decline_code` of an error, without absent parts.
    pub(crate) fn error(&self) -> String {
        let error = &self.body["error"];
        let parts = ["type", "code", "decline_code"].map(|name| error[name].as_str());
        parts.into_iter().flatten().collect::<Vec<_>>().join("/")
    }

    /// The body; the status has to be 200.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

impl Shop {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::default()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let sim = Simulator::start(config).await.expect("simulator");
        let client =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("client");
        Self { sim, client }
    }

    pub(crate) async fn request(&self, method: Method, path: &str, form: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.sim.url()));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth("sk_test_sim");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(form.to_owned()).send().await.expect("a response");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Response { status, headers, body }
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Response {
        self.request(Method::POST, path, form, &[]).await
    }

    pub(crate) async fn post_with_key(&self, path: &str, form: &str, key: &str) -> Response {
        self.request(Method::POST, path, form, &[("idempotency-key", key)]).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path, "", &[]).await
    }

    /// A new intent of 1999 with manual capture.
    pub(crate) async fn intent(&self) -> Value {
        let form = "amount=1999&currency=usd&capture_method=manual&payment_method_types[]=card";
        self.post("/v1/payment_intents", form).await.ok()
    }

    /// The path of an intent's action.
    pub(crate) fn action_path(intent: &Value, action: &str) -> String {
        format!("/v1/payment_intents/{}/{action}", intent["id"].as_str().expect("an id"))
    }

    /// An intent whose amount is authorised.
    pub(crate) async fn authorised_intent(&self) -> Value {
        let intent = self.intent().await;
        self.post(&Self::action_path(&intent, "confirm"), "payment_method=pm_card_visa").await.ok()
    }

    /// Changes faults over HTTP.
    pub(crate) async fn set_faults(&self, faults: Value) -> Response {
        let headers = [("content-type", "application/json")];
        self.request(Method::POST, "/_sim/faults", &faults.to_string(), &headers).await
    }
}

/// One received webhook.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A server that keeps the webhooks it receives. It responds with the planned statuses, then with 200.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    received: Arc<Mutex<Vec<Received>>>,
    plan: Arc<Mutex<VecDeque<StatusCode>>>,
}

impl Receiver {
    /// Starts a receiver; the second value is its URL.
    pub(crate) async fn start(plan: impl IntoIterator<Item = StatusCode>) -> (Self, String) {
        let receiver = Self { plan: Arc::new(Mutex::new(plan.into_iter().collect())), ..Self::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let handler = receiver.clone();
        let app = Router::new()
            .route("/hook", post(async move |headers: HeaderMap, body: String| handler.receive(&headers, body)));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (receiver, url)
    }

    fn receive(&self, headers: &HeaderMap, body: String) -> StatusCode {
        let signature = headers["stripe-signature"].to_str().expect("a text").to_owned();
        self.received.lock().expect("lock").push(Received { signature, body });
        self.plan.lock().expect("lock").pop_front().unwrap_or(StatusCode::OK)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("lock").clone()
    }

    /// The types of the received events, in order.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kind = |received: Received| received.event()["type"].as_str().map(str::to_owned);
        self.received().into_iter().filter_map(kind).collect()
    }

    /// Waits until this many webhooks have arrived.
    pub(crate) async fn wait_for(&self, count: usize) {
        eventually(|| self.received().len() >= count).await;
    }
}

/// Waits until the condition holds, up to [`TIMEOUT`].
pub(crate) async fn eventually(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "the condition never held");
        sleep(Duration::from_millis(5)).await;
    }
}
