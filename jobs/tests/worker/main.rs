//! The worker process on a real Redis.

mod gate;
mod healing;
mod private_redis;
mod support;
mod traces;
mod watching;
mod working;
