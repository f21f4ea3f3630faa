//! The worker process on a real queue.

mod gate;
mod healing;
mod private_redis;
mod support;
mod traces;
mod watching;
mod working;
