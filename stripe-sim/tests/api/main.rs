//! The simulator from outside: over HTTP, as a shop and a webhook's receiver see it.

mod books;
mod browser;
mod faults;
mod fixtures;
mod idempotency;
mod states;
mod support;
mod webhooks;
