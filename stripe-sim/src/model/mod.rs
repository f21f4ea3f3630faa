//! Stripe's objects (intents, charges, refunds, disputes, balance transactions, payment methods, events) and what may happen to them.

pub(crate) mod balance;
pub(crate) mod charge;
pub(crate) mod database;
pub(crate) mod dispute;
pub(crate) mod disputing;
pub(crate) mod event;
pub(crate) mod expand;
pub(crate) mod intent;
pub(crate) mod method;
pub(crate) mod payment;
pub(crate) mod refund;
pub(crate) mod table;
