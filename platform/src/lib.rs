//! What every process needs apart from business rules: settings, log and traces, metrics, the
//! connection to PostgreSQL, clients of Stripe and of the mail server, and the process that reads the files of tickets.

pub mod database;
pub mod files;
pub mod inspection;
pub mod mail;
pub mod metrics;
pub mod process;
pub mod sealing;
pub mod settings;
pub mod stripe;
pub mod telemetry;
