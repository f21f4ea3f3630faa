//! The simulator over HTTP, as a shop and a receiver of webhooks see it.

mod balance_transactions;
mod balances;
mod browser;
mod disputes;
mod faults;
mod fixtures;
mod idempotency;
mod states;
mod support;
mod webhooks;
