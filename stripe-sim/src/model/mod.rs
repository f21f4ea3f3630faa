//! What Stripe would keep: intents, charges, refunds, payment methods, events.

pub(crate) mod charge;
pub(crate) mod event;
pub(crate) mod expand;
pub(crate) mod intent;
pub(crate) mod method;
pub(crate) mod payment;
pub(crate) mod refund;
pub(crate) mod table;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::faults::Faults;
use charge::Charge;
use event::Event;
use intent::Intent;
use method::PaymentMethod;
use refund::Refund;
use table::Table;

/// Everything an account at Stripe holds, as far as this product uses it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ledger {
    pub(crate) intents: Table<Intent>,
    pub(crate) charges: Table<Charge>,
    pub(crate) refunds: Table<Refund>,
    pub(crate) methods: Table<PaymentMethod>,
    pub(crate) events: Table<Event>,
}

/// The circumstances of one change: who asked, when, and what goes wrong on purpose.
pub(crate) struct Scene<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) faults: &'a mut Faults,
    /// Seconds since the Unix epoch.
    pub(crate) now: i64,
    /// Where the simulator's own pages are, without a slash at the end.
    pub(crate) origin: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) idempotency_key: Option<&'a str>,
    /// How many URLs are told of each event.
    pub(crate) webhooks: usize,
    /// Ids of the events that happened in this scene, in order.
    pub(crate) happened: Vec<String>,
}

impl Scene<'_> {
    /// Records an event about `object`.
    pub(crate) fn emit(&mut self, kind: &str, object: &Value) {
        self.emit_change(kind, object, None);
    }

    /// Records an event with the values that fields had before.
    pub(crate) fn emit_change(&mut self, kind: &str, object: &Value, previous: Option<Value>) {
        let event = Event::new(self, kind, object, previous);
        self.happened.push(event.id.clone());
        self.ledger.events.push(event);
    }
}
