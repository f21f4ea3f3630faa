//! A shop's side: calls with the secret key, and a receiver of webhooks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Method;
use serde_json::{Value, json};
use stripe_sim::{Config, Simulator};
use tokio::time::{Instant, sleep};

/// No wait of a test is longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A simulator and a client of it.
pub(crate) struct Shop {
    pub(crate) sim: Simulator,
    pub(crate) client: reqwest::Client,
}

/// Status, headers and body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// `type/code/decline_code` of an error, what is absent left out.
    pub(crate) fn error(&self) -> String {
        let error = &self.body["error"];
        let words = ["type", "code", "decline_code"].map(|name| error[name].as_str());
        words.into_iter().flatten().collect::<Vec<_>>().join("/")
    }

    /// The body of a call that must have gone well.
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let sim = Simulator::start(config).await.expect("simulator");
        let client =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("client");
        Self { sim, client }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.sim.url()));
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth("sk_test_sim");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(form.to_owned()).send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body }
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        self.call(Method::POST, path, form, &[]).await
    }

    pub(crate) async fn post_with_key(&self, path: &str, form: &str, key: &str) -> Answer {
        self.call(Method::POST, path, form, &[("idempotency-key", key)]).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, "", &[]).await
    }

    /// A fresh intent of 1999 with manual capture.
    pub(crate) async fn intent(&self) -> Value {
        let form = "amount=1999&currency=usd&capture_method=manual&payment_method_types[]=card";
        self.post("/v1/payment_intents", form).await.good()
    }

    /// Path of an intent's action.
    pub(crate) fn path(intent: &Value, action: &str) -> String {
        format!("/v1/payment_intents/{}/{action}", intent["id"].as_str().expect("an id"))
    }

    /// An intent with the money held.
    pub(crate) async fn held(&self) -> Value {
        let intent = self.intent().await;
        self.post(&Self::path(&intent, "confirm"), "payment_method=pm_card_visa").await.good()
    }

    /// Changes faults as a test in another language would.
    pub(crate) async fn faults(&self, faults: Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.call(Method::POST, "/_sim/faults", &faults.to_string(), &headers).await
    }
}

/// One webhook received.
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

/// A server that keeps what it is told, and answers as planned, 200 when there is no plan.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    received: Arc<Mutex<Vec<Received>>>,
    plan: Arc<Mutex<VecDeque<StatusCode>>>,
}

impl Receiver {
    /// Starts one; the second value is its address.
    pub(crate) async fn start(plan: impl IntoIterator<Item = StatusCode>) -> (Self, String) {
        let receiver = Self { plan: Arc::new(Mutex::new(plan.into_iter().collect())), ..Self::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let keeper = receiver.clone();
        let app = Router::new()
            .route("/hook", post(async move |headers: HeaderMap, body: String| keeper.take(&headers, body)));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (receiver, url)
    }

    fn take(&self, headers: &HeaderMap, body: String) -> StatusCode {
        let signature = headers["stripe-signature"].to_str().expect("a text").to_owned();
        self.received.lock().expect("lock").push(Received { signature, body });
        self.plan.lock().expect("lock").pop_front().unwrap_or(StatusCode::OK)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("lock").clone()
    }

    /// The types received so far, in order.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kind = |received: Received| received.event()["type"].as_str().map(str::to_owned);
        self.received().into_iter().filter_map(kind).collect()
    }

    /// Waits until this many webhooks have come.
    pub(crate) async fn wait_for(&self, count: usize) {
        eventually(|| self.received().len() >= count).await;
    }
}

/// Waits until something is so, with a bound.
pub(crate) async fn eventually(so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it never became so");
        sleep(Duration::from_millis(5)).await;
    }
}

/// No faults but these.
pub(crate) fn only(name: &str, value: impl Into<Value>) -> Value {
    json!({ name: value.into() })
}
