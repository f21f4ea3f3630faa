//! Stripe's objects (intents, charges, refunds, payment methods, events) and what may happen to them.

pub(crate) mod charge;
pub(crate) mod database;
pub(crate) mod event;
pub(crate) mod expand;
pub(crate) mod intent;
pub(crate) mod method;
pub(crate) mod payment;
pub(crate) mod refund;
pub(crate) mod table;
