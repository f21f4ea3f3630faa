//! Events: what happened, in the form that webhooks carry.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Row;
use crate::ids;

/// The version of Stripe's API that these objects follow; async-stripe's own.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// One event. It keeps its body as sent, so that a repeated webhook is the same byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) kind: String,
    /// The id of the intent that it is about, or else of the object. Events with the same subject are
    /// delivered one after another.
    #[serde(alias = "lane")]
    pub(crate) subject: String,
    pub(crate) body: String,
    /// How many URLs have not accepted it yet.
    pub(crate) pending: usize,
}

/// Where an event comes from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    /// Seconds since the Unix epoch.
    pub(super) now: i64,
    pub(super) request_id: &'a str,
    pub(super) idempotency_key: Option<&'a str>,
    /// How many URLs receive the event.
    pub(super) webhooks: usize,
}

impl Event {
    pub(super) fn new(origin: Origin<'_>, kind: &str, object: &Value, previous: Option<Value>) -> Self {
        let Origin { now, request_id, idempotency_key, webhooks } = origin;
        let id = ids::object_id("evt");
        let subject = object["payment_intent"].as_str().or(object["id"].as_str());
        let mut data = json!({ "object": object });
        if let Some(previous) = previous {
            data["previous_attributes"] = previous;
        }
        let body = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": now,
            "data": data,
            "livemode": false,
            "pending_webhooks": webhooks,
            "request": { "id": request_id, "idempotency_key": idempotency_key },
            "type": kind,
        });
        Self {
            id,
            created: now,
            kind: kind.to_owned(),
            subject: subject.unwrap_or_default().to_owned(),
            body: body.to_string(),
            pending: webhooks,
        }
    }

    /// Stripe's object, with the present count of pending webhooks.
    pub(crate) fn object(&self) -> Value {
        let mut object: Value = serde_json::from_str(&self.body).unwrap_or_default();
        object["pending_webhooks"] = json!(self.pending);
        object
    }
}

impl Row for Event {
    const KIND: &'static str = "event";
    const CAPACITY: usize = 10_000;

    fn id(&self) -> &str {
        &self.id
    }
}
