//! Stripe's API: one handler that authenticates, injects faults, checks idempotency keys and logs; one
//! function per endpoint that does the work.

mod auth;
mod balance;
mod charges;
mod disputes;
mod events;
mod fields;
mod handler;
mod intents;
mod lists;
mod methods;
mod refunds;
mod request;
mod response;
mod routes;

pub(crate) use handler::handle;
pub(crate) use methods::ready_made as ready_made_method;
