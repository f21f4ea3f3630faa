//! Events: what happened, as told to webhooks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Scene;
use super::table::Row;
use crate::ids;

/// The version of Stripe's API whose objects these are; async-stripe's own.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// One event. The body is kept as sent: a webhook that is repeated repeats it byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) kind: String,
    /// The intent it is about, or else the object: its events are delivered one after another.
    pub(crate) lane: String,
    pub(crate) body: String,
    /// URLs that have not taken it yet.
    pub(crate) pending: usize,
}

impl Event {
    pub(super) fn new(scene: &Scene<'_>, kind: &str, object: &Value, previous: Option<Value>) -> Self {
        let id = ids::object_id("evt");
        let lane = object["payment_intent"].as_str().or(object["id"].as_str());
        let mut data = json!({ "object": object });
        if let Some(previous) = previous {
            data["previous_attributes"] = previous;
        }
        let body = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": scene.now,
            "data": data,
            "livemode": false,
            "pending_webhooks": scene.webhooks,
            "request": { "id": scene.request_id, "idempotency_key": scene.idempotency_key },
            "type": kind,
        });
        Self {
            id,
            created: scene.now,
            kind: kind.to_owned(),
            lane: lane.unwrap_or_default().to_owned(),
            body: body.to_string(),
            pending: scene.webhooks,
        }
    }

    /// Stripe's object, with the count of deliveries still owed.
    pub(crate) fn object(&self) -> Value {
        let mut object: Value = serde_json::from_str(&self.body).unwrap_or_default();
        object["pending_webhooks"] = json!(self.pending);
        object
    }
}

impl Row for Event {
    const KIND: &'static str = "event";
    const LIMIT: usize = 10_000;

    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}
