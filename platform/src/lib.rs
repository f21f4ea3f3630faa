//! What every process needs apart from business rules: settings, log and traces, metrics, the
//! connection to PostgreSQL, and clients of Stripe and of the mail server.

pub mod database;
pub mod mail;
pub mod metrics;
pub mod process;
pub mod settings;
pub mod stripe;
pub mod telemetry;
