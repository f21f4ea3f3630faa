//! The GitTix web server: it reads the configuration, identifies the user of each request, and puts the pages,
//! their server functions and Stripe's webhook behind one router.
//!
//! It holds no business rules: those are in the domain crate. It decides what all requests have
//! in common: their bounds, their headers, their session, and the shape of an error.

pub mod account_command;
mod bounds;
mod cache_control;
mod calendar_file;
pub mod config;
pub mod crawlers;
pub mod difference_command;
pub mod doctor;
pub mod drain;
mod error_page;
mod errors;
pub mod event_command;
mod export;
mod gate;
pub mod health;
mod idempotency;
pub mod imprint;
mod information;
mod isolation;
pub mod limits;
pub mod listen;
pub mod live;
mod markup;
pub mod metrics;
pub mod operator_command;
mod plain_address;
pub mod preview;
pub mod probe;
pub mod proxies;
pub mod reconcile_command;
mod referer;
pub mod refund_command;
mod request_id;
mod request_identity;
pub mod router;
mod sales_file;
mod security_headers;
pub mod serve;
mod services;
mod shown_to;
mod slots;
pub mod state;
mod ticket_files;
mod trusted_headers;
mod typed;
mod unsubscribe;
mod webhook;
mod well_known;
