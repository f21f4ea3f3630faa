//! The worker process on a real Redis.

// Whether a worker's future is `Send` is asked of Stripe's types, which are nested deeply.
#![recursion_limit = "256"]

mod gate;
mod healing;
mod private_redis;
mod support;
mod traces;
mod watching;
mod working;
