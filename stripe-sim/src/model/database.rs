//! All objects of one Stripe account, and the changes made to them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::balance::BalanceTransaction;
use super::charge::Charge;
use super::dispute::{Dispute, FraudWarning};
use super::event::{Event, Origin};
use super::intent::Intent;
use super::method::PaymentMethod;
use super::refund::Refund;
use super::table::Table;
use crate::error::ApiError;
use crate::faults::Faults;

/// All objects of one Stripe account, as far as the product uses them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Database {
    pub(crate) intents: Table<Intent>,
    pub(crate) charges: Table<Charge>,
    pub(crate) refunds: Table<Refund>,
    pub(crate) disputes: Table<Dispute>,
    pub(crate) fraud_warnings: Table<FraudWarning>,
    pub(crate) balance_transactions: Table<BalanceTransaction>,
    pub(crate) methods: Table<PaymentMethod>,
    pub(crate) events: Table<Event>,
}

impl Database {
    /// Stripe's object of a charge, with its refunds; `param` is the parameter that named the id.
    pub(crate) fn charge_object(&self, id: &str, param: &str) -> Result<Value, ApiError> {
        Ok(self.charges.get(id, param)?.object(&self.refunds))
    }
}

/// One change: the database, who asked for it and when, and the faults that apply to it.
pub(crate) struct Transaction<'a> {
    pub(crate) db: &'a mut Database,
    pub(crate) faults: &'a mut Faults,
    /// Seconds since the Unix epoch.
    pub(crate) now: i64,
    /// The URL of the simulator's own pages, without a slash at the end.
    pub(crate) origin: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) idempotency_key: Option<&'a str>,
    /// How many URLs receive each event.
    pub(crate) webhooks: usize,
    /// Ids of the events of this transaction, in order.
    pub(crate) event_ids: Vec<String>,
}

impl Transaction<'_> {
    /// Records an event about `object`.
    pub(crate) fn emit(&mut self, kind: &str, object: &Value) {
        self.emit_change(kind, object, None);
    }

    /// Records an event about `object`, with the previous values of its changed members.
    pub(crate) fn emit_change(&mut self, kind: &str, object: &Value, previous: Option<Value>) {
        let origin = Origin {
            now: self.now,
            request_id: self.request_id,
            idempotency_key: self.idempotency_key,
            webhooks: self.webhooks,
        };
        let event = Event::new(origin, kind, object, previous);
        self.event_ids.push(event.id.clone());
        self.db.events.push(event);
    }
}
