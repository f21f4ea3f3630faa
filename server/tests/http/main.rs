//! The site over HTTP: the whole router, in process, on a database of its own per test.
//!
//! - `site` builds the site, `person` acts on it as a browser does, `html` reads its pages.
//! - The other modules hold one promise of the site each.

mod authorization;
mod bounds;
mod change_address;
mod contract;
mod cross_site;
mod data;
mod delivery;
mod devices;
mod disputes;
mod drafts;
mod errors;
mod events;
mod forgotten;
mod found;
mod health;
mod hostile_input;
mod html;
mod idempotency;
mod information;
mod isolation;
mod limits;
mod listings;
mod live;
mod mailed_code;
mod mails;
mod metrics;
mod monitoring;
mod my_tickets;
mod no_script;
mod operator;
mod pages;
mod person;
mod policy;
mod purchase;
mod request_ids;
mod rolling;
mod search;
mod second_factor;
mod security_log;
mod selling;
mod sessions;
mod shown_to;
mod sign_in;
mod site;
mod statements;
mod stripe;
mod telemetry;
mod unverified;
mod views;
mod waitlist;
mod watching;
mod webhook;
