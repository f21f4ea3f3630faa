//! The workers: background jobs for orders, payments and mail.
//!
//! PostgreSQL decides; the workers only follow up. A job carries ids, its handler reads the current
//! state, and a second run changes nothing. If Redis loses a job, a sweep over PostgreSQL finds its
//! order or payment.

// Whether a handler's future is `Send` is asked of Stripe's types, which are nested deeply.
#![recursion_limit = "256"]

pub mod config;
mod confine;
mod handler;
pub mod inspect_command;
pub mod metrics;
pub mod queue;
pub mod relay;
pub mod run;
mod sweeps;
mod workers;
