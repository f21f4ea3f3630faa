//! The workers: what follows from an order or a payment, done in the background.
//!
//! PostgreSQL decides; everything here only tidies up. A job carries ids, its handler reads the
//! present state, and running it twice does nothing the second time. Should Redis lose a job, a
//! sweep over PostgreSQL finds what it was about.

pub mod config;
mod handler;
pub mod metrics;
pub mod queue;
pub mod relay;
pub mod run;
mod sweeps;
mod workers;
