//! The GitTix web server: it reads the configuration, looks up who asks, and puts the pages,
//! their server functions and Stripe's webhook behind one router.
//!
//! It holds no rule of the business: those are the domain's. It decides what every request has
//! in common: its bounds, its headers, its session, and the shape of an error.

mod bounds;
pub mod config;
pub mod doctor;
pub mod drain;
mod errors;
mod export;
mod files;
pub mod health;
mod idempotency;
pub mod limits;
pub mod listen;
pub mod live;
pub mod metrics;
mod policy;
pub mod probe;
pub mod proxies;
mod referer;
mod request_id;
pub mod router;
pub mod serve;
pub mod state;
mod trusted_headers;
mod visitor;
mod webhook;
